import assert from "node:assert/strict";
import { STYLE_ID, STYLES } from "./line.ts";
import {
  createTheme,
  detectColorDepth,
  detectGlyphs,
  detectTheme,
  type Environment,
  nearest256,
  onBackground,
} from "./theme.ts";

function env(values: Record<string, string>): Environment {
  return (name) => values[name];
}

Deno.test("colours follow what the terminal promises", () => {
  const depth = (values: Record<string, string>) => detectColorDepth(env(values), true, "auto");
  assert.equal(depth({ COLORTERM: "truecolor", TERM: "xterm" }), "truecolor");
  assert.equal(depth({ TERM: "xterm-kitty" }), "truecolor");
  assert.equal(depth({ TERM: "screen-256color" }), "256");
  assert.equal(depth({ TERM: "xterm" }), "16");
  assert.equal(depth({ TERM: "linux" }), "16");
  assert.equal(depth({ TERM: "dumb" }), "none");
});

Deno.test("NO_COLOR and PLL_NO_COLOR count when set and not empty", () => {
  const rich = { COLORTERM: "truecolor", TERM: "xterm-256color" };
  assert.equal(detectColorDepth(env({ ...rich, NO_COLOR: "1" }), true, "auto"), "none");
  assert.equal(detectColorDepth(env({ ...rich, PLL_NO_COLOR: "yes" }), true, "auto"), "none");
  assert.equal(detectColorDepth(env({ ...rich, NO_COLOR: "" }), true, "auto"), "truecolor");
});

Deno.test("the flag wins over the variables and over the missing terminal", () => {
  assert.equal(detectColorDepth(env({ NO_COLOR: "1", TERM: "xterm-256color" }), false, "always"), "256");
  assert.equal(detectColorDepth(env({ COLORTERM: "truecolor" }), true, "never"), "none");
  assert.equal(detectColorDepth(env({ COLORTERM: "truecolor" }), false, "auto"), "none");
});

Deno.test("shapes follow the locale and the terminal", () => {
  assert.equal(detectGlyphs(env({ LANG: "en_US.UTF-8", TERM: "xterm" })), "braille");
  assert.equal(detectGlyphs(env({ LANG: "en_US.UTF-8", TERM: "linux" })), "block");
  assert.equal(detectGlyphs(env({ LANG: "C", TERM: "xterm" })), "ascii");
  assert.equal(detectGlyphs(env({ LC_ALL: "C", LANG: "en_US.UTF-8" })), "ascii");
  assert.equal(detectGlyphs(env({ LANG: "en_US.UTF-8", TERM: "dumb" })), "ascii");
  assert.equal(detectGlyphs(env({}), true), "block");
  assert.equal(detectGlyphs(env({ WT_SESSION: "1" }), true), "braille");
  assert.equal(detectGlyphs(env({ PLL_GLYPHS: "block", LANG: "en_US.UTF-8" })), "block");
});

Deno.test("every style starts from a reset, and only colour depths write colours", () => {
  for (const depth of ["truecolor", "256", "16", "none"] as const) {
    const { sgr } = createTheme(depth, "braille");
    assert.equal(sgr.length, STYLES.length);
    for (const sequence of sgr) assert.match(sequence.replace("\x1b", "ESC"), /^ESC\[0(;[0-9]+)*m$/);
  }
  const warn = (depth: "truecolor" | "256" | "16" | "none") =>
    createTheme(depth, "braille").sgr[STYLE_ID.warn];
  assert.equal(warn("truecolor"), "\x1b[0;38;2;227;176;75m");
  assert.equal(warn("256"), `\x1b[0;38;5;${nearest256(0xe3b04b)}m`);
  assert.equal(warn("16"), "\x1b[0;93m");
  assert.equal(warn("none"), "\x1b[0m");
});

Deno.test("the nearest of 256 colours is found in the cube and on the grey ramp", () => {
  assert.equal(nearest256(0xff0000), 196);
  assert.equal(nearest256(0x000000), 16);
  assert.equal(nearest256(0xffffff), 231);
  assert.equal(nearest256(0x808080), 244);
});

Deno.test("without colours a gauge is told from its rest by shape", () => {
  for (const level of ["braille", "block", "ascii"] as const) {
    const { glyphs } = createTheme("none", level);
    assert.notEqual(glyphs.gauge, glyphs.gaugeRest);
    assert.notEqual(glyphs.progress, glyphs.progressRest);
  }
});

Deno.test("ASCII shapes hold nothing but ASCII", () => {
  const { glyphs } = detectTheme(env({ LANG: "C" }), { isTty: true, color: "auto" });
  assert.match(JSON.stringify(glyphs), /^[ -~]*$/);
});

Deno.test("the background is what was wished for, else what COLORFGBG says, else dark", () => {
  const options = { isTty: true, color: "auto" } as const;
  const light = env({ TERM: "xterm", COLORFGBG: "0;15" });
  assert.equal(detectTheme(light, options).background, "light");
  assert.equal(detectTheme(light, { ...options, theme: "dark" }).background, "dark");
  assert.equal(detectTheme(env({ TERM: "xterm" }), options).background, "dark");
  assert.equal(detectTheme(env({ TERM: "xterm" }), { ...options, theme: "light" }).background, "light");
  assert.equal(onBackground(createTheme("256", "ascii"), "light").glyphs.level, "ascii");
});
