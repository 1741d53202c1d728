/** The language of payload templates: text with `{{placeholders}}`. */
import { GeneratorError } from "./errors.ts";

/** A piece of a payload template. Widths are in bytes; `int` bounds are inclusive. */
export type Piece =
  | { readonly kind: "literal"; readonly bytes: Uint8Array }
  | { readonly kind: "seq" | "stream" | "timestamp" | "timestamp_us" | "iso" | "key" }
  | { readonly kind: "padded" | "random"; readonly width: number }
  | { readonly kind: "int"; readonly low: number; readonly high: number; readonly slot: number };

const MAX_WIDTH = 1_000_000;
const KNOWN =
  "'seq', 'seq:N', 'stream', 'timestamp', 'timestamp_us', 'iso', 'producer', 'run', 'key', 'random:N', 'int:A-B'";

/**
 * Takes a template apart. Placeholders stand in double braces:
 *
 * - `seq` sequence in its stream, `seq:N` with leading zeros in N digits; `stream` the stream's id
 * - `timestamp` send time in ms since the epoch, `timestamp_us` in µs, `iso` as `2026-01-31T10:00:00.000Z`
 * - `producer`, `run` names; `key` the message's key
 * - `random:N` N random letters and digits; `int:A-B` a random whole number from A to B
 *
 * @param producer,runId what `producer` and `run` become
 * @throws {GeneratorError} `template-invalid`, naming the placeholder
 */
export function parseTemplate(template: string, producer: string, runId: string): Piece[] {
  const encoder = new TextEncoder();
  const pieces: Piece[] = [];
  let literal = "";
  let ints = 0;
  const flush = (): void => {
    if (literal !== "") pieces.push({ kind: "literal", bytes: encoder.encode(literal) });
    literal = "";
  };
  let rest = 0;
  for (const match of template.matchAll(/\{\{([^{}]*)\}\}/g)) {
    literal += template.slice(rest, match.index);
    rest = match.index + match[0].length;
    const name = match[1]!.trim();
    if (name === "producer" || name === "run") {
      literal += name === "producer" ? producer : runId;
      continue;
    }
    flush();
    const piece = parsePlaceholder(name, ints);
    if (piece.kind === "int") ints++;
    pieces.push(piece);
  }
  literal += template.slice(rest);
  flush();
  if (pieces.length === 0) throw new GeneratorError("template-invalid", "the payload template is empty");
  return pieces;
}

function parsePlaceholder(name: string, slot: number): Piece {
  switch (name) {
    case "seq":
    case "stream":
    case "timestamp":
    case "timestamp_us":
    case "iso":
    case "key":
      return { kind: name };
  }
  const sized = /^(seq|random):(\d{1,9})$/.exec(name);
  if (sized !== null) {
    const width = Number(sized[2]);
    const most = sized[1] === "seq" ? 15 : MAX_WIDTH;
    if (width < 1 || width > most) throw invalid(name, `the length must be from 1 to ${most}`);
    return { kind: sized[1] === "seq" ? "padded" : "random", width };
  }
  const range = /^int:(\d{1,9})-(\d{1,9})$/.exec(name);
  if (range !== null) {
    const low = Number(range[1]), high = Number(range[2]);
    if (low > high) throw invalid(name, "the bounds are reversed");
    return { kind: "int", low, high, slot };
  }
  throw invalid(name, `known are ${KNOWN}`);
}

function invalid(name: string, why: string): GeneratorError {
  return new GeneratorError("template-invalid", `template placeholder '{{${name}}}' is not valid: ${why}`);
}
