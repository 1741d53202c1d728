/** What `--dry-run` prints: a shell script that does what the command would, to be read, kept or pasted. */
import { readValues, valuesFiles } from "./chart_values.ts";
import { MINIKUBE_PROFILE, RELEASE_LABELS } from "./names.ts";
import { kubectl, startMinikube, type Step } from "./steps.ts";
import { type Command, commandText } from "./tools.ts";
import { installSteps, type UpOptions } from "./up.ts";
import type { Version } from "./versions.ts";

const NEWEST_HELM: Version = [4, 0];
/** Ends a text within the script; no line of a manifest is that. */
const END = "PULSAR_LAB_END";

/** What `lab up` would run on a machine with nothing there. */
export async function upPlan(options: UpOptions): Promise<string> {
  const name = options.context ?? MINIKUBE_PROFILE;
  const isMinikube = name === MINIKUBE_PROFILE;
  const start = isMinikube ? [{ title: "", command: startMinikube(name, options.size, options.driver) }] : [];
  const files = valuesFiles(options).map((file) => textTo(`cat > ${file}`, readValues(file)));
  const steps = await installSteps({ name, isMinikube }, options, ".", NEWEST_HELM);
  return planText(start) + files.join("") + planText(steps);
}

/** Steps as a script. A password is made when the script runs, so that none is printed. */
export function planText(steps: readonly Step[]): string {
  return steps.map(({ command, unless }) => {
    if (unless !== undefined) return secretText(command, unless);
    if (command.input === undefined) return `${commandText(command)}\n`;
    return textTo(commandText(command), command.input);
  }).join("");
}

function textTo(command: string, text: string): string {
  return `${command} <<'${END}'\n${text.endsWith("\n") ? text : text + "\n"}${END}\n`;
}

/** The only step that is not always needed: Grafana's administrator. */
function secretText({ args }: Command, unless: Command): string {
  const context = args[args.indexOf("--context") + 1]!;
  const make = commandText(
    kubectl(context, "create", "secret", "generic", "pll-grafana", "--from-literal=user=admin"),
  );
  const random = `--from-literal=password="$(head -c 18 /dev/urandom | base64 | tr -d '+/=')"`;
  const mark = commandText(kubectl(context, "label", "secret", "pll-grafana", RELEASE_LABELS));
  return `[ -n "$(${commandText(unless)})" ] || { ${make} ${random} && ${mark}; }\n`;
}
