/** Payload kind `template`. */
import { type HeaderForm, MAX_SEQUENCE, TEXT_PREFIX } from "../header/header.ts";
import { decimalWidth, writeDecimal } from "../header/digits.ts";
import { KEY_BYTES, writeKey } from "./keys.ts";
import type { MessageState, Payload } from "./payload.ts";
import { isJsonObject } from "./payload_file.ts";
import { Random } from "./random.ts";
import { parseTemplate, type Piece } from "./template.ts";

const LETTERS = new TextEncoder().encode("abcdefghijklmnopqrstuvwxyz012345"); // 32: five random bits choose one
const ISO_WIDTH = 24;
const MAX_STREAM = 0xffffffff;

/**
 * Payloads rendered from a template, see {@link parseTemplate}. The size is what the template makes it.
 *
 * With a verification header, a template that renders to a JSON object gets it as first field, `pll`, and stays JSON;
 * others get its bytes in front of their own. `--verify off` sends the template alone.
 */
export class TemplatePayload implements Payload {
  readonly form: HeaderForm;
  readonly largest: number;
  readonly fixedSize = undefined;
  readonly #pieces: readonly Piece[];
  readonly #random: Random;
  readonly #ints: Float64Array;
  /** Bytes in front that belong to the raw header. */
  readonly #front: number;
  readonly #constantSize: number;
  readonly #iso = new Uint8Array(ISO_WIDTH);
  #isoMillis = -1;
  #drawn = false;

  /**
   * @param headerBytes bytes of the verification header in raw form, 0 without
   * @throws {GeneratorError} `template-invalid`
   */
  constructor(template: string, producer: string, runId: string, random: Random, headerBytes: number) {
    let pieces = parseTemplate(template, producer, runId);
    this.#random = new Random(random.next() >>> 0, 2);
    this.form = rendersToObject(pieces) ? "text" : "raw";
    if (headerBytes > 0 && this.form === "text") {
      const field = `${TEXT_PREFIX}${"0".repeat(2 * headerBytes)}",`;
      // An object with a placeholder begins with a literal, and one without is literal altogether.
      const first = pieces[0] as Piece & { kind: "literal" };
      const after = new TextDecoder().decode(first.bytes.subarray(1));
      const opening = /^\s*\}\s*$/.test(after) && pieces.length === 1 ? field.slice(0, -1) : field;
      pieces = [{ kind: "literal", bytes: new TextEncoder().encode(opening + after) }, ...pieces.slice(1)];
    }
    this.#front = this.form === "raw" ? headerBytes : 0;
    this.#pieces = pieces;
    this.#ints = new Float64Array(pieces.filter((piece) => piece.kind === "int").length);
    this.#constantSize = pieces.reduce((sum, piece) => sum + constantWidth(piece), this.#front);
    this.largest = pieces.reduce((sum, piece) => sum + largestVariable(piece), this.#constantSize);
  }

  prepare(message: MessageState): number {
    let size = this.#constantSize;
    for (let index = 0; index < this.#pieces.length; index++) {
      const piece = this.#pieces[index]!;
      if (piece.kind === "seq") size += decimalWidth(message.sequence);
      else if (piece.kind === "stream") size += decimalWidth(message.stream);
      else if (piece.kind === "int") {
        if (!this.#drawn) this.#ints[piece.slot] = piece.low + this.#random.below(piece.high - piece.low + 1);
        size += decimalWidth(this.#ints[piece.slot]!);
      }
    }
    this.#drawn = true;
    return size;
  }

  write(view: DataView, bytes: Uint8Array, at: number, _size: number, message: MessageState): void {
    this.#drawn = false;
    let to = at + this.#front;
    for (let index = 0; index < this.#pieces.length; index++) {
      const piece = this.#pieces[index]!;
      switch (piece.kind) {
        case "literal":
          bytes.set(piece.bytes, to);
          to += piece.bytes.length;
          break;
        case "seq":
          to = writeDecimal(bytes, to, message.sequence, decimalWidth(message.sequence));
          break;
        case "padded":
          to = writeDecimal(bytes, to, message.sequence, piece.width);
          break;
        case "stream":
          to = writeDecimal(bytes, to, message.stream, decimalWidth(message.stream));
          break;
        case "timestamp":
          to = writeDecimal(bytes, to, Math.floor(message.sendTime / 1000), 13);
          break;
        case "timestamp_us":
          to = writeDecimal(bytes, to, message.sendTime, 16);
          break;
        case "iso":
          bytes.set(this.#isoBytes(Math.floor(message.sendTime / 1000)), to);
          to += ISO_WIDTH;
          break;
        case "key":
          writeKey(view, to, message.key);
          to += KEY_BYTES;
          break;
        case "random":
          for (const end = to + piece.width; to < end; to++) bytes[to] = LETTERS[this.#random.next() & 31]!;
          break;
        case "int": {
          const value = this.#ints[piece.slot]!;
          to = writeDecimal(bytes, to, value, decimalWidth(value));
        }
      }
    }
  }

  patch(): never {
    throw new Error("payloads of a template are written whole");
  }

  /** Formats once a millisecond at most: all messages of a batch share their send time. */
  #isoBytes(millis: number): Uint8Array {
    if (millis !== this.#isoMillis) {
      new TextEncoder().encodeInto(new Date(millis).toISOString(), this.#iso);
      this.#isoMillis = millis;
    }
    return this.#iso;
  }
}

function constantWidth(piece: Piece): number {
  switch (piece.kind) {
    case "literal":
      return piece.bytes.length;
    case "padded":
    case "random":
      return piece.width;
    case "timestamp":
      return 13;
    case "timestamp_us":
      return 16;
    case "iso":
      return ISO_WIDTH;
    case "key":
      return KEY_BYTES;
    default:
      return 0;
  }
}

function largestVariable(piece: Piece): number {
  switch (piece.kind) {
    case "seq":
      return decimalWidth(MAX_SEQUENCE);
    case "stream":
      return decimalWidth(MAX_STREAM);
    case "int":
      return decimalWidth(piece.high);
    default:
      return 0;
  }
}

/** Whether the template makes JSON objects: judged by one rendering with small stand-in values. */
function rendersToObject(pieces: readonly Piece[]): boolean {
  if (pieces[0]!.kind !== "literal") return false;
  const sample = pieces.map((piece): string => {
    switch (piece.kind) {
      case "literal":
        return new TextDecoder().decode(piece.bytes);
      case "seq":
      case "stream":
      case "int":
        return "1";
      case "timestamp":
      case "timestamp_us":
        return "1".repeat(constantWidth(piece));
      case "padded":
        return "1".repeat(piece.width);
      default:
        return "a".repeat(constantWidth(piece));
    }
  });
  return isJsonObject(new TextEncoder().encode(sample.join("")));
}
