import assert from "node:assert/strict";
import type { Group } from "./group.ts";
import { takeAll } from "./take_all.ts";

/** A consumer that plays through what each look at it finds: messages so far, and whether its connection stands. */
function consumerOf(looks: readonly (readonly [messages: number, isConnected: boolean])[]) {
  let at = -1;
  const look = () => looks[Math.min(at, looks.length - 1)]!;
  const run = {
    phase: "running",
    config: { verify: "strict" },
    resume() {},
    integrity: { expect() {}, missing: () => 10 - look()[0] },
    get counts() {
      return { disconnected: look()[1] ? undefined : { down: 1 } };
    },
    reader: {
      poll: () => void at++,
      ever: (name: string) => name === "messages" ? look()[0] : 0,
    },
  };
  return {
    group: { run, bases: new Set(["persistent://a/b/c"]) } as unknown as Group,
    seen: () => look()[0],
  };
}

const PRODUCER = {
  outcome: { streams: [{ stream: 1, next: 10 }] },
  run: { counts: { resent: 0 }, integrity: { witness: undefined } },
} as unknown as Group;

Deno.test("silence means nothing to a subscription while its connection is missing", async () => {
  // Silent for longer than the limit, and connected in between for far less than that.
  const quiet = Array.from({ length: 44 }, (_, index) => [4, index % 2 === 0] as const);
  const { group, seen } = consumerOf([[0, true], [4, true], ...quiet, [10, true]]);
  await takeAll(group, [PRODUCER], 2000);
  assert.equal(seen(), 10);
});

Deno.test("a subscription that hears nothing any more is given up", async () => {
  const { group, seen } = consumerOf([[0, true], [4, true]]);
  await takeAll(group, [PRODUCER], 100);
  assert.equal(seen(), 4);
});

Deno.test("a subscription whose connection never comes back is given up", async () => {
  const { group, seen } = consumerOf([[4, false]]);
  await takeAll(group, [PRODUCER], 100);
  assert.equal(seen(), 4);
});
