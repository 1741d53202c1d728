/** Which build this is. */
import manifest from "../deno.json" with { type: "json" };

export interface BuildInfo {
  readonly version: string;
  /** Commit that was built, when the build says so. */
  readonly commit?: string;
  readonly deno: string;
  readonly v8: string;
  readonly target: string;
  /** Made by `deno compile`, rather than run from source. */
  readonly standalone: boolean;
}

/** The build that is running. */
export function currentBuild(commit?: string): BuildInfo {
  return {
    version: manifest.version,
    ...(commit === undefined ? {} : { commit }),
    deno: Deno.version.deno,
    v8: Deno.version.v8,
    target: Deno.build.target,
    standalone: Deno.build.standalone,
  };
}

/** `producer 0.1.0` on the first line, what it was made from on the second. */
export function formatVersion(program: string, build: BuildInfo): string {
  const commit = build.commit === undefined ? "" : ` (${build.commit})`;
  const how = build.standalone ? "compiled" : "run from source";
  return `${program} ${build.version}${commit}\ndeno ${build.deno}, v8 ${build.v8}, ${build.target}, ${how}`;
}
