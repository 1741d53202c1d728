/**
 * Memory of a producer at full speed: resident size once a second, and whether it still grows.
 *
 * deno run --no-check --allow-read --allow-net --allow-run --allow-sys --allow-env tests/bench/engine_memory.ts [seconds] [workers] [more options]
 */
import { startBrokerProcess } from "./broker_process.ts";
import { cliCommand } from "../support/cli.ts";

const [seconds = "60", workers = "10", ...more] = Deno.args;

function residentMiB(pid: number): number | undefined {
  try {
    const status = Deno.readTextFileSync(`/proc/${pid}/status`);
    return Number(/VmRSS:\s*(\d+)/.exec(status)?.[1]) / 1024;
  } catch {
    return undefined; // it has ended
  }
}

await using broker = await startBrokerProcess("null");
const [program, ...args] = cliCommand("producer", [
  "--service-url",
  broker.serviceUrl,
  "--workers",
  workers,
  "--duration",
  `${seconds}s`,
  "--json",
  "--ui",
  "none",
  ...more,
]);
const child = new Deno.Command(program!, { args, stdout: "piped", stderr: "inherit" }).spawn();
const sizes: number[] = [];
const timer = setInterval(() => {
  const size = residentMiB(child.pid);
  if (size !== undefined) sizes.push(size);
}, 1000);
const { stdout } = await child.output();
clearInterval(timer);
const { totals } = JSON.parse(new TextDecoder().decode(stdout));
const mean = (values: readonly number[]): number =>
  values.reduce((sum, each) => sum + each, 0) / values.length;
// The first fifth is connecting and warming up.
const steady = sizes.slice(Math.ceil(sizes.length / 5));
const third = Math.floor(steady.length / 3);
const [early, late] = [mean(steady.slice(0, third)), mean(steady.slice(-third))];
console.log(
  `${workers} workers, ${seconds} s, ${Math.round(totals.messagesPerSecond)} msg/s: at most ${
    Math.max(...sizes).toFixed(0)
  } MiB resident; ${early.toFixed(0)} MiB in the first third of the steady part, ${
    late.toFixed(0)
  } MiB in the last`,
);
