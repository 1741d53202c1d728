import assert from "node:assert/strict";
import fc from "fast-check";
import { correctionOf, offsetOf, through } from "./clock_offset.ts";
import { type ControlMessage, decodeControl, encodeControl } from "./messages.ts";
import { Roster } from "./roster.ts";

Deno.test("the true offset always lies within the error of the estimate", () => {
  const way = fc.double({ min: 0, max: 1e6, noNaN: true });
  fc.assert(fc.property(
    fc.double({ min: -1e9, max: 1e9, noNaN: true }),
    way,
    way,
    way,
    (offset, there, thinking, back) => {
      const sent = 1e15;
      const heard = sent + there + offset;
      const trip = { sent, heard, answered: heard + thinking, back: sent + there + thinking + back };
      const reading = offsetOf(trip);
      assert.ok(Math.abs(reading.offset - offset) <= reading.error + 1);
      const { shift, doubt } = correctionOf(reading);
      assert.ok(Math.abs(offset - shift) <= doubt + 1, "what remains is within the doubt");
      const chained = through(reading, { offset: 500, error: 20 });
      assert.ok(Math.abs(chained.offset - (offset + 500)) <= chained.error + 1);
    },
  ));
});

Deno.test("control messages come back as they were, anything else is not taken for one", () => {
  const messages: ControlMessage[] = [
    { kind: "hello", id: "a", role: "producer", index: 1, of: 2 },
    { kind: "ping", id: "a", to: "b", round: 1 },
    {
      kind: "pong",
      id: "a",
      to: "b",
      round: 1,
      heard: 1.5,
      answered: 2.5,
      reading: { offset: -3, error: 1 },
    },
    { kind: "ready", id: "a", doubt: 4 },
    { kind: "gone", id: "a", reason: "x" },
    { kind: "start", id: "a", at: 1e15 },
    { kind: "hello", id: "a", role: "process", index: 1, of: 2 },
    { kind: "progress", id: "a", groups: { web: [3, 3000] } },
    { kind: "sent", id: "a", groups: { billing: [3, 1] } },
    { kind: "reached", id: "a", step: 2 },
  ];
  for (const message of messages) assert.deepEqual(decodeControl(encodeControl(message)), message);
  const others = [
    "",
    "null",
    "[]",
    '{"kind":"hello"}',
    '{"kind":"toString","id":"a"}',
    '{"kind":"start","id":"a","at":"now"}',
    '{"kind":"hello","id":"a","role":"broker","index":0,"of":1}',
    '{"kind":"progress","id":"a","groups":{"web":[1]}}',
    '{"kind":"sent","id":"a","groups":{"web":[1,-1]}}',
    '{"kind":"reached","id":"a"}',
    '{"kind":"pong","id":"a","to":"b","round":1,"heard":1,"answered":1,"reading":{"offset":1}}',
  ];
  for (const text of others) assert.equal(decodeControl(new TextEncoder().encode(text)), undefined, text);
  fc.assert(fc.property(fc.uint8Array(), (bytes) => decodeControl(bytes) === undefined));
});

Deno.test("the first start time counts, whoever names another", () => {
  const roster = new Roster();
  roster.apply({ kind: "start", id: "a", at: 5 });
  roster.apply({ kind: "start", id: "b", at: 3 });
  assert.equal(roster.startAt, 5);
});

Deno.test("a place is ready once, by its newest process", () => {
  const roster = new Roster();
  const hello = (id: string): ControlMessage => ({ kind: "hello", id, role: "producer", index: 0, of: 2 });
  roster.apply(hello("old"));
  roster.apply({ kind: "ready", id: "old", doubt: 900 });
  roster.apply({ kind: "ready", id: "old", doubt: 900 });
  assert.equal(roster.ready, 1);
  roster.apply(hello("new"));
  roster.apply(hello("new")); // sent again after a reconnect
  assert.deepEqual([roster.ready, roster.attemptOf("new")], [0, 1]);
  roster.apply({ kind: "ready", id: "old", doubt: 900 });
  assert.equal(roster.ready, 0, "a process that was replaced has no say");
  roster.apply({ kind: "ready", id: "new", doubt: 7 });
  assert.deepEqual([roster.ready, roster.doubtOfOthers("x"), roster.doubtOfOthers("new")], [1, 7, 0]);
  assert.equal(roster.missing(2), "producer 1 was never seen");
});

Deno.test("of many that are missing, some are named", () => {
  const roster = new Roster();
  roster.apply({ kind: "hello", id: "a", role: "consumer", index: 0, of: 40 });
  assert.match(roster.missing(40), /^consumer 0 is there but not ready, consumer 1 .* and 32 more$/);
});
