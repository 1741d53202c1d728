import assert from "node:assert/strict";
import fc from "fast-check";
import { hashRunId, HeaderFlag, streamId } from "../header/header.ts";
import { HeaderWriter } from "../header/header_writer.ts";
import { Ledger } from "./ledger.ts";
import { toIntegrity } from "./verdict.ts";
import { parseReport } from "./report.ts";
import { Arrival, Verifier } from "./verifier.ts";

const RUN = hashRunId("verify-test");
const bytes = new Uint8Array(40);
const view = new DataView(bytes.buffer);

function message(stream: number, sequence: number, run = RUN, flags = 0): Uint8Array {
  const writer = new HeaderWriter(run, "raw", flags);
  writer.begin(stream, sequence, 1.8e15);
  writer.writeConstants(view, 0);
  writer.patch(view, 0, 0, 1, sequence, 1.8e15 - 5, 0);
  if (writer.strict) writer.seal(view, 0, bytes.length);
  return bytes;
}

function accept(verifier: Verifier, stream: number, sequence: number, redelivered = false): void {
  assert.equal(verifier.accept(message(stream, sequence), 0, bytes.length, redelivered), Arrival.verified);
}

function join(...verifiers: Verifier[]): Ledger {
  const ledger = new Ledger(RUN);
  for (const verifier of verifiers) ledger.add(verifier.takeReport());
  return ledger;
}

/** What happens to one message of a small run. */
interface Delivery {
  worker: number;
  stream: number;
  sequence: number;
  redelivered: boolean;
}

const STREAMS = [streamId(0, 0, 0), streamId(3, 7, 4000)];
const delivery: fc.Arbitrary<Delivery> = fc.record({
  worker: fc.nat(3),
  stream: fc.constantFrom(...STREAMS),
  sequence: fc.nat(40),
  redelivered: fc.boolean(),
});
/** In order but for some exchanges, drops and repetitions: nearer to real deliveries than mere noise. */
const nearlyOrdered: fc.Arbitrary<Delivery[]> = fc.record({
  drops: fc.array(fc.nat(120), { maxLength: 6 }),
  repeats: fc.array(fc.tuple(fc.nat(120), fc.nat(30), fc.boolean()), { maxLength: 6 }),
  batch: fc.integer({ min: 1, max: 9 }),
  workers: fc.integer({ min: 1, max: 4 }),
}).map(({ drops, repeats, batch, workers }) => {
  const all: Delivery[] = [];
  for (let index = 0; index < 120; index++) {
    if (drops.includes(index)) continue;
    all.push({
      worker: Math.floor(index / batch) % workers,
      stream: STREAMS[index % 2]!,
      sequence: index >> 1,
      redelivered: false,
    });
  }
  for (const [which, distance, redelivered] of repeats) {
    const again = all[which % all.length]!;
    all.splice((which % all.length) + 1 + distance, 0, { ...again, redelivered });
  }
  return all;
});

Deno.test("loss, duplicates, order and redeliveries agree with plain sets, for 1–4 workers and reports at any time", () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.array(delivery, { maxLength: 80 }), nearlyOrdered),
      fc.array(fc.nat(119), { maxLength: 5 }),
      fc.constantFrom<"zero" | "first-seen">("zero", "first-seen"),
      (deliveries, reportTimes, head) => {
        const verifiers = Array.from({ length: 4 }, () => new Verifier(RUN));
        const ledger = new Ledger(RUN);
        const everSeen = new Map<number, Set<number>>(STREAMS.map((stream) => [stream, new Set()]));
        const unflagged = new Map<number, Set<number>>(STREAMS.map((stream) => [stream, new Set()]));
        const perWorker = new Map<string, Set<number>>();
        const late = new Set<string>();
        const repeated = new Set<string>();
        const model = { duplicates: 0, redelivered: 0, outOfOrder: 0, lost: 0, verified: deliveries.length };
        deliveries.forEach(({ worker, stream, sequence, redelivered }, index) => {
          if (reportTimes.includes(index)) ledger.add(verifiers[index % 4]!.takeReport());
          accept(verifiers[worker]!, stream, sequence, redelivered);
          everSeen.get(stream)!.add(sequence);
          if (redelivered) {
            model.redelivered++;
            return;
          }
          const message = `${stream}/${sequence}`;
          if (unflagged.get(stream)!.has(sequence)) {
            model.duplicates++;
            repeated.add(message);
          }
          unflagged.get(stream)!.add(sequence);
          const name = `${worker}/${stream}`;
          const own = perWorker.get(name) ?? new Set();
          if (!own.has(sequence) && own.size > 0 && sequence < Math.max(...own)) late.add(message);
          perWorker.set(name, own.add(sequence));
        });
        for (const verifier of verifiers) ledger.add(verifier.takeReport());
        model.outOfOrder = [...late].filter((message) => !repeated.has(message)).length;
        const next = 70;
        const expected = STREAMS.map((stream) => ({ stream, next }));
        let unseenStreams = 0;
        for (const seen of everSeen.values()) {
          if (head === "first-seen" && seen.size === 0) unseenStreams++;
          else {for (let at = head === "zero" ? 0 : Math.min(...seen); at < next; at++) {
              if (!seen.has(at)) model.lost++;
            }}
        }
        const verdict = ledger.verdict({ head, expected });
        assert.ok(verdict.exact);
        const { duplicates, redelivered, outOfOrder, lost, verified } = verdict;
        assert.deepEqual({ duplicates, redelivered, outOfOrder, lost, verified }, model);
        assert.equal(verdict.unseenStreams, unseenStreams);

        // Joining through files, in any grouping, changes nothing.
        const elsewhere = new Ledger(RUN);
        elsewhere.add(parseReport(JSON.parse(JSON.stringify(ledger.toReport())), "test"));
        assert.deepEqual(elsewhere.verdict({ head, expected }), verdict);
      },
    ),
    { numRuns: 400 },
  );
});

