/**
 * What the commands that have to do with a cluster hand on to Helm, kubectl and Minikube, and what they write into
 * manifests: checked here, where a mistake still has the name of the option. What begins with a dash would become an
 * option of the other program.
 */

/** What is wrong with a value: what would be right; undefined when nothing is. */
export type ArgumentCheck = (text: string) => string | undefined;

const matching = (pattern: RegExp, expected: string): ArgumentCheck => (text) =>
  pattern.test(text) ? undefined : expected;

export const imageName = matching(
  /^(?:[a-zA-Z0-9][\w.-]*(?::\d+)?\/)?[a-z0-9][\w.-]*(?:\/[a-z0-9][\w.-]*)*(?::\w[\w.-]{0,127})?(?:@sha256:[0-9a-f]{64})?$/,
  "the name of an image, such as 'registry/pulsar-local-lab:dev'",
);
export const cpuQuantity = matching(
  /^(?=.*[1-9])(?:\d+(?:\.\d{1,3})?|\d+m)$/,
  "CPUs of a pod, such as '2', '0.5' or '500m'",
);
export const memoryQuantity = matching(
  /^(?=.*[1-9])\d+(?:\.\d+)?(?:[KMGT]i|[kMGT])?$/,
  "memory of a pod, such as '512Mi' or '1Gi'",
);
/** Kubernetes' names of objects (RFC 1123). */
export const objectName = matching(
  /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*$/,
  "the name of an object, of lower-case letters, digits, '-' and '.'",
);
export const goDuration = matching(
  /^(?:\d+(?:\.\d+)?(?:h|m|s))+$/,
  "a time in Helm's form, such as '15m' or '1h30m'",
);
export const driverName = matching(/^[a-z][a-z0-9-]*$/, "the name of a Minikube driver, such as 'docker'");
export const pathOnly = matching(/^[^-]/, "a path; './-x' for one that begins with a dash");
export const contextName = matching(/^[^-\s]\S*$/, "the name of a context of the kubeconfig");

const MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
const DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];
/** Lowest and highest value of each field, and names for values from the lowest on. */
const FIELDS = [
  { low: 0, high: 59, names: [] },
  { low: 0, high: 23, names: [] },
  { low: 1, high: 31, names: [] },
  { low: 1, high: 12, names: MONTHS },
  { low: 0, high: 6, names: DAYS },
] as const;

/** Five fields, or a word such as `@daily`, as a CronJob takes them. */
export const cronSchedule: ArgumentCheck = (text) => {
  if (/^@(?:yearly|annually|monthly|weekly|daily|midnight|hourly)$/.test(text)) return undefined;
  const fields = text.trim().split(/\s+/);
  const isRight = fields.length === FIELDS.length &&
    fields.every((field, index) => field.split(",").every((part) => isCronPart(part, FIELDS[index]!)));
  return isRight ? undefined : "five fields of cron, such as '0 3 * * *', or '@daily'";
};

function isCronPart(part: string, field: typeof FIELDS[number]): boolean {
  const match = /^(?:(\*|\?)|(\w+)(?:-(\w+))?)(?:\/(\d+))?$/.exec(part);
  if (match === null) return false;
  const [, any, from, to, step] = match;
  if (step !== undefined && Number(step) < 1) return false;
  if (any !== undefined) return true;
  const first = cronValue(from!, field);
  return first !== undefined && (to === undefined || (cronValue(to, field) ?? -1) >= first);
}

function cronValue(text: string, { low, high, names }: typeof FIELDS[number]): number | undefined {
  const named = (names as readonly string[]).indexOf(text.toLowerCase());
  const value = named >= 0 ? named + low : /^\d+$/.test(text) ? Number(text) : NaN;
  return value >= low && value <= high ? value : undefined;
}
