import assert from "node:assert/strict";
import type { Connection } from "./connection.ts";
import { ClosedError, ConnectionClosedError, PulsarError, RequestTimeoutError } from "../errors.ts";
import type { AssignedUrl } from "./handlers.ts";
import type { Lookup } from "./lookup.ts";
import { Attachment, type AttachmentOptions } from "./attachment.ts";
import { eventually, QUICK } from "../client_test_support.ts";

interface Stage {
  readonly attachment: Attachment;
  readonly events: string[];
  /** What each attachment does, by its number from 1. */
  attach: (nth: number) => Promise<void> | void;
  assigned: AssignedUrl[];
  time: number;
}

/** An attachment whose broker is this test. */
function stage(options: Partial<AttachmentOptions> = {}): Stage {
  const events: string[] = [];
  let attachments = 0;
  const connection = { isOpen: true, peer: "b:1" } as Connection;
  const lookup = {
    signal: new AbortController().signal,
    owner: () => Promise.resolve(connection),
    assigned: (url: AssignedUrl) => {
      self.assigned.push(url);
      return Promise.resolve(connection);
    },
  } as unknown as Lookup;
  const self: Stage = {
    events,
    assigned: [],
    time: 0,
    attach: () => {},
    attachment: new Attachment({
      topic: "t",
      lookup,
      operationTimeoutMs: 5000,
      backoff: QUICK,
      now: () => self.time,
      attach: async () => {
        events.push("attach");
        await self.attach(++attachments);
      },
      onAttached: () => events.push("attached"),
      onReconnected: () => events.push("reconnected"),
      onFailed: (error) => events.push(`failed ${error.message}`),
      onAttemptFailed: (error) => events.push(`attempt ${error.name}`),
      ...options,
    }),
  };
  return self;
}

const notReady = (): PulsarError => new PulsarError("ServiceNotReady", "", "x");

Deno.test("the first attachment is repeated while the broker is not ready", async () => {
  const s = stage();
  s.attach = (nth) => {
    if (nth < 3) throw notReady();
  };
  await s.attachment.start();
  assert.ok(s.attachment.connection !== undefined);
  assert.deepEqual(s.events, [
    "attach",
    "attempt PulsarError",
    "attach",
    "attempt PulsarError",
    "attach",
    "attached",
  ]);
});

Deno.test("a first attachment that cannot be ends the attachment", async () => {
  const s = stage();
  s.attach = () => {
    throw new PulsarError("TopicNotFound", "", "x");
  };
  await assert.rejects(s.attachment.start(), /TopicNotFound/);
  assert.ok(s.attachment.isClosed);
  s.attachment.detached();
  assert.deepEqual(s.events, ["attach"]);
});

Deno.test("an attachment that was lost comes back, and tells", async () => {
  const s = stage();
  await s.attachment.start();
  s.attach = (nth) => {
    if (nth === 2) throw new ConnectionClosedError("gone");
    if (nth === 3) throw new PulsarError("ProducerBusy", "our own ghost", "x");
  };
  s.time = 1000;
  s.attachment.detached();
  assert.equal(s.attachment.connection, undefined);
  await s.attachment.whenConnected("wait");
  await eventually(() => s.events.at(-1) === "reconnected");
  const tries = ["attach", "attempt ConnectionClosedError", "attach", "attempt PulsarError", "attach"];
  assert.deepEqual(s.events.slice(2), [...tries, "attached", "reconnected"]);
});

Deno.test("an attachment that cannot come back fails once", async () => {
  const s = stage();
  await s.attachment.start();
  s.attach = () => {
    throw new PulsarError("TopicTerminatedError", "sealed", "x");
  };
  s.attachment.detached();
  await assert.rejects(s.attachment.whenConnected("wait"), ClosedError);
  assert.deepEqual(s.events.slice(2), ["attach", "failed x: TopicTerminatedError: sealed"]);
});

