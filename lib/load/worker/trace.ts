/**
 * Lines of a trace: one for each entry that was acknowledged or received, sent again or whose connection went and came
 * back, in the order of a worker's time. A worker collects them in one buffer and hands that over when it is full, or a
 * few times a second. `docs/trace.md` says what the keys mean.
 */
import type { Role } from "../../config/run_config.ts";
import { wallMicros } from "../clock.ts";
import type { FromWorker, WorkerTask } from "./protocol.ts";

const CHUNK_BYTES = 64 * 1024;
const FLUSH_MS = 200;

export interface TraceOptions {
  readonly role: Role;
  /** Of the run, where others write lines beside it. */
  readonly name?: string | undefined;
  /** Slot of the worker. */
  readonly worker: number;
  topicOf(lane: number): string | undefined;
  /** Takes some whole lines; the bytes are the receiver's. */
  post(chunk: Uint8Array, lines: number): void;
}

export class Trace {
  readonly #options: TraceOptions;
  readonly #buffer = new Uint8Array(CHUNK_BYTES);
  readonly #encoder = new TextEncoder();
  /** What the lines of a lane have in common. */
  readonly #lanes: string[] = [];
  readonly #timer: ReturnType<typeof setInterval>;
  #end = 0;
  #lines = 0;

  constructor(options: TraceOptions) {
    this.#options = options;
    this.#timer = setInterval(() => this.flush(), FLUSH_MS);
  }

  /**
   * The broker has an entry.
   *
   * @param stream whose it is
   * @param next sequence behind its last message
   */
  acknowledged(
    lane: number,
    ledgerId: number | bigint,
    entryId: number | bigint,
    stream: number,
    next: number,
    count: number,
  ): void {
    const place = isPlace(ledgerId) ? `,"id":"${ledgerId}:${entryId}"` : "";
    this.#line("ack", lane, `${place}${messages(stream, next, count)}`);
  }

  /**
   * An entry has come.
   *
   * @param redeliveries as the broker counts them
   * @param isRepeat the entry was delivered before, whether the broker counted that or not
   * @param count messages taken of it
   * @param stream undefined where no message of it carries an intact header of this run
   */
  received(
    lane: number,
    ledgerId: number | bigint,
    entryId: number | bigint,
    redeliveries: number,
    isRepeat: boolean,
    count: number,
    stream?: number,
    next = 0,
  ): void {
    const what = stream === undefined ? `,"n":${count}` : messages(stream, next, count);
    const again = isRepeat ? `,"again":true` : "";
    this.#line("receive", lane, `,"id":"${ledgerId}:${entryId}"${what},"d":${redeliveries}${again}`);
  }

  /** An entry has come damaged, and was refused. */
  damaged(
    lane: number,
    ledgerId: number | bigint,
    entryId: number | bigint,
    messages: number,
    reason: string,
  ): void {
    const rest = `,"id":"${ledgerId}:${entryId}","n":${messages},"code":${JSON.stringify(reason)}`;
    this.#line("corrupt", lane, rest);
  }

  /** Sequences [from, to) were sent again after a reconnect. */
  resent(lane: number, stream: number, from: number, to: number): void {
    this.#line("resend", lane, messages(stream, to, to - from));
  }

  /** The lane's connection is lost, with this code, or back. */
  connection(lane: number, lostBy: string | undefined): void {
    if (lostBy === undefined) this.#line("back", lane, "");
    else this.#line("lost", lane, `,"code":${JSON.stringify(lostBy)}`);
  }

  #line(event: string, lane: number, rest: string): void {
    const text = `{"t":${Math.round(wallMicros())},"e":"${event}"${this.#lane(lane)}${rest}}\n`;
    this.#lines++;
    if (this.#append(text)) return;
    this.#lines--;
    this.flush();
    this.#lines = 1;
    // Longer than the whole buffer, it goes alone.
    if (!this.#append(text)) this.#post(this.#encoder.encode(text));
  }

  #append(text: string): boolean {
    const { read, written } = this.#encoder.encodeInto(text, this.#buffer.subarray(this.#end));
    if (read < text.length) return false;
    this.#end += written;
    return true;
  }

  #lane(lane: number): string {
    const { role, name, worker, topicOf } = this.#options;
    const group = name === undefined ? "" : `,"g":${JSON.stringify(name)}`;
    return this.#lanes[lane] ??= `,"r":"${role}"${group},"w":${worker},"topic":${
      JSON.stringify(topicOf(lane) ?? "")
    }`;
  }

  /** Hands over what there is. */
  flush(): void {
    if (this.#end > 0) this.#post(this.#buffer.slice(0, this.#end));
  }

  #post(chunk: Uint8Array): void {
    const lines = this.#lines;
    this.#end = 0;
    this.#lines = 0;
    this.#options.post(chunk, lines);
  }

  /** Hands over the rest; nothing is to come after it. */
  close(): void {
    clearInterval(this.#timer);
    this.flush();
  }
}

/** The trace of a worker; undefined where none is wanted. */
export function traceOf(
  { isTracing, traceName, slot, config }: WorkerTask,
  post: (message: FromWorker) => void,
  topicOf: (lane: number) => string | undefined,
): Trace | undefined {
  if (!isTracing) return undefined;
  return new Trace({
    role: config.role,
    name: traceName,
    worker: slot,
    topicOf,
    post: (chunk, lines) => post({ kind: "trace", chunk, lines }),
  });
}

/** The broker says −1, as an unsigned number, for an entry that it had already. */
function isPlace(ledgerId: number | bigint): boolean {
  return typeof ledgerId === "number" || ledgerId < 2n ** 63n;
}

function messages(stream: number, next: number, count: number): string {
  return `,"s":"${stream.toString(16).padStart(8, "0")}","q":${next - count},"n":${count}`;
}
