/** Keys from the bytes of a raw terminal, and what they mean here. */

export type Key =
  | "up"
  | "down"
  | "left"
  | "right"
  | "escape"
  | "enter"
  | "tab"
  | "interrupt"
  | "redraw"
  | "unknown"
  | { readonly char: string }
  /** What the terminal itself says (OSC), without introducer and terminator. */
  | { readonly reply: string };

const ESC = 0x1b;
/** Longest sequence waited for; more means noise and is thrown away. */
const MAX_SEQUENCE = 64;

/** Parameters of the marks around what is pasted (bracketed paste, xterm). */
const PASTE_BEGIN = "200";
const PASTE_END = "201";

const FINALS: Readonly<Record<string, Key>> = { A: "up", B: "down", C: "right", D: "left" };

/**
 * Cuts a byte stream into keys. Sequences may be split anywhere between reads: what is not finished is kept. A lone
 * escape byte cannot be told from the start of a sequence, so it becomes a key only by `flush`, called when nothing
 * has followed for a while.
 */
export class KeyParser {
  #pending: number[] = [];
  /** Between the marks of a bracketed paste: what is pasted is no key. */
  #isPasting = false;

  /** True while an unfinished sequence is kept. */
  get waiting(): boolean {
    return this.#pending.length > 0;
  }

  feed(bytes: Uint8Array): Key[] {
    for (const byte of bytes) this.#pending.push(byte);
    const keys: Key[] = [];
    let at = 0;
    while (at < this.#pending.length) {
      const found: Key[] = [];
      const taken = this.#take(at, found);
      if (taken === 0) break;
      at += taken;
      if (!this.#isPasting) keys.push(...found);
    }
    this.#pending = this.#pending.slice(at);
    if (this.#pending.length > MAX_SEQUENCE) this.#pending = [];
    return keys;
  }

  /** Gives up waiting: a lone escape becomes the escape key, anything else is dropped. */
  flush(): Key[] {
    const alone = this.#pending.length === 1 && this.#pending[0] === ESC;
    this.#pending = [];
    return alone ? ["escape"] : [];
  }

  /** Reads one key at `at` and returns its bytes; 0 when more bytes are needed. */
  #take(at: number, keys: Key[]): number {
    const bytes = this.#pending;
    const first = bytes[at] as number;
    if (first === ESC) return this.#takeEscape(at, keys);
    if (first >= 0x80) return this.#takeUtf8(at, keys);
    if (first === 0x03) keys.push("interrupt");
    else if (first === 0x0c) keys.push("redraw");
    else if (first === 0x0d || first === 0x0a) keys.push("enter");
    else if (first === 0x09) keys.push("tab");
    else if (first >= 0x20 && first !== 0x7f) keys.push({ char: String.fromCharCode(first) });
    else keys.push("unknown");
    return 1;
  }

  #takeEscape(at: number, keys: Key[]): number {
    const bytes = this.#pending;
    const second = bytes[at + 1];
    if (second === undefined) return 0;
    // ESC ESC: the first one was the key itself.
    if (second === ESC) {
      keys.push("escape");
      return 1;
    }
    // SS3 (ESC O x): arrows in application mode.
    if (second === 0x4f) {
      const third = bytes[at + 2];
      if (third === undefined) return 0;
      keys.push(FINALS[String.fromCharCode(third)] ?? "unknown");
      return 3;
    }
    if (second === 0x5d) return this.#takeReply(at, keys);
    if (second !== 0x5b) {
      // Alt and a key, which mean nothing here.
      keys.push("unknown");
      return 2;
    }
    // CSI: parameters and intermediates 0x20–0x3f, then one final byte 0x40–0x7e (ECMA-48, 5.4).
    for (let i = at + 2; i < bytes.length; i++) {
      const byte = bytes[i] as number;
      if (byte >= 0x40 && byte <= 0x7e) {
        const mark = byte === 0x7e ? String.fromCharCode(...bytes.slice(at + 2, i)) : "";
        if (mark === PASTE_BEGIN) this.#isPasting = true;
        else if (mark === PASTE_END) this.#isPasting = false;
        else keys.push(FINALS[String.fromCharCode(byte)] ?? "unknown");
        return i + 1 - at;
      }
      if (byte < 0x20 || byte > 0x3f) {
        keys.push("unknown");
        return i - at;
      }
    }
    return 0;
  }

  /** OSC: anything up to BEL or ESC \\. */
  #takeReply(at: number, keys: Key[]): number {
    const bytes = this.#pending;
    for (let i = at + 2; i < bytes.length; i++) {
      const isBell = bytes[i] === 0x07;
      if (!isBell && bytes[i] !== ESC) continue;
      if (!isBell && i + 1 === bytes.length) return 0;
      keys.push({ reply: new TextDecoder().decode(Uint8Array.from(bytes.slice(at + 2, i))) });
      return (isBell ? i + 1 : i + 2) - at;
    }
    return 0;
  }

  #takeUtf8(at: number, keys: Key[]): number {
    const bytes = this.#pending;
    const first = bytes[at] as number;
    const length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1;
    if (at + length > bytes.length) return 0;
    const char = new TextDecoder().decode(Uint8Array.from(bytes.slice(at, at + length)));
    keys.push(char.includes("\ufffd") ? "unknown" : { char });
    return length;
  }
}

/** What a key asks for, before it is known what is on the screen. */
export type Command =
  | { readonly kind: "choose"; readonly by: 1 | -1 }
  | { readonly kind: "change"; readonly by: 1 | -1 }
  | { readonly kind: "zoom"; readonly by: 1 | -1 }
  | { readonly kind: "enlarge"; readonly number: number }
  /** Tab: the next view of a scenario, the next setting elsewhere. */
  | { readonly kind: "next" }
  /** Enter: what is chosen in a scenario's overview, back elsewhere. */
  | { readonly kind: "enter" }
  /** Of a scenario, from wherever it is. */
  | { readonly kind: "overview" }
  | {
    readonly kind: "pause" | "reset" | "logs" | "topics" | "help" | "back" | "quit" | "interrupt" | "redraw";
  };

const CHARS: Readonly<Record<string, Command>> = {
  p: { kind: "pause" },
  " ": { kind: "pause" },
  r: { kind: "reset" },
  l: { kind: "logs" },
  t: { kind: "topics" },
  "?": { kind: "help" },
  h: { kind: "help" },
  q: { kind: "quit" },
  "+": { kind: "zoom", by: -1 },
  "=": { kind: "zoom", by: -1 },
  "-": { kind: "zoom", by: 1 },
  "_": { kind: "zoom", by: 1 },
  "0": { kind: "overview" },
};

/** Letters count in both cases. */
export function commandOf(key: Key): Command | undefined {
  if (typeof key === "object") {
    if ("reply" in key) return undefined;
    if (/^[1-9]$/.test(key.char)) return { kind: "enlarge", number: Number(key.char) };
    return CHARS[key.char.toLowerCase()];
  }
  switch (key) {
    case "up":
      return { kind: "choose", by: -1 };
    case "down":
      return { kind: "choose", by: 1 };
    case "tab":
      return { kind: "next" };
    case "left":
      return { kind: "change", by: -1 };
    case "right":
      return { kind: "change", by: 1 };
    case "escape":
      return { kind: "back" };
    case "enter":
      return { kind: "enter" };
    case "interrupt":
    case "redraw":
      return { kind: key };
    case "unknown":
      return undefined;
  }
}
