/**
 * The table of targets: what is built, packed, tried and offered for each system. Archives, checksums, install scripts,
 * package managers, images and the jobs of the release workflow all come from it.
 */

export interface ReleaseTarget {
  /** Deno's name, for `deno compile`. */
  readonly triple: string;
  /** As files are called: `linux-x64`. */
  readonly name: string;
  readonly os: "linux" | "macos" | "windows";
  readonly arch: "x64" | "arm64";
  readonly archive: "tar.gz" | "zip";
  /** The GitHub runner that tries it. */
  readonly runner: string;
  /** Architecture of the container image, where there is one. */
  readonly image?: "amd64" | "arm64";
}

export const RELEASE_TARGETS = [
  {
    triple: "x86_64-unknown-linux-gnu",
    name: "linux-x64",
    os: "linux",
    arch: "x64",
    archive: "tar.gz",
    runner: "ubuntu-24.04",
    image: "amd64",
  },
  {
    triple: "aarch64-unknown-linux-gnu",
    name: "linux-arm64",
    os: "linux",
    arch: "arm64",
    archive: "tar.gz",
    runner: "ubuntu-24.04-arm",
    image: "arm64",
  },
  {
    triple: "x86_64-apple-darwin",
    name: "macos-x64",
    os: "macos",
    arch: "x64",
    archive: "tar.gz",
    runner: "macos-15-intel",
  },
  {
    triple: "aarch64-apple-darwin",
    name: "macos-arm64",
    os: "macos",
    arch: "arm64",
    archive: "tar.gz",
    runner: "macos-15",
  },
  {
    triple: "x86_64-pc-windows-msvc",
    name: "windows-x64",
    os: "windows",
    arch: "x64",
    archive: "zip",
    runner: "windows-2025",
  },
  {
    triple: "aarch64-pc-windows-msvc",
    name: "windows-arm64",
    os: "windows",
    arch: "arm64",
    archive: "zip",
    runner: "windows-11-arm",
  },
] as const satisfies readonly ReleaseTarget[];

/** Systems on which the gate runs before anything is built: one runner each. */
export const GATE_RUNNERS = ["ubuntu-24.04", "macos-15", "windows-2025"] as const;

/** The target of a name of Deno's. */
export function targetOf(triple: string): ReleaseTarget {
  const target = RELEASE_TARGETS.find((one) => one.triple === triple);
  if (target === undefined) {
    throw new Error(
      `no release target '${triple}'; there are ${RELEASE_TARGETS.map((one) => one.triple).join(", ")}`,
    );
  }
  return target;
}
