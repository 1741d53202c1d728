/** What a user downloads: one archive for each target, laid out as `PREFIX/bin` and `PREFIX/share`. */
import { join } from "node:path";
import { archiveFolder, archiveName } from "./product.ts";
import type { ReleaseTarget } from "./targets.ts";

const DOCUMENTS = ["LICENSE", "README.md", "CHANGELOG.md"];
const PROGRAMS = ["lab", "producer", "consumer"] as const;

/** Where each shell looks for completions below a prefix, by the shell's name. */
const COMPLETIONS = {
  bash: (name: string) => `share/bash-completion/completions/${name}`,
  zsh: (name: string) => `share/zsh/site-functions/_${name}`,
  fish: (name: string) => `share/fish/vendor_completions.d/${name}.fish`,
} as const;

/** Folder of the manual pages, from the root: what ends with `.1` is packed. */
export const MANUAL_FOLDER = "docs/man";

/** A program's text output. @throws {Error} with what it printed, if it fails */
export async function output(command: string, args: readonly string[], cwd?: string): Promise<string> {
  const { success, stdout, stderr } = await new Deno.Command(command, {
    args: [...args],
    ...(cwd === undefined ? {} : { cwd }),
  }).output();
  if (success) return new TextDecoder().decode(stdout);
  const text = new TextDecoder().decode(stderr).trim() || new TextDecoder().decode(stdout).trim();
  throw new Error(`${command} ${args.join(" ")}: ${text}`);
}

/** Files that are the same in every archive, by their path in it. */
export async function sharedFiles(root: string, deno = Deno.execPath()): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  for (const name of DOCUMENTS) files.set(name, await Deno.readFile(join(root, name)));
  for (const [shell, path] of Object.entries(COMPLETIONS)) {
    for (const name of PROGRAMS) {
      // From source: the executables of other systems do not run here.
      const source = [
        "run",
        "--quiet",
        "--no-prompt",
        `-P=${name === "lab" ? "lab" : "load"}`,
        `cli/${name}.ts`,
      ];
      const text = await output(deno, [...source, "completions", shell], root);
      files.set(path(name), new TextEncoder().encode(text));
    }
  }
  for (const name of await manualPages(root)) {
    files.set(`share/man/man1/${name}`, await Deno.readFile(join(root, MANUAL_FOLDER, name)));
  }
  return files;
}

/** Names of the manual pages, sorted; none where the folder is missing. */
export async function manualPages(root: string): Promise<string[]> {
  try {
    const entries = await Array.fromAsync(Deno.readDir(join(root, MANUAL_FOLDER)));
    return entries.map(({ name }) => name).filter((name) => name.endsWith(".1")).sort();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

export interface Packing {
  readonly target: ReleaseTarget;
  readonly version: string;
  /** The executable, from the working folder. */
  readonly executable: string;
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Time of all files, so that the same sources give the same archive; ISO 8601. */
  readonly date: string;
  /** Where the archive goes. */
  readonly folder: string;
}

/** Writes the archive and returns its path. GNU tar, gzip and zip do the packing. */
export async function pack({ target, version, executable, files, date, folder }: Packing): Promise<string> {
  const name = archiveFolder(target, version);
  const stage = join(folder, "stage");
  const top = join(stage, name);
  await Deno.remove(stage, { recursive: true }).catch(() => {});
  await Deno.mkdir(join(top, "bin"), { recursive: true });
  const suffix = target.os === "windows" ? ".exe" : "";
  await Deno.copyFile(executable, join(top, "bin", `lab${suffix}`));
  for (const [path, bytes] of files) {
    await Deno.mkdir(join(top, path, ".."), { recursive: true });
    await Deno.writeFile(join(top, path), bytes, { mode: 0o644 });
  }
  await Deno.chmod(join(top, "bin", `lab${suffix}`), 0o755);
  const archive = join(folder, archiveName(target, version));
  await Deno.remove(archive).catch(() => {});
  if (target.archive === "zip") {
    // zip takes the times of the files, and keeps them by the local clock.
    await output("find", [top, "-exec", "touch", "-d", date, "{}", "+"]);
    await output(
      "env",
      ["TZ=UTC", "zip", "-q", "-X", "-r", join("..", archiveName(target, version)), name],
      stage,
    );
  } else {
    // The further names are links: an archive holds the executable once.
    await output("ln", ["-s", "lab", join(top, "bin", "producer")]);
    await output("ln", ["-s", "lab", join(top, "bin", "consumer")]);
    await output("tar", [
      ...["--create", "--sort=name", `--mtime=${date}`, "--owner=0", "--group=0", "--numeric-owner"],
      ...["--use-compress-program=gzip -n", "--file", archive, "--directory", stage, name],
    ]);
  }
  await Deno.remove(stage, { recursive: true });
  return archive;
}

export async function sha256(path: string): Promise<string> {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", await Deno.readFile(path))).toHex();
}

/** The file SHA256SUMS, as `sha256sum --check` reads it. */
export function sumsText(sums: ReadonlyMap<string, string>): string {
  return [...sums].sort(([a], [b]) => a < b ? -1 : 1).map(([name, sum]) => `${sum}  ${name}\n`).join("");
}
