import assert from "node:assert/strict";
import fc from "fast-check";
import { commandOf, type Key, KeyParser } from "./keys.ts";

function parse(text: string): Key[] {
  return new KeyParser().feed(new TextEncoder().encode(text));
}

Deno.test("arrows are understood in both of their forms and with modifiers", () => {
  assert.deepEqual(parse("\x1b[A\x1b[B\x1b[C\x1b[D"), ["up", "down", "right", "left"]);
  assert.deepEqual(parse("\x1bOA\x1bOD"), ["up", "left"]);
  assert.deepEqual(parse("\x1b[1;5C"), ["right"]);
});

Deno.test("control bytes and characters become keys", () => {
  assert.deepEqual(parse("q\x03\x0c\r\t+"), [{ char: "q" }, "interrupt", "redraw", "enter", "tab", {
    char: "+",
  }]);
  assert.deepEqual(parse("ü日"), [{ char: "ü" }, { char: "日" }]);
  assert.deepEqual(parse("\xff".repeat(1)).length, 1);
});

Deno.test("a lone escape is a key only when nothing follows it", () => {
  const parser = new KeyParser();
  assert.deepEqual(parser.feed(Uint8Array.of(0x1b)), []);
  assert.equal(parser.waiting, true);
  assert.deepEqual(parser.flush(), ["escape"]);
  assert.equal(parser.waiting, false);
  assert.deepEqual(parser.feed(Uint8Array.of(0x1b)), []);
  assert.deepEqual(parser.feed(new TextEncoder().encode("[A")), ["up"]);
});

Deno.test("an unfinished sequence is dropped by a flush and never grows without end", () => {
  const parser = new KeyParser();
  parser.feed(new TextEncoder().encode("\x1b[1;"));
  assert.deepEqual(parser.flush(), []);
  parser.feed(new TextEncoder().encode("\x1b[" + "1".repeat(500)));
  assert.deepEqual(parser.feed(new TextEncoder().encode("q")), [{ char: "q" }]);
});

Deno.test("unknown sequences are swallowed whole", () => {
  assert.deepEqual(parse("\x1b[15~\x1b[<0;3;4Mq"), ["unknown", "unknown", { char: "q" }]);
  assert.deepEqual(parse("\x1bxq"), ["unknown", { char: "q" }]);
});

Deno.test("what the terminal answers is no key, and neither is what is pasted", () => {
  assert.deepEqual(parse("\x1b]11;rgb:ffff/ffff/ffff\x1b\\q"), [{ reply: "11;rgb:ffff/ffff/ffff" }, {
    char: "q",
  }]);
  assert.deepEqual(parse("\x1b]11;rgb:0/0/0\x07"), [{ reply: "11;rgb:0/0/0" }]);
  assert.equal(commandOf({ reply: "11;?" }), undefined);
  assert.deepEqual(parse("1\x1b[200~pause 3 q\r\x03\x1b[201~2"), [{ char: "1" }, { char: "2" }]);
});

Deno.test("keys do not depend on where reads split the bytes", () => {
  const piece = fc.constantFrom(
    "\x1b[A",
    "\x1bOB",
    "\x1b[1;2C",
    "\x1b[15~",
    "q",
    "ü",
    "日",
    "🚀",
    "\x03",
    "5",
    "\x1b]11;rgb:00/00/00\x1b\\",
  );
  fc.assert(
    fc.property(
      fc.array(piece, { maxLength: 12 }),
      fc.array(fc.nat(40), { maxLength: 10 }),
      (pieces, cuts) => {
        const bytes = new TextEncoder().encode(pieces.join(""));
        const parser = new KeyParser();
        const keys: Key[] = [];
        let from = 0;
        for (const cut of [...new Set(cuts)].sort((a, b) => a - b).filter((c) => c < bytes.length)) {
          keys.push(...parser.feed(bytes.subarray(from, cut)));
          from = cut;
        }
        keys.push(...parser.feed(bytes.subarray(from)));
        assert.deepEqual(keys, parse(pieces.join("")));
        assert.equal(keys.length, pieces.length);
      },
    ),
  );
});

Deno.test("each control of the help has its command, letters in both cases", () => {
  assert.deepEqual(commandOf({ char: "L" }), { kind: "logs" });
  assert.deepEqual(commandOf({ char: "l" }), { kind: "logs" });
  assert.deepEqual(commandOf({ char: "P" }), { kind: "pause" });
  assert.deepEqual(commandOf({ char: "7" }), { kind: "enlarge", number: 7 });
  assert.deepEqual(commandOf({ char: "+" }), { kind: "zoom", by: -1 });
  assert.deepEqual(commandOf({ char: "-" }), { kind: "zoom", by: 1 });
  assert.deepEqual(commandOf("up"), { kind: "choose", by: -1 });
  assert.deepEqual(commandOf("right"), { kind: "change", by: 1 });
  assert.deepEqual(commandOf("interrupt"), { kind: "interrupt" });
  assert.deepEqual(commandOf({ char: "0" }), { kind: "overview" });
  assert.equal(commandOf({ char: "z" }), undefined);
  assert.equal(commandOf("unknown"), undefined);
});
