import assert from "node:assert/strict";
import { CLOCK_LINK_BYTES, ClockLink, nowMicros, SteadyWall, wallMicros } from "./clock.ts";

/** A worker that runs `body` with the clock module and the shared memory in scope and posts what it returns. */
async function inWorker(body: string, memory: SharedArrayBuffer): Promise<number[]> {
  const source = `
    import * as clock from ${JSON.stringify(import.meta.resolve("./clock.ts"))};
    self.onmessage = (event) => { const memory = event.data; self.postMessage((() => { ${body} })()); };`;
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  const worker = new Worker(url, { type: "module" });
  try {
    return await new Promise((resolve, reject) => {
      worker.onmessage = (event) => resolve(event.data);
      worker.onerror = (event) => reject(new Error(event.message));
      worker.postMessage(memory);
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
  const clock = new SteadyWall(() => wall, () => monotonic);
  assert.equal(clock.at(), 1_800_000_000_000_000);
  monotonic += 3e6;
  wall -= 5400e6; // An hour and a half back.
  assert.equal(clock.at(), 1_800_000_003_000_000, "three seconds later, and not 5,397 earlier");
  assert.equal(clock.at(5000), 1_800_000_000_000_000);
  clock.anchor();
  assert.equal(clock.at(), wall);
});

Deno.test("a time taken in a worker lies between the main thread's times before and after", async () => {
  const memory = new SharedArrayBuffer(CLOCK_LINK_BYTES);
  const before = nowMicros();
  const [inside] = await inWorker("return [clock.nowMicros()]", memory);
  const after = nowMicros();
  // One microsecond for the rounding of two time origins.
  assert.ok(inside! >= before - 1 && inside! <= after + 1, `${inside} is outside ${before} … ${after}`);
});

Deno.test("a worker finds the offset of a clock that was stepped and leaves a good one alone", async () => {
  const memory = new SharedArrayBuffer(CLOCK_LINK_BYTES);
  const link = new ClockLink(memory);
  link.serve();
  const body = `const link = new clock.ClockLink(memory);
    return [link.measure(), link.measure(() => clock.nowMicros() - 60e6)]`;
  const [good, stepped] = await inWorker(body, memory);
  link.stop();
  assert.equal(good, 0);
  assert.ok(Math.abs(stepped! - 60e6) < 1e5, `measured ${stepped}`);
});
