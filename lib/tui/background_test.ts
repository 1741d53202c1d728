import assert from "node:assert/strict";
import { answersQueries, backgroundOfEnvironment, backgroundOfReply } from "./background.ts";

const env = (values: Record<string, string>) => (name: string): string | undefined => values[name];

Deno.test("a terminal's answer tells dark from light, in one to four digits a channel", () => {
  assert.equal(backgroundOfReply("11;rgb:ffff/ffff/ffff"), "light");
  assert.equal(backgroundOfReply("11;rgb:fd/f6/e3"), "light");
  assert.equal(backgroundOfReply("11;rgb:0000/0000/0000"), "dark");
  assert.equal(backgroundOfReply("11;rgb:2828/2c2c/3434"), "dark");
  assert.equal(backgroundOfReply("11;rgba:f/f/f/f"), "light");
  assert.equal(backgroundOfReply("10;rgb:ffff/ffff/ffff"), undefined);
  assert.equal(backgroundOfReply("11;?"), undefined);
});

Deno.test("COLORFGBG names the background last", () => {
  assert.equal(backgroundOfEnvironment(env({ COLORFGBG: "0;15" })), "light");
  assert.equal(backgroundOfEnvironment(env({ COLORFGBG: "0;default;15" })), "light");
  assert.equal(backgroundOfEnvironment(env({ COLORFGBG: "15;0" })), "dark");
  assert.equal(backgroundOfEnvironment(env({ COLORFGBG: "7;8" })), "dark");
  assert.equal(backgroundOfEnvironment(env({ COLORFGBG: "15;default" })), undefined);
  assert.equal(backgroundOfEnvironment(env({})), undefined);
});

Deno.test("consoles that would print the question are not asked", () => {
  assert.deepEqual(
    ["xterm", "tmux-256color", "linux", "dumb", "vt100"].map((TERM) => answersQueries(env({ TERM }))),
    [
      true,
      true,
      false,
      false,
      false,
    ],
  );
  assert.equal(answersQueries(env({})), false);
});
