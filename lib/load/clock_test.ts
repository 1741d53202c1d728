import assert from "node:assert/strict";
import { AnchoredClock, nowMicros, wallMicros } from "./clock.ts";

/** A reading of `nowMicros` in a worker. */
async function nowInWorker(): Promise<number> {
  const source = `
    import { nowMicros } from ${JSON.stringify(import.meta.resolve("./clock.ts"))};
    self.onmessage = () => self.postMessage(nowMicros());`;
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const worker = new Worker(url, { type: "module" });
  try {
    return await new Promise((resolve, reject) => {
      worker.onmessage = (event) => resolve(event.data);
      worker.onerror = (event) => reject(new Error(event.message));
      worker.postMessage("now");
    });
  } finally {
    worker.terminate();
    URL.revokeObjectURL(url);
  }
}

Deno.test("nowMicros never goes back and is close to the wall clock", () => {
  let last = nowMicros();
  for (let i = 0; i < 10_000; i++) {
    const next = nowMicros();
    assert.ok(next >= last);
    last = next;
  }
  assert.ok(Math.abs(last - wallMicros()) < 5e6);
});

Deno.test("wallMicros follows Date.now to within a few milliseconds", () => {
  const before = Date.now() * 1000;
  const wall = wallMicros();
  const after = Date.now() * 1000;
  assert.ok(wall >= before - 5000 && wall <= after + 6000, `${wall} is outside ${before} … ${after}`);
});

Deno.test("a clock that is set during a run moves none of its times, and the next run starts from the new one", () => {
  let [wall, monotonic] = [1_800_000_000_000_000, 5000];
  const clock = new AnchoredClock(() => wall, () => monotonic);
  assert.equal(clock.at(), 1_800_000_000_000_000);
  monotonic += 3e6;
  wall -= 5400e6; // An hour and a half back.
  assert.equal(clock.at(), 1_800_000_003_000_000, "three seconds later, and not 5,397 earlier");
  assert.equal(clock.at(5000), 1_800_000_000_000_000);
  clock.anchor();
  assert.equal(clock.at(), wall);
});

Deno.test("a time taken in a worker lies between the main thread's times before and after", async () => {
  const before = nowMicros();
  const inside = await nowInWorker();
  const after = nowMicros();
  // One microsecond for the rounding of two time origins.
  assert.ok(inside >= before - 1 && inside <= after + 1, `${inside} is outside ${before} … ${after}`);
});
