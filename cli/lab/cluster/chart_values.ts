/**
 * The values for the chart, and whether the chart knows them: it has no schema, so that Helm takes a misspelt or a
 * removed key in silence.
 */
import { parse } from "yaml";
import { readResource } from "./resources.ts";

export type ValueTree = Readonly<Record<string, unknown>>;

/** Values files by what is wished for, in the order in which Helm merges them. */
export function valuesFiles(options: { readonly persistence: boolean; readonly manager: boolean }): string[] {
  return [
    "values-minikube.yaml",
    ...(options.persistence ? [] : ["values-no-persistence.yaml"]),
    ...(options.manager ? ["values-manager.yaml"] : []),
  ];
}

export function readValues(file: string): string {
  return readResource(`k8s/helm/${file}`);
}

/** Below these, keys are the user's to choose or belong to Kubernetes: a chart does not list them. */
const OPEN = new Set([
  "configData",
  "resources",
  "annotations",
  "updateStrategy",
  "customLabels",
  "securityContext",
]);

/** Deepest keys that are compared: `broker.podMonitor.enabled`. */
export const KEY_DEPTH = 3;

/** Paths of all keys down to `KEY_DEPTH`, as `a.b.c`; nothing below keys that are open. */
export function keyPaths(values: unknown, depth = KEY_DEPTH, prefix = ""): string[] {
  if (depth === 0 || typeof values !== "object" || values === null || Array.isArray(values)) return [];
  return Object.entries(values).flatMap(([key, value]) => {
    const path = `${prefix}${key}`;
    return OPEN.has(key) ? [path] : [path, ...keyPaths(value, depth - 1, `${path}.`)];
  });
}

/**
 * Keys of ours that a chart does not have. What the chart leaves empty (`tag:`, `annotations: {}`) may be filled.
 *
 * @param known paths of the chart's keys
 */
export function unknownKeys(ours: unknown, known: ReadonlySet<string>): string[] {
  return keyPaths(ours).filter((path) => !known.has(path));
}

export function parseValues(text: string): ValueTree {
  const values: unknown = parse(text);
  if (typeof values === "object" && values !== null && !Array.isArray(values)) return values as ValueTree;
  throw new TypeError("values must be a mapping");
}
