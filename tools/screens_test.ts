import assert from "node:assert/strict";
import { capturedScreen, samplePictures, screenSvg } from "./screens.ts";

Deno.test("a capture becomes a picture with its text, its colours and its title", async () => {
  const capture = "\x1b[38;2;76;184;102m●\x1b[0m running <b>\n\x1b[1;31m100 %\x1b[0m ⣿━\n";
  const svg = screenSvg(await capturedScreen(capture, 20, 2), "A & B");
  assert.match(svg, /^<svg [^>]*role="img" aria-label="A &amp; B">/);
  assert.match(svg, /fill="#4cb866"[^>]*>●</);
  assert.match(svg, />running\u00a0&lt;b&gt;</);
  assert.match(svg, /fill="#ff7b72" font-weight="600"[^>]*>100\u00a0%</);
  assert.doesNotMatch(svg, /[⣿━]/, "Braille and lines are shapes");
});

Deno.test("neighbouring dots and lines are one shape each, and gaps stay gaps", async () => {
  const svg = screenSvg(await capturedScreen("⠉⠉⠁⠁\n───\n██ █\n", 4, 3), "t");
  const dashed = /stroke-dasharray="[\d. ]+" d="([^"]+)"/.exec(svg)![1]!;
  // Five dots in a row, a gap of one, and a last one.
  assert.deepEqual(dashed.match(/h[\d.]+/g), ["h19.66", "h2.86"]);
  const filled = [...svg.matchAll(/<path fill="#[^"]+" fill-opacity="1" d="([^"]+)"/g)].map((m) => m[1]).join(
    "",
  );
  assert.deepEqual(filled.match(/(?<=\d)h[\d.]+(?=v)/g), ["h25.2", "h16.8", "h8.4"]);
});

Deno.test("the last line of a capture does not scroll the first one away", async () => {
  const { cells } = await capturedScreen("one\ntwo\n", 5, 2);
  assert.deepEqual(cells.map((row) => row.map(({ char }) => char).join("").trim()), ["one", "two"]);
});

Deno.test("inverse cells have a paper of their own", async () => {
  assert.match(
    screenSvg(await capturedScreen("\x1b[7mx\x1b[0m\n", 2, 1), "t"),
    /<rect x="14" y="14" [^>]*fill="#e6edf3"/,
  );
});

Deno.test("every sample screen is well-formed and loads nothing from outside", async () => {
  const pictures = await samplePictures();
  assert.equal(pictures.size, 12);
  for (const [name, svg] of pictures) {
    assert.equal((svg.match(/<text /g) ?? []).length, (svg.match(/<\/text>/g) ?? []).length, name);
    assert.doesNotMatch(svg, /href|url\(|<script|NaN|undefined/);
  }
});
