/**
 * What the release workflow asks first: `deno task release:plan TAG`. Checks that tag, version and CHANGELOG.md agree,
 * and prints the workflow's matrices as lines of `name=JSON`.
 */
import { releaseNotes } from "./notes.ts";
import { versionOf } from "./product.ts";
import { GATE_RUNNERS, RELEASE_TARGETS, type ReleaseTarget } from "./targets.ts";

/** @throws {Error} if the tag is not the version's, or the version has no notes */
export function plan(tag: string, changelog: string): Record<string, unknown> {
  const version = versionOf(tag);
  releaseNotes(changelog, version);
  const targets: readonly ReleaseTarget[] = RELEASE_TARGETS;
  return {
    version,
    gate: GATE_RUNNERS,
    targets: targets.map(({ name, runner, archive, os }) => ({ name, runner, archive, os })),
    images: targets.flatMap(({ triple, name, image }) =>
      image === undefined ? [] : [{ triple, name, image }]
    ),
  };
}

if (import.meta.main) {
  try {
    const changelog = await Deno.readTextFile(new URL("../../CHANGELOG.md", import.meta.url));
    for (const [name, value] of Object.entries(plan(Deno.args[0] ?? "", changelog))) {
      console.log(`${name}=${typeof value === "string" ? value : JSON.stringify(value)}`);
    }
  } catch (error) {
    console.error(`release: ${error instanceof Error ? error.message : error}`);
    Deno.exit(1);
  }
}
