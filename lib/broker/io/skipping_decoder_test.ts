import assert from "node:assert/strict";
import fc from "fast-check";
import { commandNumber, decodeCommand, encodeCommand, SEND } from "../../wire/command.ts";
import { SkippingDecoder } from "./skipping_decoder.ts";
import { concat, sendFrame } from "../broker_test_support.ts";

/** What the decoder says about each frame: command number and payload size. */
function decodeIn(pieces: readonly Uint8Array[], maxFrameSize = 2_000_000): [number, number][] {
  const decoder = new SkippingDecoder(maxFrameSize);
  const seen: [number, number][] = [];
  for (const piece of pieces) {
    for (let at = 0; at < piece.length;) {
      const space = decoder.space();
      const count = Math.min(space.length, piece.length - at);
      space.set(piece.subarray(at, at + count));
      decoder.commit(count);
      at += count;
      while (decoder.next()) {
        const { buffer, commandStart, commandEnd, payloadStart, frameEnd } = decoder;
        decodeCommand(buffer, commandStart, commandEnd);
        seen.push([commandNumber(buffer, commandStart, commandEnd), frameEnd - payloadStart]);
      }
    }
  }
  return seen;
}

Deno.test("frames are the same, in whatever pieces they arrive", () => {
  const frame = fc.oneof(
    fc.nat(400_000).map((size) => sendFrame({ texts: ["x".repeat(size)], sequenceId: 0 })),
    fc.constant(encodeCommand("ping", {})),
    fc.string({ minLength: 0, maxLength: 500 }).map((topic) =>
      encodeCommand("lookup", { topic, requestId: 1 })
    ),
  );
  fc.assert(
    fc.property(
      fc.array(frame, { minLength: 1, maxLength: 6 }),
      fc.array(fc.integer({ min: 1, max: 90_000 })),
      (
        frames,
        sizes,
      ) => {
        const bytes = concat(frames);
        const pieces: Uint8Array[] = [];
        for (let at = 0, index = 0; at < bytes.length; index++) {
          const size = sizes[index % Math.max(1, sizes.length)] ?? 7;
          pieces.push(bytes.subarray(at, at + size));
          at += size;
        }
        const expected = frames.map((each) => {
          const number = each[9]!;
          const commandSize = new DataView(each.buffer, each.byteOffset).getUint32(4);
          return [number, number === SEND ? each.length - 8 - commandSize : 0];
        });
        assert.deepEqual(decodeIn(pieces), expected);
      },
    ),
    { numRuns: 40 },
  );
});

Deno.test("a stream cut at every byte gives the same frames", () => {
  const bytes = concat([
    sendFrame({ texts: ["abc"], sequenceId: 0 }),
    encodeCommand("ping", {}),
    sendFrame({ texts: ["d", "e"], sequenceId: 1 }),
  ]);
  const whole = decodeIn([bytes]);
  assert.deepEqual(whole.map(([number]) => number), [6, 18, 6]);
  for (let cut = 1; cut < bytes.length; cut++) {
    assert.deepEqual(decodeIn([bytes.subarray(0, cut), bytes.subarray(cut)]), whole);
  }
});

Deno.test("lengths over the limit or that contradict each other are refused", () => {
  assert.throws(() => decodeIn([Uint8Array.of(0, 0x20, 0, 0, 0, 0, 0, 5)], 1000), {
    code: "frame-too-large",
  });
  assert.throws(() => decodeIn([Uint8Array.of(0, 0, 0, 8, 0, 0, 0, 5)]), { code: "malformed" });
});