Deno.test("reports of separate processes add up to the verdict of one", () => {
  fc.assert(fc.property(nearlyOrdered, (deliveries) => {
    const verifiers = Array.from({ length: 4 }, () => new Verifier(RUN));
    for (const { worker, stream, sequence, redelivered } of deliveries) {
      accept(verifiers[worker]!, stream, sequence, redelivered);
    }
    const reports = verifiers.map((verifier) => verifier.takeReport());
    const one = new Ledger(RUN);
    for (const report of reports) one.add(report);
    const processes = [new Ledger(RUN), new Ledger(RUN)];
    reports.forEach((report, index) => processes[index % 2]!.add(report));
    const joined = new Ledger(RUN);
    for (const process of processes) joined.add(process.toReport());
    assert.deepEqual({ ...joined.verdict({ head: "zero" }) }, {
      ...one.verdict({ head: "zero" }),
      lostRanges: joined.verdict({ head: "zero" }).lostRanges,
    });
  }));
});

Deno.test("messages that were never acknowledged are not lost, whether they arrive or not", () => {
  const verifier = new Verifier(RUN);
  for (const sequence of [0, 1, 5, 9]) accept(verifier, 8, sequence);
  const verdict = join(verifier).verdict({
    head: "zero",
    expected: [{ stream: 8, next: 12, unconfirmed: [[1, 4], [10, 12]] }],
  });
  assert.equal(verdict.unconfirmed, 4);
  assert.equal(verdict.lost, 4);
  assert.deepEqual(verdict.lostRanges, [{ stream: 8, from: 4, to: 5 }, { stream: 8, from: 6, to: 9 }]);
});

Deno.test("a stream of which nothing came is lost from the start, and only named for a consumer that joined late", () => {
  const expected = [{ stream: 4, next: 10 }];
  assert.equal(join().verdict({ head: "zero", expected }).lost, 10);
  const late = join().verdict({ head: "first-seen", expected });
  assert.deepEqual([late.lost, late.unseenStreams], [0, 1]);
});

Deno.test("other runs, other payloads, damage and probes are told apart", () => {
  const verifier = new Verifier(RUN);
  const give = (payload: Uint8Array): number => verifier.accept(payload, 0, payload.length, false);
  assert.equal(give(message(1, 0, RUN + 1)), Arrival.foreign);
  assert.equal(give(new TextEncoder().encode("somebody else's message, of some length")), Arrival.foreign);
  assert.equal(give(new Uint8Array(3)), Arrival.foreign);
  assert.equal(give(message(1, 0, RUN, HeaderFlag.probe)), Arrival.probe);
  assert.equal(give(message(1, 0)), Arrival.verified);
  for (let at = 0; at < 32; at++) {
    const damaged = message(1, 1).slice();
    damaged[at] = damaged[at]! ^ 1;
    assert.equal(give(damaged), Arrival.corrupt, `byte ${at}`);
  }
  const body = message(1, 1, RUN, HeaderFlag.strict).slice();
  assert.equal(give(body), Arrival.verified);
  body[39] = body[39]! ^ 1;
  assert.equal(give(body), Arrival.corrupt);
  const { verified, corrupt, foreign } = verifier.counts;
  assert.deepEqual({ verified, corrupt, foreign }, { verified: 2, corrupt: 33, foreign: 3 });
  assert.equal(verifier.streams, 1);
});

