import assert from "node:assert/strict";
import fc from "fast-check";
import { encodeCommand } from "./command.ts";
import { FrameDecoder } from "./frame_decoder.ts";
import { hex } from "./wire_test_support.ts";

function frame(command: number, payload: number): Uint8Array {
  const bytes = new Uint8Array(8 + command + payload);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 4 + command + payload);
  view.setUint32(4, command);
  for (let index = 8; index < bytes.length; index++) bytes[index] = (index * 31 + command) & 0xff;
  return bytes;
}

/** All frames a decoder hands out for a stream that arrives in the given pieces. */
function decodeInPieces(decoder: FrameDecoder, stream: Uint8Array, sizes: readonly number[]): Uint8Array[] {
  const frames: Uint8Array[] = [];
  let at = 0;
  for (let turn = 0; at < stream.length; turn++) {
    const size = Math.max(1, sizes[turn % sizes.length] ?? 1);
    let piece = stream.subarray(at, at + size);
    at += piece.length;
    while (piece.length > 0) {
      const space = decoder.space();
      const count = Math.min(space.length, piece.length);
      space.set(piece.subarray(0, count));
      decoder.commit(count);
      piece = piece.subarray(count);
      while (decoder.next()) {
        frames.push(decoder.buffer.slice(decoder.commandStart - 8, decoder.frameEnd));
        assert.equal(decoder.payloadStart, decoder.commandEnd);
      }
    }
  }
  return frames;
}

Deno.test("any split of a stream gives the same frames", () => {
  const sizes = fc.array(fc.tuple(fc.nat(40), fc.nat(300)), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(sizes, fc.array(fc.integer({ min: 1, max: 500 }), { minLength: 1 }), (shapes, pieces) => {
      const frames = shapes.map(([command, payload]) => frame(command, payload));
      const stream = new Uint8Array(frames.reduce((sum, bytes) => sum + bytes.length, 0));
      let at = 0;
      for (const bytes of frames) {
        stream.set(bytes, at);
        at += bytes.length;
      }
      const decoder = new FrameDecoder({ initialCapacity: 64 });
      assert.deepEqual(decodeInPieces(decoder, stream, pieces), frames);
      assert.equal(decoder.buffered, 0);
    }),
  );
});

Deno.test("a stream that arrives byte by byte gives its frames", () => {
  const frames = [encodeCommand("ping", {}), frame(3, 100_000), encodeCommand("pong", {}), frame(0, 0)];
  const stream = new Uint8Array(frames.flatMap((bytes) => [...bytes]));
  assert.deepEqual(decodeInPieces(new FrameDecoder({ initialCapacity: 16 }), stream, [1]), frames);
});

Deno.test("a frame over the limit is refused before room for it is allocated", () => {
  let allocated = 0;
  const allocate = (bytes: number): Uint8Array => {
    allocated += bytes;
    return new Uint8Array(bytes);
  };
  const decoder = new FrameDecoder({ maxFrameSize: 1000, initialCapacity: 64, allocate });
  decoder.push(hex("000003e9"));
  assert.throws(() => decoder.next(), {
    code: "frame-too-large",
    message: /1001 bytes is over the limit of 1000/,
  });
  assert.throws(() => decoder.space(), { code: "frame-too-large" });
  assert.equal(allocated, 64);
});

Deno.test("an HTTP answer is recognised as not being a Pulsar stream", () => {
  const decoder = new FrameDecoder();
  decoder.push(new TextEncoder().encode("HTTP/1.1 400 Bad Request\r\n"));
  assert.throws(() => decoder.next(), { code: "frame-too-large" });
});

Deno.test("lengths that contradict each other are malformed", () => {
  const decoder = new FrameDecoder();
  decoder.push(hex("00000005 00000002 00"));
  assert.throws(() => decoder.next(), { code: "malformed" });
  const tiny = new FrameDecoder();
  tiny.push(hex("00000003"));
  assert.throws(() => tiny.next(), { code: "malformed" });
});

Deno.test("committing more than was offered is refused", () => {
  const decoder = new FrameDecoder({ initialCapacity: 64 });
  assert.throws(() => decoder.commit(65), RangeError);
});

Deno.test("the buffer stays bounded while a long stream of large frames passes", () => {
  const decoder = new FrameDecoder({ initialCapacity: 1024 });
  const big = frame(10, 50_000);
  for (let turn = 0; turn < 50; turn++) {
    decoder.push(big.subarray(0, 30_000));
    assert.equal(decoder.next(), false);
    decoder.push(big.subarray(30_000));
    assert.equal(decoder.next(), true);
  }
  assert.ok(decoder.buffer.length <= 4 * big.length + 4 * 65536, String(decoder.buffer.length));
});

Deno.test("a frame of exactly the limit passes, one byte more is refused", () => {
  const largest = frame(3, 989);
  const decoder = new FrameDecoder({ maxFrameSize: 996, initialCapacity: 64 });
  assert.deepEqual(decodeInPieces(decoder, largest, [7]), [largest]);
  const smaller = new FrameDecoder({ maxFrameSize: 995, initialCapacity: 64 });
  assert.throws(() => decodeInPieces(smaller, largest, [7]), { code: "frame-too-large" });
});
