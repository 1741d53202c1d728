/** Payload kind `file`. */
import type { HeaderForm } from "../header/header.ts";
import { TEXT_OFFSET, TEXT_PREFIX } from "../header/header.ts";
import { GeneratorError } from "./errors.ts";
import type { MessageState, Payload } from "./payload.ts";

const OPENING_BRACE = 0x7b;
const CLOSING_BRACE = 0x7d;
const QUOTE = 0x22;
const COMMA = 0x2c;

/**
 * Payloads from a file, in turn.
 *
 * With a verification header, payloads that are all JSON objects get it as their first field, `pll`, and stay JSON;
 * others get its bytes in front of their own. `--verify off` sends them untouched.
 */
export class FilePayload implements Payload {
  readonly form: HeaderForm;
  readonly largest: number;
  readonly fixedSize = undefined;
  readonly #payloads: readonly Uint8Array[];
  #index: number;

  /**
   * @param headerBytes bytes of the verification header in raw form, 0 without
   * @param offset which payload comes first, so that workers do not walk in step
   * @throws {GeneratorError} `file-invalid` if there is no payload
   */
  constructor(payloads: readonly Uint8Array[], headerBytes: number, offset: number) {
    if (payloads.length === 0) throw new GeneratorError("file-invalid", "the payload file holds no payload");
    this.form = payloads.every(isJsonObject) ? "text" : "raw";
    const form = this.form;
    this.#payloads = headerBytes === 0
      ? payloads
      : payloads.map((payload) => withRoom(payload, headerBytes, form));
    this.largest = this.#payloads.reduce((most, payload) => Math.max(most, payload.length), 0);
    this.#index = offset % payloads.length;
  }

  prepare(): number {
    return this.#payloads[this.#index]!.length;
  }

  write(_view: DataView, bytes: Uint8Array, at: number, _size: number, _message: MessageState): void {
    bytes.set(this.#payloads[this.#index]!, at);
    this.#index = this.#index + 1 === this.#payloads.length ? 0 : this.#index + 1;
  }

  patch(): never {
    throw new Error("payloads of a file are written whole");
  }
}

/** Whether the header can become the first field: `{` with nothing before it, and `}` at the end. */
export function isJsonObject(payload: Uint8Array): boolean {
  if (payload[0] !== OPENING_BRACE || payload[payload.length - 1] !== CLOSING_BRACE) return false;
  try {
    JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(payload));
    return true;
  } catch {
    return false;
  }
}

/** Copies a payload with room for the header of `headerBytes` (in raw form) at its start. */
function withRoom(payload: Uint8Array, headerBytes: number, form: HeaderForm): Uint8Array {
  if (form === "raw") {
    const roomy = new Uint8Array(headerBytes + payload.length);
    roomy.set(payload, headerBytes);
    return roomy;
  }
  const fields = payload.subarray(1);
  const empty = fields.every((byte) => byte === CLOSING_BRACE || byte <= 0x20);
  const front = TEXT_OFFSET + 2 * headerBytes;
  const behind = front + (empty ? 1 : 2);
  const roomy = new Uint8Array(behind + fields.length);
  roomy.set(new TextEncoder().encode(TEXT_PREFIX));
  roomy.fill(0x30, TEXT_OFFSET, front);
  roomy[front] = QUOTE;
  if (!empty) roomy[front + 1] = COMMA;
  roomy.set(fields, behind);
  return roomy;
}