Deno.test("memory stays bounded under any disorder, and doubt is told instead of a false verdict", () => {
  const verifier = new Verifier(RUN, { window: 8, report: 16, streams: 2 });
  for (let sequence = 0; sequence < 1000; sequence += 2) accept(verifier, 1, sequence);
  for (let sequence = 1; sequence < 1000; sequence += 2) accept(verifier, 1, sequence);
  accept(verifier, 2, 0);
  accept(verifier, 3, 0);
  const verdict = join(verifier).verdict({ head: "zero", expected: [{ stream: 1, next: 1000 }] });
  assert.equal(verdict.exact, false);
  assert.equal(verdict.untracked, 1);
  assert.equal(verdict.verified, 1002);
  assert.equal(verdict.lost, 0);
  assert.equal(verdict.duplicates, 0);
  assert.ok(verdict.unresolved > 0);
  assert.equal(toIntegrity(verdict, "count", false).lost, verdict.unresolved);
});

Deno.test("with reports taken in time, a small window costs only the order of very late messages", () => {
  const verifier = new Verifier(RUN, { window: 8, report: 16 });
  const ledger = new Ledger(RUN);
  for (let sequence = 0; sequence < 1000; sequence++) {
    if (sequence % 2 === 0) accept(verifier, 1, sequence);
    if (sequence % 20 === 19) ledger.add(verifier.takeReport());
  }
  for (let sequence = 1; sequence < 1000; sequence += 2) {
    accept(verifier, 1, sequence);
    if (sequence % 20 === 19) ledger.add(verifier.takeReport());
  }
  accept(verifier, 1, 100); // Again, and so long ago that only the ledger knows.
  ledger.add(verifier.takeReport());
  accept(verifier, 1, 200); // Twice between two reports.
  accept(verifier, 1, 200);
  ledger.add(verifier.takeReport());
  const verdict = ledger.verdict({ head: "zero", expected: [{ stream: 1, next: 1000 }] });
  assert.ok(verdict.exact);
  assert.deepEqual([verdict.lost, verdict.duplicates], [0, 3]);
  // All odd ones but the last, which is the highest of all, and the repeated ones.
  assert.equal(verdict.outOfOrder + verdict.late, 502);
  assert.ok(verdict.late > 400);
});

Deno.test("reports that are damaged, or of another run, are refused with the field's name", () => {
  const report = JSON.parse(JSON.stringify(new Verifier(RUN).takeReport()));
  assert.throws(
    () => parseReport({ ...report, version: 2 }, "a.json"),
    /'a.json': 'version' is '2', must be 1/,
  );
  assert.throws(() => parseReport({ ...report, counts: {} }, "a.json"), /'counts.verified' is 'nothing'/);
  assert.throws(
    () =>
      parseReport(
        { ...report, streams: [{ stream: 1, received: { runs: [1], assumed: 0, floor: 0 } }] },
        "a.json",
      ),
    /'streams\[0\].received.runs' is '\[1\]', must be a list of pairs/,
  );
  assert.throws(() => new Ledger(RUN + 1).add(report), {
    name: "VerificationReportError",
    code: "run-differs",
  });
});

Deno.test("a repeat that reaches another worker is duplicated, and not out of order as well", () => {
  const [first, second] = [new Verifier(RUN), new Verifier(RUN)];
  for (const sequence of [0, 1, 4, 5]) accept(first, 8, sequence);
  for (const sequence of [2, 3, 6, 7]) accept(second, 8, sequence);
  const ledger = join(first, second);
  // What a producer sent again, stored twice, comes after higher ones of the stream.
  accept(second, 8, 4);
  accept(second, 8, 5);
  accept(first, 8, 8);
  ledger.add(second.takeReport());
  ledger.add(first.takeReport());
  const { duplicates, outOfOrder, reordered, lost } = ledger.verdict({ head: "zero" });
  assert.deepEqual({ duplicates, outOfOrder, reordered, lost }, {
    duplicates: 2,
    outOfOrder: 0,
    reordered: 0,
    lost: 0,
  });
});

