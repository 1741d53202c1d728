/** Reads small files up to a limit, so that a path to a device, a pipe or a disk image does not fill the memory. */

/** The file is larger than the limit. */
export class FileTooLargeError extends Error {
  override readonly name = "FileTooLargeError";
  readonly code = "FileTooLarge";

  constructor(mostBytes: number) {
    super(`it is larger than ${mostBytes / 1024} KiB`);
  }
}

const FIRST_BYTES = 64 * 1024;

/**
 * @throws {FileTooLargeError}
 * @throws what opening and reading throw
 */
export async function readBoundedFile(path: string, mostBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  using file = await Deno.open(path);
  let bytes = new Uint8Array(Math.min(FIRST_BYTES, mostBytes + 1));
  let length = 0;
  for (;;) {
    const count = await file.read(bytes.subarray(length));
    if (count === null) return bytes.subarray(0, length);
    length += count;
    if (length > mostBytes) throw new FileTooLargeError(mostBytes);
    if (length < bytes.length) continue;
    const larger = new Uint8Array(Math.min(2 * bytes.length, mostBytes + 1));
    larger.set(bytes);
    bytes = larger;
  }
}

/** The same as text. */
export async function readBoundedText(path: string, mostBytes: number): Promise<string> {
  return new TextDecoder().decode(await readBoundedFile(path, mostBytes));
}
