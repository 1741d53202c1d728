/**
 * The file of a trace, written while the run goes on. Where it takes lines more slowly than they come, some are left out
 * and counted: memory stays bounded, and the load goes on.
 */
import { formatCount } from "../../config/units.ts";
import { type LineOutput, openLineOutput, type OutputError } from "./write.ts";

/** Waiting to be written at most. */
const MOST_PENDING_BYTES = 32 * 1024 * 1024;

export class TraceOutput {
  readonly #output: LineOutput;
  #dropped = 0;

  /** @param output that the lines go to */
  constructor(output: LineOutput) {
    this.#output = output;
  }

  /** @throws {OutputError} if the file cannot be opened */
  static async open(path: string): Promise<TraceOutput> {
    return new TraceOutput(await openLineOutput(path));
  }

  write(chunk: Uint8Array, lines: number): void {
    if (this.#output.pendingBytes + chunk.length > MOST_PENDING_BYTES) this.#dropped += lines;
    else this.#output.write(chunk);
  }

  /** What a reader of the trace must know, one sentence each. */
  get notes(): readonly string[] {
    if (this.#dropped === 0) return [];
    return [
      `${
        formatCount(this.#dropped)
      } lines are missing in the trace: '${this.#output.path}' took them too slowly`,
    ];
  }

  close(): Promise<OutputError | undefined> {
    return this.#output.close();
  }
}
