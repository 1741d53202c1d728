import assert from "node:assert/strict";
import type { OwnWord } from "../../load/barrier/start_barrier.ts";
import { OtherProcesses } from "./others.ts";

const GROUPS = [
  { name: "web", role: "producer", bases: new Set(["persistent://a/b/t"]) },
  { name: "billing", role: "consumer", bases: new Set(["persistent://a/b/t"]) },
] as const;

function stage(others: readonly string[]) {
  const told: OwnWord[] = [];
  let now = 0;
  const talk = {
    others,
    tell: (word: OwnWord) => {
      told.push(word);
      return Promise.resolve();
    },
  };
  return { told, processes: new OtherProcesses(GROUPS, talk, () => now), pass: (ms: number) => now += ms };
}

Deno.test("what the other processes have done is the sum of their latest words", () => {
  const { processes } = stage(["a", "b"]);
  processes.hear({ kind: "progress", id: "a", groups: { web: [10, 1000] } });
  processes.hear({ kind: "progress", id: "a", groups: { web: [20, 2000] } });
  processes.hear({ kind: "progress", id: "b", groups: { web: [5, 500], billing: [3, 300] } });
  assert.deepEqual(processes.done("web"), { messages: 25, bytes: 2500 });
  assert.deepEqual(processes.done("billing"), { messages: 3, bytes: 300 });
  assert.deepEqual(processes.done("nobody"), { messages: 0, bytes: 0 });
});

Deno.test("everything has been sent when every other process has said so, is gone, or has been silent for long", () => {
  const { processes, pass } = stage(["a", "b", "c"]);
  processes.start(() => ({}));
  try {
    processes.hear({ kind: "sent", id: "a", groups: { billing: [100, 2] } });
    processes.hear({ kind: "gone", id: "b" });
    processes.hear({ kind: "progress", id: "c", groups: {} });
    assert.equal(processes.haveSent, false);
    assert.deepEqual(processes.sentTo("billing"), { messages: 100, again: 2 });
    pass(29_000);
    processes.hear({ kind: "progress", id: "c", groups: {} });
    pass(29_000);
    assert.equal(processes.haveSent, false, "a word is a sign of life");
    pass(1000);
    assert.equal(processes.haveSent, true);
  } finally {
    void processes.stop();
  }
});

Deno.test("a process tells what has changed, and says again and again that it has sent all", async () => {
  const { processes, told } = stage(["a"]);
  let web = 1;
  processes.start(() => ({ web: [web, 10] }));
  await processes.endSending({ billing: [7, 0] });
  web = 2;
  await processes.stop();
  const sent = { kind: "sent", groups: { billing: [7, 0] } };
  assert.deepEqual(told, [
    { kind: "progress", groups: { web: [1, 10] } },
    sent,
    { kind: "progress", groups: { web: [2, 10] } },
    sent,
  ]);
});

Deno.test("many groups are told in several messages", async () => {
  const { processes, told } = stage(["a"]);
  processes.start(() => Object.fromEntries(Array.from({ length: 700 }, (_, at) => [`g${at}`, [1, 1]])));
  await processes.stop();
  assert.deepEqual(told.map((word) => "groups" in word ? Object.keys(word.groups).length : 0), [
    300,
    300,
    100,
  ]);
});

Deno.test("what a step waits for is seen by all as soon as one process sees it", async () => {
  const { processes, told } = stage(["a"]);
  assert.equal(processes.hasReached(3), false);
  processes.hear({ kind: "reached", id: "a", step: 3 });
  assert.equal(processes.hasReached(3), true);
  processes.reach(3);
  assert.deepEqual(told, [], "the others know it");
  processes.reach(4);
  await processes.stop();
  assert.deepEqual(told.filter(({ kind }) => kind === "reached"), [{ kind: "reached", step: 4 }]);
});
