/** Probe messages of the ready barrier: a bare verification header that says it belongs to no stream. */
import { HEADER_BYTES, HeaderFlag } from "./header.ts";
import { HeaderWriter } from "./header_writer.ts";

/**
 * Writes a probe as an unbatched payload.
 *
 * @param run `hashRunId` of the run
 * @param now epoch microseconds
 * @returns offset behind it
 */
export function writeProbe(
  target: { buffer: Uint8Array; start: number; memo: unknown },
  run: number,
  now: number,
): number {
  const { buffer, byteOffset, byteLength } = target.buffer;
  const view = new DataView(buffer, byteOffset, byteLength);
  const writer = new HeaderWriter(run, "raw", HeaderFlag.probe);
  writer.begin(0, 0, now);
  writer.writeConstants(view, target.start);
  writer.patch(view, target.start, 0, 1, 0, now, 0);
  target.memo = undefined;
  return target.start + HEADER_BYTES;
}
