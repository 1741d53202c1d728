/** Reads the payloads of kind `file` from a file or a folder. */
import { join } from "node:path";
import { readBoundedFile } from "../../transport/bounded_file.ts";
import { GeneratorError } from "./errors.ts";

/** All payloads stay in memory, in each worker. */
const MAX_BYTES = 64 * 1024 * 1024;
const NEWLINE = 0x0a;
const RETURN = 0x0d;

/**
 * Reads payloads from `path`: each non-empty line of a text file, a binary file as a whole, or each file of a directory
 * as a whole, in name order. Text is UTF-8 without NUL.
 *
 * @throws {GeneratorError} `file-invalid` if it cannot be read, is empty, or holds more than 64 MiB
 */
export async function loadPayloads(path: string): Promise<Uint8Array[]> {
  let payloads: Uint8Array[];
  try {
    payloads = (await Deno.stat(path)).isDirectory
      ? await readDirectory(path)
      : splitPayloads(await readFile(path));
  } catch (cause) {
    if (cause instanceof GeneratorError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new GeneratorError("file-invalid", `payload file '${path}' cannot be read: ${reason}`, { cause });
  }
  if (payloads.length === 0) {
    throw new GeneratorError(
      "file-invalid",
      `payload file '${path}' holds no payload, needs a non-empty line or file`,
    );
  }
  return payloads;
}

/** The payloads in the content of one file. */
export function splitPayloads(content: Uint8Array): Uint8Array[] {
  if (!isText(content)) return [content];
  const lines: Uint8Array[] = [];
  for (let start = 0; start < content.length;) {
    const newline = content.indexOf(NEWLINE, start);
    const next = newline < 0 ? content.length : newline;
    const end = next > start && content[next - 1] === RETURN ? next - 1 : next;
    if (end > start) lines.push(content.subarray(start, end));
    start = next + 1;
  }
  return lines;
}

function isText(content: Uint8Array): boolean {
  if (content.includes(0)) return false;
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(content);
    return true;
  } catch {
    return false;
  }
}

async function readDirectory(path: string): Promise<Uint8Array[]> {
  const names: string[] = [];
  for await (const entry of Deno.readDir(path)) if (entry.isFile) names.push(entry.name);
  const payloads: Uint8Array[] = [];
  let total = 0;
  for (const name of names.sort()) {
    const content = await readFile(join(path, name));
    total += content.length;
    requireRoom(path, total);
    if (content.length > 0) payloads.push(content);
  }
  return payloads;
}

async function readFile(path: string): Promise<Uint8Array> {
  requireRoom(path, (await Deno.stat(path)).size);
  // A device has no size.
  return await readBoundedFile(path, MAX_BYTES);
}

function requireRoom(path: string, bytes: number): void {
  if (bytes <= MAX_BYTES) return;
  throw new GeneratorError(
    "file-invalid",
    `payload file '${path}' holds ${bytes} bytes, must be at most ${MAX_BYTES}`,
  );
}
