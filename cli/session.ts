/**
 * One invocation that runs load: opens outputs, connects, shows progress, hears signals, and ends with a summary and
 * an exit code. With a producer and a consumer together it is the demo.
 */
import type { OptionKey } from "../lib/config/option_spec.ts";
import type { RunConfig } from "../lib/config/run_config.ts";
import type { Source } from "../lib/config/source.ts";
import { LoadRun } from "../lib/load/run.ts";
import type { RunOutcome } from "../lib/load/run_types.ts";
import type { Role } from "../lib/load/snapshot.ts";
import type { RunResult } from "../lib/report/result.ts";
import { summaryText } from "../lib/report/summary.ts";
import { parseThresholds, type Threshold, type ThresholdState } from "../lib/report/thresholds.ts";
import type { EndSignal } from "../lib/tui/terminal_host.ts";
import type { Action } from "../lib/tui/ui_state.ts";
import { applyAction, runInfo } from "./actions.ts";
import { EXIT, type ExitCode } from "./exit_codes.ts";
import { Observer } from "./observer.ts";
import { Outputs } from "./outputs.ts";
import { resultOf } from "./result_of.ts";
import { Screen } from "./screen.ts";

/** One run to be started, with where its values came from. */
export interface Plan {
  readonly config: RunConfig;
  readonly sources: ReadonlyMap<OptionKey, Source>;
  readonly token?: string;
}

interface Part {
  readonly plan: Plan;
  readonly run: LoadRun;
  readonly outputs: Outputs;
  readonly observer: Observer;
  outcome?: RunOutcome;
}

/** After the producer has ended, a consumer may take this long without a message before it counts as done. */
const TAIL_MS = 5000;
const PROBE_MS = 30_000;

export class Session {
  readonly #plans: readonly Plan[];
  readonly #env: (name: string) => string | undefined;
  readonly #parts: Part[] = [];
  #screen!: Screen;
  #interrupted: string | undefined;

  /** @param plans a producer, a consumer, or both in this order */
  constructor(plans: readonly Plan[], env: (name: string) => string | undefined) {
    this.#plans = plans;
    this.#env = env;
  }

