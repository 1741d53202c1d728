/** What reads bytes of the network: frames, commands, entries, batches, compressed bodies, message headers. */
import { SendView } from "../../lib/broker/io/send_view.ts";
import { HeaderReader } from "../../lib/load/header/header.ts";
import { Verifier } from "../../lib/load/verify/verifier.ts";
import { BatchCursor } from "../../lib/wire/batch.ts";
import { commandNumber, decodeCommand, requestIdOf } from "../../lib/wire/command.ts";
import { compress, CompressionError, decompress } from "../../lib/wire/compression.ts";
import { EntryView } from "../../lib/wire/entry.ts";
import { CompressionKind, type CompressionName } from "../../lib/wire/enums.ts";
import { ProtocolError } from "../../lib/wire/errors.ts";
import { FrameDecoder } from "../../lib/wire/frame_decoder.ts";
import { MessageView, SendReceiptView } from "../../lib/wire/hot_commands.ts";
import { allowing, BrokenPromise, type FuzzTarget } from "./engine.ts";
import { bodies, commandSamples, frameSamples, payloadSamples, RUN, simpleFrame } from "./samples.ts";

const MOST_FRAME = 64 * 1024;
const MOST_BODY = 256 * 1024;

const commands = commandSamples();
const frames = frameSamples();

const frameDecoder: FuzzTarget = {
  name: "frames",
  share: 20,
  samples: [...frames, ...commands.slice(0, 40).map(simpleFrame), joinAll(frames)],
  run(input, random) {
    let allocated = 0;
    const decoder = new FrameDecoder({
      maxFrameSize: MOST_FRAME,
      initialCapacity: 256,
      allocate(bytes) {
        allocated += bytes;
        return new Uint8Array(bytes);
      },
    });
    allowing([ProtocolError], () => {
      for (let at = 0; at < input.length;) {
        const piece = input.subarray(at, at + 1 + random.below(random.below(4) === 0 ? 5000 : 50));
        at += piece.length;
        decoder.push(piece);
        while (decoder.next()) {
          const { buffer, commandStart, commandEnd, payloadStart, frameEnd } = decoder;
          require(
            commandStart <= commandEnd && commandEnd <= frameEnd && frameEnd <= buffer.length,
            "offsets",
          );
          require(payloadStart === commandEnd, "the payload follows the command");
        }
      }
    });
    require(allocated <= 8 * MOST_FRAME, `${allocated} bytes were allocated for frames of ${MOST_FRAME}`);
  },
};

const commandDecoder: FuzzTarget = {
  name: "commands",
  share: 24,
  samples: commands,
  run(input) {
    allowing([ProtocolError], () => void commandNumber(input, 0, input.length));
    allowing([ProtocolError], () => void requestIdOf(input, 0, input.length));
    allowing([ProtocolError], () => void decodeCommand(input));
    for (const view of [new MessageView(), new SendReceiptView(), new SendView()]) {
      allowing([ProtocolError], () => view.read(input, 0, input.length));
    }
  },
};

const entryReader: FuzzTarget = {
  name: "entries",
  share: 20,
  samples: frames.map((frame) => {
    const decoder = new FrameDecoder();
    decoder.push(frame);
    decoder.next();
    return decoder.buffer.slice(decoder.payloadStart, decoder.frameEnd);
  }),
  run(input, random) {
    const view = new EntryView();
    // Without the checksum, as if the damage had been there when it was made.
    allowing([ProtocolError], () => {
      view.read(input, 0, input.length, random.below(8) === 0);
      if (!view.intact) return;
      require(view.metadataEnd <= view.bodyStart && view.bodyEnd <= input.length, "offsets");
      view.metadata();
      if (view.compression !== 0) return;
      const cursor = new BatchCursor().reset(
        input,
        view.bodyStart,
        view.bodyEnd,
        Math.max(1, view.batchCount),
      );
      while (cursor.next()) {
        require(cursor.payloadStart <= cursor.payloadEnd && cursor.payloadEnd <= view.bodyEnd, "offsets");
        allowing([ProtocolError], () => void cursor.metadata());
      }
    });
  },
};

const decompressors = (["lz4", "snappy", "zlib", "zstd"] as const).map((
  name: CompressionName,
): FuzzTarget => ({
  name,
  share: 6,
  // The size that the metadata would state, then the body.
  samples: bodies().map((body) => {
    const packed = compress(CompressionKind[name], body);
    const sample = new Uint8Array(4 + packed.length);
    new DataView(sample.buffer).setUint32(0, body.length);
    sample.set(packed, 4);
    return sample;
  }),
  run(input) {
    if (input.length < 4) return;
    const size = new DataView(input.buffer, input.byteOffset).getUint32(0);
    allowing([CompressionError], () => {
      const out = decompress(CompressionKind[name], input, 4, input.length, size, MOST_BODY);
      require(out.length === size, `${out.length} bytes came of a body of ${size}`);
    });
  },
}));

const reader = new HeaderReader();
const verifiers = [new Verifier(RUN), new Verifier(RUN, { streams: 50, window: 8, report: 16 }, false)];

const headers: FuzzTarget = {
  name: "headers",
  share: 16,
  samples: payloadSamples(),
  run(input, random) {
    const start = random.below(3) === 0 ? random.below(input.length + 1) : 0;
    const { length } = input;
    require([0, 1, 2].includes(reader.read(input, start, length)), "a state");
    reader.hasRunAt(input, start, length, RUN);
    for (const verifier of verifiers) {
      if (random.below(50) === 0) verifier.leave(input, start, length);
      else verifier.accept(input, start, length, random.below(4) === 0);
      if (random.below(100) === 0) verifier.takeReport();
    }
  },
};

export const WIRE_TARGETS: readonly FuzzTarget[] = [
  frameDecoder,
  commandDecoder,
  entryReader,
  ...decompressors,
  headers,
];

function require(holds: boolean, what: string): void {
  if (!holds) throw new BrokenPromise(what);
}

function joinAll(parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => [...part]));
}
