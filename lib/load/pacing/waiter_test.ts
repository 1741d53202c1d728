import assert from "node:assert/strict";
import { nowMicros } from "../clock.ts";
import { startPacer } from "./pacer.ts";
import { WakeBoard, wakeBoardBytes } from "./wake_board.ts";
import { EARLY_MICROS, Waiter } from "./waiter.ts";

function board(workers = 2): { memory: SharedArrayBuffer; offset: number; board: WakeBoard } {
  const offset = 64;
  const memory = new SharedArrayBuffer(offset + wakeBoardBytes(workers));
  return { memory, offset, board: new WakeBoard(memory, offset, workers) };
}

/** `Atomics.waitAsync` alone does not keep a test's event loop alive. */
async function alive<T>(body: () => Promise<T>): Promise<T> {
  const timer = setInterval(() => {}, 1000);
  try {
    return await body();
  } finally {
    clearInterval(timer);
  }
}

Deno.test("a wait ends when its time has come and never before", () =>
  alive(async () => {
    const waiter = new Waiter(board().board, 0);
    for (const micros of [-5, 0, 20, 500, 3000]) {
      const time = nowMicros() + micros;
      while (!await waiter.until(time));
      assert.ok(nowMicros() >= time);
    }
  }));

Deno.test("a wait that may end early does not spin, and says that its time has come", () =>
  alive(async () => {
    // A clock that stands still: spinning would never end.
    const now = 1e9;
    const waiter = new Waiter(board().board, 0, () => now);
    assert.equal(await waiter.until(now + EARLY_MICROS, true), true);
    assert.equal(await waiter.until(now + 500, true), false, "a timer of its own, long before the time");
    assert.equal(await waiter.until(now), true);
  }));

Deno.test("a wake or a poke ends a wait early and says so", () =>
  alive(async () => {
    const shared = board();
    const waiter = new Waiter(shared.board, 1);
    const forever = waiter.until(Infinity);
    shared.board.wakeAll();
    assert.equal(await forever, false);
    const long = waiter.until(nowMicros() + 3600e6);
    waiter.poke();
    assert.equal(await long, false);
  }));

Deno.test("a wake that came before the wait is not lost, and counts once", () =>
  alive(async () => {
    const shared = board();
    const waiter = new Waiter(shared.board, 0);
    shared.board.wake(0);
    shared.board.wake(0);
    assert.equal(await waiter.until(Infinity), false);
    let ended = false;
    const second = waiter.until(Infinity).then(() => ended = true);
    for (let i = 0; i < 10; i++) await waiter.turn();
    assert.equal(ended, false);
    waiter.poke();
    await second;
  }));

Deno.test("waking one worker leaves the others asleep", () =>
  alive(async () => {
    const shared = board();
    const waiters = [new Waiter(shared.board, 0), new Waiter(shared.board, 1)];
    let ended = false;
    const other = waiters[1]!.until(Infinity).then(() => ended = true);
    const first = waiters[0]!.until(Infinity);
    shared.board.wake(0);
    await first;
    for (let i = 0; i < 10; i++) await waiters[0]!.turn();
    assert.equal(ended, false);
    waiters[1]!.poke();
    await other;
  }));

Deno.test("the pacer wakes every worker for each of its times and ends when told", () =>
  alive(async () => {
    const shared = board(3);
    const pacer = startPacer(shared.memory, shared.offset, 3);
    // No waiter here: only the pacer can move the words, so there is no timer of our own that could help out.
    const word = (worker: number): number => Atomics.load(shared.board.words, shared.board.wordOf(worker));
    const start = nowMicros();
    const times = [start + 30_000, start + 10_000, start + 20_000];
    const waits = times.map(async (time, worker) => {
      shared.board.setDeadline(worker, time);
      const wait = Atomics.waitAsync(shared.board.words, shared.board.wordOf(worker), 0);
      if (wait.async) await wait.value;
      assert.ok(nowMicros() > time - 1000);
    });
    await Promise.all(waits);
    assert.deepEqual([word(0), word(1), word(2)], [1, 1, 1]);
    shared.board.setDeadline(1, nowMicros() + 1000);
    const again = Atomics.waitAsync(shared.board.words, shared.board.wordOf(1), 1);
    if (again.async) await again.value;
    assert.equal(word(1), 2);
    await pacer.stop();
  }));
