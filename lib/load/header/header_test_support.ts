/** For tests: takes apart what the header packs. */

/** The parts of a stream id. */
export function streamParts(id: number): { instance: number; worker: number; partition: number } {
  return { instance: id >>> 22, worker: (id >>> 12) & 1023, partition: id & 4095 };
}