Deno.test("being lost right after the attachment is noticed, whenever it happens", async () => {
  const s = stage();
  // While the answer is on its way.
  s.attach = (nth) => {
    if (nth === 1) s.attachment.detached();
  };
  await s.attachment.start();
  assert.deepEqual(s.events, ["attach", "attempt ConnectionClosedError", "attach", "attached"]);
  // In the very turn of the re-attachment.
  const t = stage({
    onAttached: () => {
      t.events.push("attached");
      if (t.events.filter((event) => event === "attached").length === 2) t.attachment.detached();
    },
  });
  await t.attachment.start();
  t.attachment.detached();
  await eventually(() => t.events.filter((event) => event === "attached").length === 3);
  assert.ok(t.attachment.connection !== undefined);
});

Deno.test("a broker that sends away whoever comes meets longer and longer pauses", async () => {
  const waits: number[] = [];
  const s = stage({
    backoff: {
      initialMs: 1,
      maxMs: 8,
      random: () => {
        waits.push(0);
        return 0;
      },
    },
    onAttached: () => {},
  });
  await s.attachment.start();
  const url = { plain: "pulsar://other:1" };
  s.time += 1000;
  s.attachment.detached(url);
  await s.attachment.whenConnected("wait");
  assert.equal(waits.length, 0, "the hint of a broker that kept us long is followed at once");
  for (let round = 0; round < 3; round++) {
    s.attachment.detached(url);
    await s.attachment.whenConnected("wait");
  }
  assert.equal(waits.length, 3, "but not when it keeps pointing elsewhere");
  assert.equal(s.assigned.length, 4);
});

Deno.test("an attachment that has lasted a second ends the long pauses that came before it", async () => {
  const s = stage({ backoff: { initialMs: 60_000 } });
  await s.attachment.start();
  s.time = 1000;
  s.attachment.detached({ plain: "pulsar://other:1" });
  await s.attachment.whenConnected("wait");
  assert.deepEqual(s.events, ["attach", "attached", "attach", "attached", "reconnected"]);
});

Deno.test("a hint that leads nowhere is followed once", async () => {
  const s = stage();
  await s.attachment.start();
  s.attach = (nth) => {
    if (nth === 2) throw new ConnectionClosedError("nobody there");
  };
  s.time = 1000;
  s.attachment.detached({ tls: "pulsar+ssl://other:1" });
  await s.attachment.whenConnected("wait");
  assert.equal(s.assigned.length, 1);
  assert.equal(s.events.filter((event) => event === "attach").length, 3);
});

Deno.test("closing ends waiting, in every state", async () => {
  const s = stage({ backoff: { initialMs: 60_000 } });
  await s.attachment.start();
  s.attachment.detached();
  const waiting = s.attachment.whenConnected("wait");
  s.attachment.close();
  s.attachment.close();
  await assert.rejects(waiting, ClosedError);
  await assert.rejects(s.attachment.whenConnected("wait"), ClosedError);
  const first = stage({ backoff: { initialMs: 3000 } });
  first.attach = () => {
    setTimeout(() => first.attachment.close(), 0);
    throw notReady();
  };
  await assert.rejects(first.attachment.start(), ClosedError);
});

Deno.test("waiting for a connection has an end", async () => {
  const s = stage({ operationTimeoutMs: 5, backoff: { initialMs: 60_000 } });
  await s.attachment.start();
  s.attachment.detached();
  await assert.rejects(s.attachment.whenConnected("seek"), (error) => {
    assert.ok(error instanceof RequestTimeoutError);
    assert.equal(error.message, "seek: not connected within 0.005 s");
    return true;
  });
  s.attachment.close();
});

Deno.test("an attachment that is closed just as the broker answers is not attached any more", async () => {
  const s = stage();
  await s.attachment.start();
  s.attach = () => s.attachment.close();
  s.attachment.detached();
  await eventually(() => s.events.filter((event) => event === "attach").length === 2);
  // All that the answer sets off has happened when a timer fires.
  await new Promise((resolve) => setTimeout(resolve));
  assert.deepEqual(s.events, ["attach", "attached", "attach"]);
  assert.equal(s.attachment.connection, undefined);

  const first = stage();
  first.attach = () => first.attachment.close();
  await assert.rejects(first.attachment.start(), ClosedError);
  assert.deepEqual(first.events, ["attach"]);
});
