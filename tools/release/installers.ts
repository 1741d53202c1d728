/** The install scripts, filled in from the table of targets. */
import { homepage, PRODUCT, type Release } from "./product.ts";
import type { ReleaseTarget } from "./targets.ts";

/** What `uname` says, system and machine. */
const UNAME: Readonly<Record<string, readonly string[]>> = {
  linux: ["Linux"],
  macos: ["Darwin"],
  x64: ["x86_64", "amd64"],
  arm64: ["aarch64", "arm64"],
};

/** What .NET calls an architecture. */
const DOTNET = { x64: "X64", arm64: "Arm64" } as const;

/** For Linux and macOS. @param template text of templates/install.sh */
export function installSh(template: string, release: Release): string {
  const targets = release.targets.filter(({ os }) => os !== "windows");
  return filled(template, release, {
    CASES: targets.map((target) => `    ${unames(target).join(" | ")}) target=${target.name} ;;`).join("\n"),
    NAMES: targets.map(({ name }) => name).join(", "),
  });
}

/** For Windows. @param template text of templates/install.ps1 */
export function installPs1(template: string, release: Release): string {
  const targets = release.targets.filter(({ os }) => os === "windows");
  return filled(template, release, {
    PAIRS: targets.map(({ arch, name }) => `${DOTNET[arch]} = "${name}"`).join("; "),
  });
}

function unames({ os, arch }: ReleaseTarget): string[] {
  return UNAME[os]!.flatMap((system) => UNAME[arch]!.map((machine) => `${system}/${machine}`));
}

/** @throws {Error} for a placeholder that nothing fills */
function filled(template: string, release: Release, own: Readonly<Record<string, string>>): string {
  const values: Readonly<Record<string, string>> = {
    TITLE: PRODUCT.title,
    NAME: PRODUCT.name,
    VERSION: release.version,
    HOMEPAGE: homepage(release.repository),
    LATEST: `${homepage(release.repository)}/releases/latest/download`,
    ...own,
  };
  return template.replaceAll(/@([A-Z]+)@/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`nothing fills the placeholder '@${name}@'`);
    return value;
  });
}
