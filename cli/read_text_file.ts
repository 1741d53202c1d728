/** Reads a file that a person wrote: text, of a size that a person writes. */

/** Of a configuration file or a profile. */
const MOST_BYTES = 1024 * 1024;

/**
 * @throws {Error} when it cannot be read, or is no such text; not more than the limit is ever in memory, whatever the
 * path leads to
 */
export function readTextFile(path: string): string {
  using file = Deno.openSync(path);
  if (file.statSync().isDirectory) throw new Error("it is a folder");
  const bytes = new Uint8Array(MOST_BYTES + 1);
  let length = 0;
  for (;;) {
    const count = file.readSync(bytes.subarray(length));
    if (count === null) break;
    length += count;
    if (length > MOST_BYTES) throw new Error("it is larger than 1 MiB, no file of settings is");
  }
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes.subarray(0, length));
  } catch {
    throw new Error("it is not UTF-8 text");
  }
}
