import assert from "node:assert/strict";
import { VirtualScreen } from "./virtual_screen_test_support.ts";

Deno.test("text, line ends and cursor addresses land where a terminal puts them", () => {
  const screen = new VirtualScreen(6, 3);
  screen.write("ab\r\ncd\x1b[3;4Hx\x1b[1;6Hy");
  assert.equal(screen.text(), "ab   y\ncd\n   x");
});

Deno.test("sequences may be cut between writes", () => {
  const screen = new VirtualScreen(6, 1);
  for (const char of "\x1b[38;2;1;2;255ma\x1b[0mb") screen.write(char);
  assert.equal(screen.text(), "ab");
  assert.equal(screen.cells[0]?.[0]?.style.foreground, "#0102ff");
  assert.equal(screen.cells[0]?.[1]?.style.foreground, undefined);
});

Deno.test("colours and attributes of captures are understood", () => {
  const screen = new VirtualScreen(10, 1);
  screen.write("\x1b[1;31ma\x1b[22;38;5;208mb\x1b[39;7mc\x1b[27;92;44md");
  const styles = screen.cells[0]?.slice(0, 4).map((cell) => cell.style);
  assert.deepEqual(styles?.map((style) => style.foreground), [1, 208, undefined, 10]);
  assert.deepEqual(styles?.map((style) => style.bold), [true, false, false, false]);
  assert.deepEqual(styles?.map((style) => style.inverse), [false, false, true, false]);
  assert.equal(styles?.[3]?.background, 4);
});

Deno.test("private modes are remembered", () => {
  const screen = new VirtualScreen(4, 1);
  screen.write("\x1b[?1049h\x1b[?25l");
  assert.deepEqual([...screen.modes].sort((a, b) => a - b), [7, 1049]);
});

Deno.test("lines wrap and scroll only while wrapping is on", () => {
  const wrapping = new VirtualScreen(3, 2);
  wrapping.write("abcdefgh");
  assert.equal(wrapping.text(), "def\ngh");
  const cut = new VirtualScreen(3, 2);
  cut.write("\x1b[?7labcdef");
  assert.equal(cut.text(), "abf\n");
});
