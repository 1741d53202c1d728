import assert from "node:assert/strict";
import { progressMode } from "./ui_mode.ts";
import type { UiMode } from "../config/run_config.ts";

function mode(
  ui: UiMode,
  isTerminal: boolean,
  env: Record<string, string> = { TERM: "xterm" },
  quiet = false,
): string {
  return progressMode({ ui, quiet, isTerminal, env: (name) => env[name] });
}

Deno.test("a terminal gets the full screen, anything else plain lines", () => {
  assert.equal(mode("auto", true), "full");
  assert.equal(mode("auto", false), "plain");
  assert.equal(mode("full", false), "plain");
  assert.equal(mode("basic", true), "basic");
});

Deno.test("a dumb terminal gets one line in place, a CI terminal plain lines unless asked otherwise", () => {
  assert.equal(mode("auto", true, { TERM: "dumb" }), "status");
  assert.equal(mode("full", true, { TERM: "dumb" }), "status");
  assert.equal(mode("auto", true, { TERM: "xterm", CI: "true" }), "plain");
  assert.equal(mode("full", true, { TERM: "xterm", CI: "true" }), "full");
});

Deno.test("quiet and none are silent everywhere", () => {
  assert.equal(mode("full", true, {}, true), "none");
  assert.equal(mode("none", true), "none");
});
