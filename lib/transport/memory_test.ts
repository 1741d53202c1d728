import assert from "node:assert/strict";
import fc from "fast-check";
import { memoryPair } from "./memory.ts";
import { pattern, readFully } from "./transport_test_support.ts";

Deno.test("bytes cross both ways, whole and in order, however they are split and held back", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 0, max: 3000 }), { maxLength: 12 }),
      fc.integer({ min: 1, max: 500 }),
      fc.integer({ min: 1, max: 2000 }),
      fc.integer({ min: 1, max: 700 }),
      async (lengths, piece, capacity, step) => {
        const [client, server] = memoryPair({ capacity, split: () => piece });
        const total = lengths.reduce((sum, length) => sum + length, 0);
        const bytes = pattern(total);
        const send = async (from: typeof client): Promise<void> => {
          let at = 0;
          for (const length of lengths) await from.write(bytes.subarray(at, at += length));
        };
        const [up, down] = await Promise.all([
          readFully(server, total, step),
          readFully(client, total, step),
          send(client),
          send(server),
        ]);
        assert.deepEqual(up, bytes);
        assert.deepEqual(down, bytes);
      },
    ),
    { numRuns: 60 },
  );
});

Deno.test("a read gets as many bytes as the split says, at least one", async () => {
  const asked: number[] = [];
  const sizes = [1, 0, 3, 1000];
  const [client, server] = memoryPair({
    split: (available) => {
      asked.push(available);
      return sizes.shift()!;
    },
  });
  await client.write(pattern(10));
  const counts: (number | null)[] = [];
  for (let i = 0; i < 4; i++) counts.push(await server.read(new Uint8Array(20)));
  assert.deepEqual(counts, [1, 1, 3, 5]);
  assert.deepEqual(asked, [10, 9, 8, 5]);
});

Deno.test("a write waits until the reader has made room", async () => {
  const [client, server] = memoryPair({ capacity: 4 });
  let isWritten = false;
  const writing = client.write(pattern(6)).then(() => isWritten = true);
  for (let i = 0; i < 20; i++) await Promise.resolve();
  assert.equal(isWritten, false);
  assert.equal(await server.read(new Uint8Array(3)), 3);
  await writing;
  assert.deepEqual(await readFully(server, 3), pattern(6).subarray(3));
});

Deno.test("a written buffer may be reused at once", async () => {
  const [client, server] = memoryPair();
  const buffer = Uint8Array.of(1, 2, 3);
  await client.write(buffer);
  buffer.fill(9);
  assert.deepEqual(await readFully(server, 3), Uint8Array.of(1, 2, 3));
});

Deno.test("closing lets the other end read what was written, then ends it", async () => {
  const [client, server] = memoryPair();
  await client.write(pattern(5));
  client.close();
  client.close();
  assert.deepEqual(await readFully(server, 10), pattern(5));
  assert.equal(await server.read(new Uint8Array(1)), null);
  await assert.rejects(server.write(new Uint8Array(1)), { code: "ConnectionLost" });
  await assert.rejects(client.write(new Uint8Array(1)), { code: "ConnectionLost" });
  await assert.rejects(client.write(new Uint8Array(0)), { code: "ConnectionLost" });
  assert.equal(await client.read(new Uint8Array(1)), null);
});

Deno.test("closing either end wakes a waiting read and a waiting write", async () => {
  for (const which of [0, 1]) {
    const pair = memoryPair({ capacity: 2 });
    const reading = pair[0].read(new Uint8Array(1));
    const writing = pair[0].write(new Uint8Array(5));
    pair[which]!.close();
    assert.equal(await reading, null);
    await assert.rejects(writing, { name: "TransportError", code: "ConnectionLost" });
  }
});

Deno.test("a read into no room is refused", async () => {
  const [client] = memoryPair();
  await assert.rejects(client.read(new Uint8Array(0)), RangeError);
});
