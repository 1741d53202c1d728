/**
 * Joins a program and its workers into few files of JavaScript, as `deno compile` embeds them. What is imported
 * dynamically stays a file of its own, so that it is loaded when it is needed.
 *
 * `deno compile --bundle` (2.9) does much the same, but puts what is imported dynamically into the one file, leaves
 * addresses of data pointing beside it, and asks for a runtime of 2.9. Here each `new URL("./worker.ts",
 * import.meta.url)` is rewritten to where its target is, and any version can compile the outcome.
 */
import { dirname, join, relative, resolve } from "node:path";

/** `new URL("RELATIVE", import.meta.url)`, as it stands in our sources and, minified or not, in a bundle. */
const ADDRESS = /new URL\(\s*(["'`])(\.[^"'`]*)\1\s*,\s*import\.meta\.url\s*\)/g;

export interface Address {
  readonly from: string;
  /** As it is written. */
  readonly text: string;
  /** Path from the project's root, with `/`. */
  readonly target: string;
}

/** Thrown when the sources cannot be joined; the message says why. */
export class BundleError extends Error {
  override readonly name = "BundleError";
  readonly code = "BUNDLE_FAILED";
}

/**
 * The addresses in a source text.
 *
 * @param file its path from the project's root
 */
export function addressesIn(file: string, source: string): Address[] {
  return [...source.matchAll(ADDRESS)].map(([, , text]) => ({
    from: file,
    text: text!,
    target: slashes(join(dirname(file), text!)),
  }));
}

/**
 * Targets by what is written in the sources.
 *
 * @throws {BundleError} if the same text means two files: in a bundle nothing tells them apart
 */
export function targetsByText(addresses: readonly Address[]): Map<string, string> {
  const targets = new Map<string, string>();
  for (const { from, text, target } of addresses) {
    const other = targets.get(text);
    if (other !== undefined && other !== target) {
      throw new BundleError(
        `${from}: '${text}' means '${target}', and elsewhere '${other}'; write one another way`,
      );
    }
    targets.set(text, target);
  }
  return targets;
}

/**
 * A file of the bundle with its addresses right.
 *
 * @param file its path from the project's root
 * @param targets by text, paths from the project's root
 * @param folder that of the bundle, from the project's root: workers are in it, other files where they always are
 * @throws {BundleError} for an address that no source has
 */
export function readdressed(
  file: string,
  code: string,
  targets: ReadonlyMap<string, string>,
  folder: string,
): string {
  return code.replaceAll(ADDRESS, (_, _quote, text: string) => {
    const target = targets.get(text);
    if (target === undefined) {
      throw new BundleError(`${file}: nothing in lib and cli is addressed by '${text}'`);
    }
    const place = isModule(target) ? join(folder, target.replace(/\.ts$/, ".js")) : target;
    const way = slashes(relative(dirname(file), place));
    return `new URL(${JSON.stringify(target.endsWith("/") ? `${way}/` : way)}, import.meta.url)`;
  });
}

/** What all addresses in the product's sources mean: paths from the root, by their text. */
export async function sourceTargets(root: string): Promise<Map<string, string>> {
  const addresses: Address[] = [];
  for (const layer of ["lib", "cli"]) {
    for await (const file of sourceFiles(root, layer)) {
      addresses.push(...addressesIn(file, await Deno.readTextFile(join(root, file))));
    }
  }
  return targetsByText(addresses);
}

/** The workers among them. */
export function workersOf(targets: ReadonlyMap<string, string>): string[] {
  return [...new Set(targets.values())].filter(isModule);
}

/**
 * Writes the bundle of `entry` to `folder`; the program is at `<folder>/<entry>` with `.js`.
 *
 * @param root folder with deno.json
 * @throws {BundleError}
 */
export async function bundle(root: string, entry: string, folder: string): Promise<void> {
  const targets = await sourceTargets(root);
  const workers = workersOf(targets);
  const out = resolve(root, folder);
  await Deno.remove(out, { recursive: true }).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["bundle", "--quiet", ...BUNDLE_FLAGS, "--outdir", out, entry, ...workers],
    cwd: root,
    env: { NO_COLOR: "1" },
  }).output();
  if (!success) throw new BundleError(`${entry}: ${new TextDecoder().decode(stderr).trim()}`);
  for await (const file of codeFiles(out)) {
    const path = slashes(relative(resolve(root), file));
    const code = await Deno.readTextFile(file);
    const right = readdressed(path, code, targets, folder);
    if (right !== code) await Deno.writeTextFile(file, right);
  }
}

/** Not `--minify`: it starts 4 % sooner (BENCHMARKS.md), but what `--debug` prints would name nothing any more. */
const BUNDLE_FLAGS = ["--platform", "deno", "--code-splitting"];

function isModule(path: string): boolean {
  return path.endsWith(".ts");
}

function slashes(path: string): string {
  return path.replaceAll("\\", "/");
}

async function* sourceFiles(root: string, folder: string): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(join(root, folder))) {
    if (isDirectory) yield* sourceFiles(root, `${folder}/${name}`);
    else if (isModule(name) && !/_test(_support)?\.ts$/.test(name)) yield `${folder}/${name}`;
  }
}

async function* codeFiles(folder: string): AsyncGenerator<string> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    const path = join(folder, name);
    if (isDirectory) yield* codeFiles(path);
    else if (name.endsWith(".js")) yield path;
  }
}
