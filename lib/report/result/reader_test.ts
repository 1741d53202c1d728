import assert from "node:assert/strict";
import fc from "fast-check";
import { MAX_INSTANCES } from "../../config/limits.ts";
import { readResultStream } from "./reader.ts";
import { parseResults, ResultError, resultLine, type RunResult } from "./result.ts";
import { producerResult } from "../report_test_support.ts";

function streamOf(pieces: Iterable<string>): ReadableStream<Uint8Array<ArrayBuffer>> {
  const encoder = new TextEncoder();
  const iterator = pieces[Symbol.iterator]();
  return new ReadableStream({
    pull(controller) {
      const { value, done } = iterator.next();
      if (done) controller.close();
      else controller.enqueue(encoder.encode(value));
    },
  });
}

function inPieces(text: string, size: number): string[] {
  return Array.from(
    { length: Math.ceil(text.length / size) },
    (_, at) => text.slice(at * size, (at + 1) * size),
  );
}

const named = (name: string): RunResult => {
  const result = producerResult();
  return { ...result, instances: [{ ...result.instances[0]!, name }] };
};
const names = (results: readonly RunResult[]): string[] => results.map(({ instances }) => instances[0]!.name);
const read = (text: string, size = 1000): Promise<RunResult[]> =>
  readResultStream(streamOf(inPieces(text, size)), "o");

const messageOf = async (text: string): Promise<string> => {
  try {
    await read(text);
  } catch (error) {
    assert.ok(error instanceof ResultError, String(error));
    return error.message;
  }
  return "";
};

Deno.test("results are found in documents and in logs as they are in a whole text, however the pieces fall", async () => {
  const [a, b] = [resultLine(named("a")), resultLine(named("b"))];
  const pretty = JSON.stringify(named("a"), null, 2);
  const texts = [
    a,
    a.trimEnd(),
    a + b,
    `starting\n[pod/x] ${a}done\n${b}`,
    pretty,
    `\n\n${pretty}\n`,
    `{"level":"info"}\n${a}`,
    `{braces} of a log\n${b}more`,
    JSON.stringify(Object.fromEntries(Object.entries(named("sorted")).sort())) + "\n",
  ];
  for (const text of texts) {
    for (const size of [1, 7, 4096, text.length]) {
      assert.deepEqual(names(await read(text, size)), names(parseResults(text, "o")), text.slice(0, 40));
    }
  }
});

Deno.test("any text without a result is refused with the words for a whole text", async () => {
  const lines = fc.array(fc.constantFrom("{", "}", '{"a":1}', "x", "", " ", '{"kind":"other"}'), {
    maxLength: 5,
  });
  await fc.assert(fc.asyncProperty(lines, fc.integer({ min: 1, max: 9 }), async (parts, size) => {
    const text = parts.join("\n");
    const expected = assert.throws.bind(undefined, () => parseResults(text, "o"));
    let message = "";
    try {
      parseResults(text, "o");
    } catch (error) {
      message = (error as Error).message;
    }
    expected(ResultError);
    await assert.rejects(readResultStream(streamOf(inPieces(text, size)), "o"), { message });
  }));
});

Deno.test("a damaged result is named with its line, or without one where it is all there is", async () => {
  const cut = resultLine(named("a")).slice(0, 500);
  assert.match(await messageOf(cut), /^'o' is cut short/);
  assert.match(await messageOf(`${cut}\n`), /^'o' is cut short/);
  assert.match(await messageOf(`log\n${cut}\nlog\n`), /^'o:2' is cut short/);
  assert.match(await messageOf(`${cut}\n${resultLine(named("b"))}`), /^'o:1' is cut short/);
});

Deno.test("two hundred megabytes of a log take no more memory than the results in it", async () => {
  const filler = "a line of a log that has nothing to do with a result\n".repeat(1200);
  const pieces = function* (end: string): Iterable<string> {
    for (let count = 0; count < 3300; count++) yield filler;
    yield end;
  };
  let most = 0;
  const watched = function* (end: string): Iterable<string> {
    let count = 0;
    for (const piece of pieces(end)) {
      if (count++ % 100 === 0) most = Math.max(most, Deno.memoryUsage().external);
      yield piece;
    }
  };
  const before = Deno.memoryUsage().external;
  assert.deepEqual(names(await readResultStream(streamOf(watched(resultLine(named("end")))), "o")), ["end"]);
  assert.ok(most - before < 100e6, `${most - before} bytes`);
  await assert.rejects(readResultStream(streamOf(pieces("")), "o"), {
    message: /^'o' holds no result in its 3960000 lines; expected/,
  });
});

Deno.test("a line without an end is not gathered", async () => {
  const endless = function* (): Iterable<string> {
    yield "x";
    for (let count = 0; count < 2000; count++) yield "y".repeat(65_536);
    yield resultLine(named("behind it"));
  };
  assert.deepEqual(names(await readResultStream(streamOf(endless()), "o")), ["behind it"]);
});

Deno.test("a number of instances that no run has is refused, not counted out", async () => {
  const expecting = (expected: number): string => {
    const result = named("a");
    return resultLine({ ...result, instances: [{ ...result.instances[0]!, expected }] });
  };
  assert.equal((await read(expecting(MAX_INSTANCES))).length, 1);
  assert.equal(
    await messageOf(expecting(1e9)),
    "'o' has a wrong shape at 'instances[0].expected': expected at most 1024, found 1000000000",
  );
});