Deno.test("a duplicate is explained as often as its producer sent the message again, and no more often", () => {
  const [first, second] = [new Verifier(RUN), new Verifier(RUN)];
  for (const sequence of [0, 1, 2, 3, 4, 5]) accept(first, 8, sequence);
  // Sent again after two reconnects, and stored each time; 5 was not sent again.
  for (const sequence of [2, 3, 5]) accept(second, 8, sequence);
  for (const sequence of [2, 3]) accept(first, 8, sequence);
  const ledger = join(first, second);
  const judge = (resent: [number, number][], of = ledger): number[] => {
    const { duplicates, duplicatesExplained } = of.verdict({
      head: "zero",
      expected: [{ stream: 8, next: 6, resent }],
    });
    return [duplicates, duplicatesExplained];
  };
  assert.deepEqual(judge([]), [5, 0]);
  assert.deepEqual(judge([[2, 5]]), [5, 2]);
  assert.deepEqual(judge([[2, 5], [2, 4]]), [5, 4]);
  assert.deepEqual(judge([[2, 5], [2, 4], [0, 6]]), [5, 5]);
  const other = new Ledger(RUN);
  other.add(parseReport(JSON.parse(JSON.stringify(ledger.toReport())), "r.json"));
  assert.deepEqual(judge([[2, 5], [2, 4]], other), [5, 4], "also where results of processes are joined");
});

Deno.test("where Pulsar promises no order, late messages are counted and not judged", () => {
  const shared = new Verifier(RUN, {}, false);
  for (const sequence of [2, 3, 0, 1]) accept(shared, 8, sequence);
  const verdict = join(shared).verdict({ head: "zero" });
  assert.deepEqual([verdict.outOfOrder, verdict.reordered], [0, 2]);
  // Key_Shared: up to a redelivery.
  const keyShared = new Verifier(RUN);
  for (const sequence of [1, 0]) accept(keyShared, 8, sequence);
  keyShared.giveUpOrder();
  for (const sequence of [5, 2, 3]) accept(keyShared, 8, sequence);
  const later = join(keyShared).verdict({ head: "zero" });
  assert.deepEqual([later.outOfOrder, later.reordered, later.lost], [1, 2, 1]);
});

Deno.test("what was only sent ahead to a worker that had stopped is not received, and not lost", () => {
  const [first, second] = [new Verifier(RUN), new Verifier(RUN)];
  for (const sequence of [0, 1, 2, 3]) accept(first, 8, sequence);
  for (const sequence of [8, 9]) accept(second, 8, sequence);
  // 4 to 6 came after the end; 7 came to nobody.
  for (const sequence of [4, 5, 6]) first.leave(message(8, sequence), 0, bytes.length);
  const ledger = join(first, second);
  const verdict = ledger.verdict({ head: "zero" });
  assert.deepEqual([verdict.lost, verdict.notReceived], [1, 3]);
  assert.equal(verdict.verified, 6);
  const elsewhere = new Ledger(RUN);
  elsewhere.add(parseReport(JSON.parse(JSON.stringify(ledger.toReport())), "test"));
  assert.deepEqual(elsewhere.verdict({ head: "zero" }), verdict);
});

Deno.test("above the highest point that all consumers have reached nothing is known to be lost", () => {
  const [first, second] = [new Verifier(RUN), new Verifier(RUN)];
  for (const sequence of [0, 3, 4]) accept(first, 8, sequence);
  for (const sequence of [8, 9]) accept(second, 8, sequence);
  const ledger = join(first, second);
  ledger.limit(new Map([[8, 5]]));
  const verdict = ledger.verdict({ head: "zero" });
  assert.deepEqual([verdict.lost, verdict.notReceived], [2, 3]);
  const elsewhere = new Ledger(RUN);
  elsewhere.add(parseReport(JSON.parse(JSON.stringify(ledger.toReport())), "test"));
  assert.deepEqual(elsewhere.verdict({ head: "zero" }), verdict);
});

Deno.test("foreign messages count from the first one, before any message of a run", () => {
  const verifier = new Verifier(undefined);
  const foreign = new TextEncoder().encode("somebody else's message, of some length");
  for (let times = 0; times < 3; times++) verifier.accept(foreign, 0, foreign.length, false);
  assert.deepEqual([verifier.takeReport().run, verifier.counts.foreign], [null, 3]);
  accept(verifier, 8, 0);
  verifier.accept(foreign, 0, foreign.length, false);
  const report = verifier.takeReport();
  assert.deepEqual([report.run, report.counts.foreign, report.counts.verified], [RUN, 1, 1]);
});
