import assert from "node:assert/strict";
import { TraceOutput } from "./trace_output.ts";
import type { LineOutput } from "./write.ts";

Deno.test("a disk that is too slow costs lines of the trace, which are counted, and no memory", async () => {
  const written: number[] = [];
  let pendingBytes = 0;
  const slow: LineOutput = {
    path: "run.trace",
    get pendingBytes() {
      return pendingBytes;
    },
    write: (bytes) => {
      pendingBytes += bytes.length;
      written.push(bytes.length);
    },
    close: () => Promise.resolve(undefined),
  };
  const trace = new TraceOutput(slow);
  const chunk = new Uint8Array(20 * 1024 * 1024);
  trace.write(chunk, 1000);
  assert.deepEqual(trace.notes, []);
  trace.write(chunk, 1000);
  trace.write(chunk, 234);
  pendingBytes = 0;
  trace.write(chunk, 1000);
  assert.deepEqual(written, [chunk.length, chunk.length]);
  assert.deepEqual(trace.notes, ["1,234 lines are missing in the trace: 'run.trace' took them too slowly"]);
  assert.equal(await trace.close(), undefined);
});

Deno.test("a trace is written in the order it came", async () => {
  const path = await Deno.makeTempFile();
  try {
    const trace = await TraceOutput.open(path);
    for (const text of ["a\n", "b\n", "ü\n"]) trace.write(new TextEncoder().encode(text), 1);
    assert.equal(await trace.close(), undefined);
    assert.equal(await Deno.readTextFile(path), "a\nb\nü\n");
  } finally {
    await Deno.remove(path);
  }
});
