/**
 * Makes foreign text safe to print: messages of a broker, contents of result and configuration files, output of other
 * programs. An escape sequence in it could set the title, clear the screen or write a false `✓ ok`; every place that
 * prints such text sends it through here.
 */

const INTRODUCED =
  "\\[[0-?]*[ -/]*[@-~]|\\][^\\x07\\x1b]*(?:\\x07|\\x1b\\\\)?|[PX^_][^\\x1b]*(?:\\x1b\\\\)?|[ -~]";
/** CSI; OSC; DCS, SOS, PM and APC; two-byte sequences; a lone escape. */
const SEQUENCES = new RegExp(`\x1b(?:${INTRODUCED})?`, "g");
/** Controls (C0, DEL, C1), line and paragraph separators, and bidirectional controls. */
const CONTROLS = /[\p{Cc}\u2028-\u202e\u2066-\u2069]+/gu;

/** One line that is safe to print: no escape sequence, no control, no line break. */
export function clean(text: string): string {
  return text.replace(SEQUENCES, "").replace(CONTROLS, " ").trimEnd();
}

/** The same for text of several lines, which stay lines. */
export function cleanLines(text: string): string {
  return text.split("\n").map(clean).join("\n");
}

/** A copy of plain data with every string and every key cleaned. */
export function cleanStrings<T>(value: T): T {
  return cleaned(value) as T;
}

function cleaned(value: unknown): unknown {
  if (typeof value === "string") return clean(value);
  if (Array.isArray(value)) return value.map(cleaned);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [clean(name), cleaned(item)]));
}

/** JSON that means the same and is safe to print: `JSON.stringify` leaves DEL and the controls behind it as they are. */
export function printableJson(json: string): string {
  return json.replace(
    /[\x7f-\x9f\u2028-\u202e\u2066-\u2069]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
