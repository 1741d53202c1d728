import assert from "node:assert/strict";
import { type Chunk, ChunkAssembler } from "./chunk_assembler.ts";
import { bytes, text } from "../client_test_support.ts";

const LIMITS = { groups: 2, bytes: 100 };
let entries = 0;

function chunk(uuid: string, chunkId: number, rest: Partial<Chunk> = {}): Chunk {
  return { uuid, chunkId, chunkCount: 3, totalSize: 6, ledgerId: 1, entryId: entries++, ...rest };
}

Deno.test("chunks become a message, also when those of two producers are mixed", () => {
  const assembler = new ChunkAssembler(LIMITS);
  assert.deepEqual(assembler.add(chunk("a", 0, { entryId: 10 }), bytes("ab")), {});
  assembler.add(chunk("b", 0), bytes("AB"));
  assembler.add(chunk("a", 1, { entryId: 12 }), bytes("cd"));
  assembler.add(chunk("b", 1), bytes("CD"));
  const whole = assembler.add(chunk("a", 2, { entryId: 14 }), bytes("ef"));
  assert.equal(text(whole.body!), "abcdef");
  assert.equal(text(assembler.add(chunk("b", 2), bytes("EF")).body!), "ABCDEF");
  assert.ok(assembler.hasParts);
  const parts = [{ ledgerId: 1, entryId: 10 }, { ledgerId: 1, entryId: 12 }];
  assert.deepEqual(assembler.takeParts(1, 14), parts);
  assert.deepEqual(assembler.takeParts(1, 14), [], "only once");
});

Deno.test("a chunk whose beginning is missing is discarded", () => {
  const assembler = new ChunkAssembler(LIMITS);
  assert.deepEqual(assembler.add(chunk("a", 1, { entryId: 5 }), bytes("cd")), {
    discarded: [{ ledgerId: 1, entryId: 5 }],
  });
});

Deno.test("a gap discards the whole message, a repeated chunk nothing", () => {
  const assembler = new ChunkAssembler(LIMITS);
  assembler.add(chunk("a", 0, { entryId: 1 }), bytes("ab"));
  assert.deepEqual(assembler.add(chunk("a", 0, { entryId: 1 }), bytes("ab")), {});
  const outcome = assembler.add(chunk("a", 2, { entryId: 3 }), bytes("ef"));
  assert.deepEqual(outcome.discarded?.map(({ entryId }) => entryId), [1, 3]);
});

Deno.test("the oldest incomplete message makes way when there are too many", () => {
  const assembler = new ChunkAssembler(LIMITS);
  assembler.add(chunk("a", 0, { entryId: 1 }), bytes("ab"));
  assembler.add(chunk("b", 0, { entryId: 2 }), bytes("ab"));
  const outcome = assembler.add(chunk("c", 0, { entryId: 3 }), bytes("ab"));
  assert.deepEqual(outcome.discarded?.map(({ entryId }) => entryId), [1]);
});

Deno.test("sizes over the limit, or that contradict each other, are refused before anything is allocated", () => {
  const assembler = new ChunkAssembler(LIMITS);
  assert.equal(assembler.add(chunk("a", 0, { totalSize: 2 ** 31 - 1 }), bytes("ab")).discarded?.length, 1);
  assert.equal(assembler.add(chunk("a", 0, { totalSize: -1 }), bytes("ab")).discarded?.length, 1);
  assembler.add(chunk("b", 0, { totalSize: 3 }), bytes("ab"));
  assert.equal(assembler.add(chunk("b", 1), bytes("cd")).discarded?.length, 2, "more bytes than announced");
  for (const [index, part] of ["a", "b"].entries()) assembler.add(chunk("c", index), bytes(part));
  assert.equal(assembler.add(chunk("c", 2), bytes("c")).discarded?.length, 3, "fewer bytes than announced");
});

Deno.test("nothing is kept after a reset", () => {
  const assembler = new ChunkAssembler(LIMITS);
  for (let index = 0; index < 3; index++) assembler.add(chunk("a", index), bytes("ab"));
  assembler.add(chunk("b", 0), bytes("ab"));
  assembler.clear();
  assert.ok(!assembler.hasParts);
  assert.equal(assembler.add(chunk("b", 1), bytes("cd")).discarded?.length, 1);
});
