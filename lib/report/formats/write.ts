/**
 * Where results go. Every output is tried before the load starts, so that no run is measured whose result cannot be
 * written, and a failure to write at the end is returned, not thrown: the summary still has to be printed.
 */
import { basename, dirname, join } from "node:path";

/** An output that cannot be written; the message names the path and the reason. */
export class OutputError extends Error {
  override readonly name = "OutputError";
  readonly code = "OUTPUT";
  readonly path: string;

  constructor(path: string, problem: string, options?: ErrorOptions) {
    super(`cannot write '${path}': ${problem}`, options);
    this.path = path;
  }
}

/** A file that appears whole or not at all, or stdout (`-`), or a device or pipe. */
export interface Output {
  readonly path: string;
  /** Writes everything at once. Returns what went wrong; the old file, if any, is then untouched. */
  commit(text: string): Promise<OutputError | undefined>;
}

/** An output that grows line by line while the run goes on. */
export interface LineOutput {
  readonly path: string;
  /** Given and not written yet. */
  readonly pendingBytes: number;
  /** Appends lines. The first failure is kept and ends the output, never the run. */
  write(lines: string | Uint8Array): void;
  /** Flushes and closes; returns the first failure. */
  close(): Promise<OutputError | undefined>;
}

/**
 * Checks that a result can be written to `path` later: its folder exists and takes a new file, and it is no folder.
 *
 * @throws {OutputError} if not
 */
export async function prepareOutput(path: string): Promise<Output> {
  if (path === "-") return { path, commit: (text) => guarded(path, () => writeAll(Deno.stdout, text)) };
  const target = await resolveTarget(path);
  if (target.kind === "device") {
    const problem = await guarded(path, async () => (await Deno.open(target.path, { write: true })).close());
    if (problem !== undefined) throw problem;
  }
  // Renaming over a device or pipe would replace it by a file, so those are written into.
  if (target.kind !== "file") {
    return {
      path,
      commit: (text) => guarded(path, () => writeInto(target.path, text)),
    };
  }
  const probe = temporaryBeside(target.path);
  const problem = await guarded(path, async () => {
    (await Deno.open(probe, { write: true, createNew: true })).close();
    await Deno.remove(probe);
  });
  if (problem !== undefined) throw problem;
  return { path, commit: (text) => guarded(path, () => replaceFile(target.path, text)) };
}

/**
 * Opens `path` for lines; an existing file is emptied.
 *
 * @throws {OutputError} if it cannot be opened
 */
export async function openLineOutput(path: string): Promise<LineOutput> {
  if (path === "-") return new QueuedLines(path, Deno.stdout, () => {});
  const target = await resolveTarget(path);
  let file: Deno.FsFile;
  try {
    file = await Deno.open(target.path, { write: true, create: true, truncate: target.kind === "file" });
  } catch (cause) {
    throw new OutputError(path, reasonOf(cause), { cause });
  }
  return new QueuedLines(path, file, () => file.close());
}

/** Writes lines one after the other without making the caller wait. */
class QueuedLines implements LineOutput {
  readonly path: string;
  readonly #sink: Sink;
  readonly #end: () => void;
  #tail: Promise<void> = Promise.resolve();
  #failure: OutputError | undefined;
  #pending = 0;

  constructor(path: string, sink: Sink, end: () => void) {
    this.path = path;
    this.#sink = sink;
    this.#end = end;
  }

  get pendingBytes(): number {
    return this.#pending;
  }

  write(lines: string | Uint8Array): void {
    const bytes = typeof lines === "string" ? new TextEncoder().encode(lines) : lines;
    this.#pending += bytes.length;
    this.#tail = this.#tail.then(async () => {
      if (this.#failure === undefined) {
        this.#failure = await guarded(this.path, () => writeAll(this.#sink, bytes));
      }
      this.#pending -= bytes.length;
    });
  }

  async close(): Promise<OutputError | undefined> {
    await this.#tail;
    this.#end();
    return this.#failure;
  }
}

interface Sink {
  write(bytes: Uint8Array): Promise<number>;
}

/**
 * Follows links, so that a link is written through and not replaced; tells files from devices and pipes. A pipe can't
 * be tried: opening it waits for a reader.
 */
async function resolveTarget(path: string): Promise<{ kind: "file" | "device" | "pipe"; path: string }> {
  try {
    const real = await Deno.realPath(path);
    const info = await Deno.stat(real);
    if (info.isDirectory) throw new OutputError(path, "it is a folder; name a file in it");
    return { kind: info.isFile ? "file" : info.isCharDevice ? "device" : "pipe", path: real };
  } catch (cause) {
    if (cause instanceof OutputError) throw cause;
    if (cause instanceof Deno.errors.NotFound) {
      const goal = await Deno.readLink(path).catch(() => undefined);
      if (goal === undefined) return { kind: "file", path };
      throw new OutputError(path, `it is a link to '${goal}', which is not there`, { cause });
    }
    throw new OutputError(path, reasonOf(cause), { cause });
  }
}

function temporaryBeside(path: string): string {
  return join(dirname(path), `.${basename(path)}.${crypto.randomUUID().slice(0, 8)}.tmp`);
}

async function replaceFile(path: string, text: string): Promise<void> {
  const temporary = temporaryBeside(path);
  try {
    const file = await Deno.open(temporary, { write: true, createNew: true });
    try {
      await writeAll(file, text);
      // Without this a crash of the machine could leave the new name on an empty file.
      await file.sync();
    } finally {
      file.close();
    }
    if (await isOther(path)) throw new Error("it became something else than a file during the run");
    await Deno.rename(temporary, path);
  } catch (error) {
    await Deno.remove(temporary).catch(() => {});
    throw error;
  }
}

/** True for what exists and is no regular file. */
async function isOther(path: string): Promise<boolean> {
  try {
    return !(await Deno.lstat(path)).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

async function writeInto(path: string, text: string): Promise<void> {
  const file = await Deno.open(path, { write: true });
  try {
    await writeAll(file, text);
  } finally {
    file.close();
  }
}

async function writeAll(sink: Sink, text: string | Uint8Array): Promise<void> {
  const bytes = typeof text === "string" ? new TextEncoder().encode(text) : text;
  for (let done = 0; done < bytes.length;) done += await sink.write(bytes.subarray(done));
}

async function guarded(path: string, action: () => Promise<void>): Promise<OutputError | undefined> {
  try {
    await action();
    return undefined;
  } catch (cause) {
    return new OutputError(path, reasonOf(cause), { cause });
  }
}

function reasonOf(cause: unknown): string {
  if (cause instanceof Deno.errors.NotFound) return "its folder does not exist";
  if (cause instanceof Deno.errors.PermissionDenied) return "permission denied";
  if (cause instanceof Deno.errors.NotCapable) {
    return "this program was not given the permission to write there";
  }
  const text = cause instanceof Error ? cause.message : String(cause);
  return /os error 28|ENOSPC/.test(text) ? "the disk is full" : text;
}
