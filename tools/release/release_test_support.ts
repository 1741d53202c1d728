/** A release of all targets, with checksums that tell them apart. */
import { archiveName, type Release } from "./product.ts";
import { RELEASE_TARGETS, type ReleaseTarget } from "./targets.ts";

export const VERSION = "1.2.3";

/** The checksum that an archive has in these tests. */
export function exampleSum(target: ReleaseTarget): string {
  return String(RELEASE_TARGETS.findIndex(({ name }) => name === target.name)).repeat(64);
}

export const RELEASE: Release = {
  version: VERSION,
  repository: "someone/lab",
  targets: RELEASE_TARGETS,
  sums: new Map(RELEASE_TARGETS.map((target) => [archiveName(target, VERSION), exampleSum(target)])),
};
