/** What is released: names, addresses, and the version, which deno.json alone holds. */
import project from "../../deno.json" with { type: "json" };
import type { ReleaseTarget } from "./targets.ts";

export const PRODUCT = {
  /** Of files, formulas and images. */
  name: "pulsar-local-lab",
  title: "Pulsar Local Lab",
  publisher: "Pulsar Local Lab",
  wingetId: "PulsarLocalLab.PulsarLocalLab",
  description: "Load lab for Apache Pulsar: exact rates, honest latency, a verdict on every message",
  license: project.license,
  version: project.version,
} as const;

const SEMVER = /^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/;

/** A release, as everything about it is worked out from. */
export interface Release {
  readonly version: string;
  /** `owner/name` at GitHub. */
  readonly repository: string;
  readonly targets: readonly ReleaseTarget[];
  /** SHA-256 of each archive, by its file name, hexadecimal. */
  readonly sums: ReadonlyMap<string, string>;
}

/** The repository that releases stand in: the one that a workflow runs for, else the project's own. */
export function repositoryOf(env: (name: string) => string | undefined): string {
  const given = env("GITHUB_REPOSITORY") || `${PRODUCT.name}/${PRODUCT.name}`;
  if (!/^[\w.-]+\/[\w.-]+$/.test(given)) {
    throw new Error(`GITHUB_REPOSITORY is '${given}'; it must be OWNER/NAME`);
  }
  return given;
}

/**
 * The version that a tag stands for.
 *
 * @throws {Error} if the tag is not that of the version in deno.json
 */
export function versionOf(tag: string, version: string = PRODUCT.version): string {
  if (!SEMVER.test(version)) throw new Error(`deno.json: version '${version}' is no semantic version`);
  if (tag !== `v${version}`) {
    throw new Error(`tag '${tag}' is not that of deno.json's version: 'v${version}'`);
  }
  return version;
}

/** Folder in an archive, and its name without the ending. */
export function archiveFolder({ name }: ReleaseTarget, version: string): string {
  return `${PRODUCT.name}-${version}-${name}`;
}

export function archiveName(target: ReleaseTarget, version: string): string {
  return `${archiveFolder(target, version)}.${target.archive}`;
}

export function homepage(repository: string): string {
  return `https://github.com/${repository}`;
}

export function downloadUrl({ repository, version }: Release, file: string): string {
  return `${homepage(repository)}/releases/download/v${version}/${file}`;
}

/**
 * The checksum of a target's archive.
 *
 * @throws {Error} if there is none
 */
export function sumOf({ sums, version }: Release, target: ReleaseTarget): string {
  const file = archiveName(target, version);
  const sum = sums.get(file);
  if (sum === undefined) throw new Error(`no checksum of '${file}'`);
  return sum;
}
