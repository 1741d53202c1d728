/** Whose namespace and release these are: the lab touches only what it has made and marked. */
import { LabError } from "../../lab_error.ts";
import { refused } from "./answers.ts";
import type { Context } from "./cluster.ts";
import { MANAGED_BY, NAMESPACE, RELEASE, RELEASE_LABELS } from "./names.ts";
import { kubectlGet } from "./steps.ts";
import type { Command, Tools } from "./tools.ts";
import type { LabWorld } from "./world.ts";

/** `absent`: there is neither; `ours`: whatever is there is marked as the lab's. */
export type Ownership = "absent" | "ours";

const namespaceOf = (context: string): Command =>
  kubectlGet(context, "namespace", NAMESPACE, "--ignore-not-found", "-o", "json");
const releasesOf = (context: string): Command =>
  kubectlGet(context, "secret", "-l", `owner=helm,name=${RELEASE}`, "-o", "json");

interface Labelled {
  readonly metadata?: { readonly labels?: Readonly<Record<string, string>> };
}

/**
 * Looks at the marks.
 *
 * @throws {LabError} `NotOurs` when something is there that the lab has not made
 */
export async function ownership(tools: Tools, context: string): Promise<Ownership> {
  const namespace = await asked(tools, context, namespaceOf(context), `reading namespace '${NAMESPACE}'`);
  if (namespace.trim() === "") return "absent";
  if (!isOurs(JSON.parse(namespace) as Labelled)) {
    throw notOurs(context, `namespace '${NAMESPACE}'`, `namespace ${NAMESPACE}`);
  }
  const releases = await asked(tools, context, releasesOf(context), `reading Helm's releases`);
  const { items = [] } = (releases.trim() === "" ? {} : JSON.parse(releases)) as {
    items?: readonly Labelled[];
  };
  if (!items.every(isOurs)) {
    throw notOurs(context, `release '${RELEASE}'`, `secret -n ${NAMESPACE} -l owner=helm,name=${RELEASE}`);
  }
  return "ours";
}

async function asked(tools: Tools, context: string, command: Command, doing: string): Promise<string> {
  const answer = await tools.ask(command);
  if (answer.code !== 0) throw refused(context, answer, doing, `${doing} found nothing`);
  return answer.stdout;
}

function isOurs({ metadata }: Labelled): boolean {
  return Object.entries(MANAGED_BY).every(([key, value]) => metadata?.labels?.[key] === value);
}

function notOurs(context: string, what: string, selector: string): LabError {
  return new LabError(
    "NotOurs",
    `${what} of context '${context}' was not made by the lab, which leaves it alone: use another cluster, or hand it ` +
      `over with 'kubectl --context ${context} label ${selector} ${RELEASE_LABELS}'`,
  );
}

/**
 * Outside Minikube somebody else may depend on the cluster: goes on only after `--yes` or the context's typed name.
 *
 * @param doing what is about to happen, `installing Pulsar`
 */
export async function confirm(
  world: Pick<LabWorld, "ask">,
  context: Context,
  isSure: boolean,
  doing: string,
): Promise<void> {
  if (context.isMinikube || isSure) return;
  const answer = await world.ask?.(
    `${doing} in context '${context.name}', which is not Minikube's. Its name, to go on:`,
  );
  if (answer === context.name) return;
  throw new LabError(
    "Usage",
    answer === undefined
      ? `context '${context.name}' is not Minikube's: give --yes, or type its name where there is a terminal`
      : `'${answer}' is not '${context.name}': nothing was changed`,
  );
}