  /** Runs to the end. Errors that kept the load from starting are thrown, with everything closed again. */
  async run(): Promise<ExitCode> {
    const thresholds = this.#plans.map(({ config }) => thresholdsOf(config));
    try {
      await this.#open(thresholds);
      await Promise.all(this.#parts.map(({ run }) => run.connect()));
      await this.#barrier();
    } catch (error) {
      for (const { run, outputs, observer } of this.#parts) {
        observer.stop();
        if (run.phase !== "starting") run.abort();
        await outputs.close();
      }
      throw error;
    }
    return await this.#perform();
  }

  async #open(thresholds: readonly Threshold[][]): Promise<void> {
    const info = Object.fromEntries(this.#plans.map(({ config }) => [config.role, runInfo(config)]));
    this.#screen = new Screen({
      config: this.#plans[0]!.config,
      info,
      env: this.#env,
      onAction: (action) => this.#onAction(action),
      onSignal: (signal) => this.#onSignal(signal),
    });
    for (const [index, plan] of this.#plans.entries()) {
      const outputs = await Outputs.open(plan.config);
      const { config, sources, token } = plan;
      const run = new LoadRun({
        config,
        adoptRun: this.#plans.length === 1 && sources.get("runId")?.kind === "default",
        ...(token === undefined ? {} : { token }),
        onLog: (line) => this.#screen.log(line),
      });
      const observer = new Observer(run, thresholds[index]!, {
        onSnapshot: (snapshot, states) => this.#screen.snapshot(snapshot, states),
        onInterval: (snapshot, record) => {
          outputs.interval(record);
          this.#screen.interval(snapshot);
        },
      });
      this.#parts.push({ plan, run, outputs, observer });
      if (outputs.metricsUrl !== undefined) this.#screen.say(`metrics at ${outputs.metricsUrl}`);
    }
  }

  /** With both sides here, the load starts when a probe has come all the way through. */
  async #barrier(): Promise<void> {
    const producer = this.#of("producer");
    const consumer = this.#of("consumer");
    if (producer === undefined || consumer === undefined) return;
    await Promise.all([producer.run.probe(), consumer.run.probesSeen(PROBE_MS)]);
  }

  #of(role: Role): Part | undefined {
    return this.#parts.find(({ run }) => run.config.role === role);
  }

  async #perform(): Promise<ExitCode> {
    this.#screen.start();
    for (const { run, outputs, observer } of this.#parts.toReversed()) {
      run.begin();
      outputs.attach(run.view(), () => observer.watch.states, Date.now() * 1000);
      observer.start();
      observer.look();
    }
    try {
      await this.#waitForEnd();
    } finally {
      for (const { observer } of this.#parts) observer.stop();
      this.#screen.stop();
    }
    return await this.#report();
  }

  async #waitForEnd(): Promise<void> {
    const producer = this.#of("producer");
    const consumer = this.#of("consumer");
    if (producer !== undefined && consumer !== undefined) {
      const first = await Promise.race([producer.run.done, consumer.run.done]);
      if (first.reason === "failure" || first.snapshot.role === "consumer") void producer.run.finish("quit");
      producer.outcome = await producer.run.done;
      consumer.run.integrity.expect(producer.outcome.streams);
      await this.#tail(consumer.run, producer.outcome);
    }
    for (const part of this.#parts) part.outcome ??= await part.run.done;
  }

  /** Lets the consumer take what the producer has sent. */
  async #tail(consumer: LoadRun, sent: RunOutcome): Promise<void> {
    const wanted = sent.streams.reduce((sum, stream) => sum + stream.next, 0);
    let seen = -1;
    let seenAt = performance.now();
    while (consumer.phase === "running" && performance.now() - seenAt < TAIL_MS) {
      consumer.reader.poll();
      const { messages, redelivered } = consumer.reader.total().counters;
      if (messages - redelivered >= wanted) break;
      if (messages !== seen) seenAt = performance.now();
      seen = messages;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    void consumer.finish(this.#interrupted === undefined ? "count" : "signal");
  }

  #onAction(action: Action): void {
    if (action.kind === "interrupt") return this.#onSignal("SIGINT");
    if (action.kind === "quit") {
      void this.#parts[0]!.run.finish("quit");
      return;
    }
    for (const { run } of action.kind === "set" ? this.#parts.slice(0, 1) : this.#parts) {
      applyAction(run, action);
    }
  }

  #onSignal(signal: EndSignal): void {
    if (this.#interrupted !== undefined) {
      for (const { run } of this.#parts) run.abort();
      this.#screen.stop();
      Deno.exit(EXIT.interrupted);
    }
    this.#interrupted = signal;
    this.#screen.say(`${signal}: waiting for what is in flight, once more to stop at once`);
    void this.#parts[0]!.run.finish("signal");
  }

  async #report(): Promise<ExitCode> {
    const results: RunResult[] = [];
    const texts: string[] = [];
    let code: ExitCode = EXIT.ok;
    for (const { plan, run, outputs, observer, outcome } of this.#parts) {
      const thresholds: readonly ThresholdState[] = observer.finish(outcome!);
      const result = resultOf({
        run,
        outcome: outcome!,
        sources: plan.sources,
        intervals: observer.recorder.records,
        thresholds,
        interrupted: this.#interrupted,
      });
      results.push(result);
      const problems = await outputs.finish(result, observer.recorder.records);
      for (const problem of problems) texts.push(`${problem.message}\n`);
      if (problems.length > 0) code = EXIT.runtime;
      if (code === EXIT.ok) code = result.verdict.exitCode as ExitCode;
    }
    await this.#print(results, texts);
    return code;
  }

  /** The summary goes to stdout, unless results go there; a terminal that is gone cannot stop it from being tried. */
  async #print(results: readonly RunResult[], texts: readonly string[]): Promise<void> {
    const isStdoutTaken = this.#parts.some(({ outputs }) => outputs.usesStdout);
    const stream = isStdoutTaken ? Deno.stderr : Deno.stdout;
    const color = this.#plans[0]!.config.color;
    const isColored = color === "always" ||
      (color === "auto" && stream.isTerminal() && !this.#env("NO_COLOR"));
    const summary = results.map((result) => summaryText(result, { color: isColored })).join("\n");
    await write(stream, summary).catch(() => write(Deno.stderr, summary)).catch(() => {});
    if (texts.length > 0) await write(Deno.stderr, texts.join("")).catch(() => {});
  }
}

async function write(stream: { write(bytes: Uint8Array): Promise<number> }, text: string): Promise<void> {
  let rest = new TextEncoder().encode(text);
  while (rest.length > 0) rest = rest.subarray(await stream.write(rest));
}

/** @throws {ThresholdSyntaxError} */
function thresholdsOf(config: RunConfig): Threshold[] {
  return parseThresholds(config.thresholds, {
    role: config.role,
    hasTarget: typeof config.rate === "number" || (config.role === "producer" && config.stages.length > 0),
    verifies: config.verify !== "off",
  });
}
