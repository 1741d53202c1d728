/**
 * The two versions of Deno, which stand in tools/deno_versions.json and nowhere else in the code.
 *
 * `run` is the pin: everything that is printed, documented and tested names it. `compile` is the newest version whose
 * `deno compile` runtime can be had through npm (tools/denort.sh); it compiles where Deno's own download host cannot
 * be reached. Both are one again as soon as npm has the runtime of `run` (tests/integration/deno_versions_test.ts).
 */
import versions from "./deno_versions.json" with { type: "json" };

export const DENO_VERSIONS: { readonly run: string; readonly compile: string } = versions;
