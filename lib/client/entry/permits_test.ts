import assert from "node:assert/strict";
import { EntryView } from "../../wire/entry.ts";
import { SendFrame, SendHeader } from "../../wire/send_frame.ts";
import { claimedMessages, pendingMessages, Permits } from "./permits.ts";

Deno.test("only messages still to be delivered take permits", () => {
  assert.equal(pendingMessages([0b101], 3), 2);
  assert.equal(pendingMessages([2n ** 64n - 1n, 0b11n], 66), 66);
  assert.equal(pendingMessages([0b1111], 2), 2, "bits beyond the batch do not count");
  assert.equal(pendingMessages([], 3), 0);
});

Deno.test("a claimed size that no batch has costs no more than the words that came", () => {
  let read = 0;
  const words = new Proxy([5, 7], {
    get: (target, key, receiver) => {
      read++;
      return Reflect.get(target, key, receiver);
    },
  });
  assert.equal(pendingMessages(words, 2 ** 31 - 1), 5);
  assert.ok(read < 20, `${read} reads`);
});

Deno.test("a damaged entry is believed as far as the receiver queue goes", () => {
  const view = (batchCount: number): EntryView => {
    const frame = new SendFrame(10);
    frame.seal(Object.assign(new SendHeader(), { batchCount }), frame.bodyStart + 10);
    const bytes = frame.bytes().slice();
    bytes[bytes.length - 1]! ^= 1;
    const read = new EntryView();
    read.read(bytes, 8 + new DataView(bytes.buffer).getUint32(4), bytes.length);
    assert.equal(read.intact, false);
    return read;
  };
  assert.equal(claimedMessages(view(7), 100), 7);
  assert.equal(claimedMessages(view(700), 100), 100);
  assert.equal(claimedMessages(view(0), 100), 1);
  const broken = view(7);
  broken.metadataEnd -= 1;
  assert.equal(claimedMessages(broken, 100), 1);
});

Deno.test("permits are granted again by the half of the queue, whole and at once", () => {
  const granted: number[] = [];
  const permits = new Permits(10, (messages) => granted.push(messages));
  permits.reset();
  permits.return(4);
  assert.deepEqual(granted, [10]);
  permits.return(3);
  assert.deepEqual(granted, [10, 7]);
  permits.return(4);
  permits.reset();
  permits.return(4);
  assert.deepEqual(granted, [10, 7, 10], "what was returned on the old connection is void");
});

Deno.test("a queue of one is granted again after every message", () => {
  const granted: number[] = [];
  const permits = new Permits(1, (messages) => granted.push(messages));
  permits.return(0);
  permits.return(1);
  assert.deepEqual(granted, [1]);
});

Deno.test("while paused nothing is granted, and all of it on resuming", () => {
  const granted: number[] = [];
  const permits = new Permits(10, (messages) => granted.push(messages));
  permits.pause();
  permits.return(7);
  permits.reset();
  assert.deepEqual(granted, []);
  permits.resume();
  permits.resume();
  assert.deepEqual(granted, [10]);
});
