/** Files of the repository that the lab installs; the executable carries them along. */
import { parse, stringify } from "yaml";

const ROOT = new URL("../../../", import.meta.url);

/** Folders and files that must be embedded in the executable. */
export const EMBEDDED: readonly string[] = [
  "k8s/helm",
  "k8s/monitoring",
  "prometheus/prometheus.yml",
  "prometheus/rules",
  "grafana/dashboards",
];

export function readResource(path: string): string {
  return Deno.readTextFileSync(new URL(path, ROOT));
}

/** Files of a folder by name, sorted. */
export function readFolder(path: string, suffix: string): Record<string, string> {
  const names = [...Deno.readDirSync(new URL(path, ROOT))].map(({ name }) => name);
  const wanted = names.filter((name) => name.endsWith(suffix)).sort();
  return Object.fromEntries(wanted.map((name) => [name, readResource(`${path}/${name}`)]));
}

/** A Kubernetes object, as far as the lab looks into it. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly Readonly<Record<string, string>>[];
  };
  readonly [field: string]: unknown;
}

export function parseManifests(text: string): Manifest[] {
  return text.split(/^---$/m).map((part) => parse(part) as Manifest | null).filter((one) => one !== null);
}

export function manifestText(manifests: readonly Manifest[]): string {
  return manifests.map((manifest) => stringify(manifest, { lineWidth: 0, aliasDuplicateObjects: false }))
    .join(
      "---\n",
    );
}
