/**
 * Rate and CPU time of a client process, seen from outside and the same way for every client: messages from the
 * broker's counters, CPU from the kernel, both read at the same two moments after a warm-up.
 */
import { alive, run } from "../../support/process.ts";

export interface Measurement {
  readonly messages: number;
  /** Length of the measured window; warm-up not counted. */
  readonly seconds: number;
  readonly msgPerSecond: number;
  /** User and system time of all threads of the process, per message. */
  readonly cpuMicrosPerMessage: number;
}

export interface MeasureOptions {
  readonly pid: number;
  /** Messages so far, as the broker counts them. */
  readonly count: () => Promise<number>;
  /** Starts when the first message was counted. */
  readonly warmupSeconds: number;
  /** Length of the window; it ends earlier when `exhausted` says so. */
  readonly seconds: number;
  /** Whether no work is left; the samples after that are not used. */
  readonly exhausted?: () => Promise<boolean>;
}

interface Sample {
  readonly at: number;
  readonly count: number;
  readonly cpuSeconds: number;
}

/** Windows shorter than this say nothing, given the kernel's 10 ms steps of CPU time. */
const SHORTEST_SECONDS = 1;

/**
 * @throws {Error} If the process ends too early, moves nothing within 30 s, or is exhausted too soon
 */
export async function measureProcess(options: MeasureOptions): Promise<Measurement> {
  const { pid, count, exhausted = () => Promise.resolve(false) } = options;
  const start = performance.now();
  while (await count() === 0) {
    if (performance.now() - start > 30_000) throw new Error(`process ${pid} moved no message within 30 s`);
    if (!await alive(pid)) throw new Error(`process ${pid} ended before it moved a message`);
    await pause(0.1);
  }
  await pause(options.warmupSeconds);
  const first = await sample(pid, count);
  let last = first;
  while (last.at - first.at < options.seconds) {
    await pause(Math.min(0.25, options.seconds - (last.at - first.at)));
    const next = await sample(pid, count);
    // What comes after the last message is idle time and belongs to nobody.
    if (await exhausted()) break;
    last = next;
  }
  const seconds = last.at - first.at;
  if (seconds < SHORTEST_SECONDS) {
    throw new Error(
      `only ${seconds.toFixed(2)} s could be measured after the warm-up; give it more messages`,
    );
  }
  const messages = last.count - first.count;
  return {
    messages,
    seconds,
    msgPerSecond: messages / seconds,
    cpuMicrosPerMessage: (last.cpuSeconds - first.cpuSeconds) * 1e6 / messages,
  };
}

/** User and system time of a process so far, in seconds; all threads, children not counted. */
export async function cpuSeconds(pid: number): Promise<number> {
  // Through `cat`, because Deno gives /proc only to programs with all permissions.
  const { code, output } = await run("cat", [`/proc/${pid}/stat`]);
  if (code !== 0) throw new Error(`process ${pid} has ended: ${output.trim()}`);
  // Fields 14 and 15 of proc(5); the second one is in parentheses and may hold spaces.
  const fields = output.slice(output.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / await ticksPerSecond();
}

let ticks: Promise<number> | undefined;
function ticksPerSecond(): Promise<number> {
  ticks ??= run("getconf", ["CLK_TCK"]).then(({ output }) => Number(output));
  return ticks;
}

async function sample(pid: number, count: () => Promise<number>): Promise<Sample> {
  const [messages, cpu] = await Promise.all([count(), cpuSeconds(pid)]);
  return { at: performance.now() / 1000, count: messages, cpuSeconds: cpu };
}

function pause(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}
