/**
 * One invocation that runs load: opens outputs, connects, shows progress, hears signals, and ends with a summary and
 * an exit code. With a producer and a consumer together it is the demo.
 */
import { clean } from "../../lib/config/foreign_text.ts";
import type { Role } from "../../lib/config/run_config.ts";
import { LoadRun } from "../../lib/load/run/load_run.ts";
import type { RunOutcome } from "../../lib/load/run/types.ts";
import { Observer } from "../../lib/report/recording/observer.ts";
import { hasEnd, resultOf } from "../../lib/report/recording/result_of.ts";
import type { RunResult } from "../../lib/report/result/result.ts";
import { summaryText } from "../../lib/report/formats/summary.ts";
import { detectColorDepth } from "../../lib/tui/theme.ts";
import type { EndSignal } from "../../lib/tui/terminal_host.ts";
import type { Action } from "../../lib/tui/ui_state.ts";
import { Controls, runInfo } from "./actions.ts";
import { InterruptedError } from "../errors.ts";
import { hostRecord, versions } from "./host.ts";
import { introText } from "./intro.ts";
import { EXIT, type ExitCode, worstCode } from "../exit_codes.ts";
import { Outputs } from "./outputs.ts";
import type { Plan } from "./plan.ts";
import { Screen } from "./screen.ts";
import { reportUnstarted } from "./unstarted.ts";
import { type SessionIo, writeText } from "./io.ts";
import { sleep } from "../../lib/transport/timing.ts";

interface Part {
  readonly plan: Plan;
  readonly run: LoadRun;
  readonly controls: Controls;
  readonly outputs: Outputs;
  readonly observer: Observer;
  outcome?: RunOutcome;
}

const SIGNALS: readonly EndSignal[] = ["SIGINT", "SIGTERM", "SIGHUP"];
/** After the producer has ended, a consumer may take this long without a message before it counts as done. */
const TAIL_MS = 5000;
const PROBE_MS = 30_000;
/** Connecting is not worth a word when it takes less. */
const CONNECTING_MS = 1000;

export class Session {
  readonly #plans: readonly Plan[];
  readonly #io: SessionIo;
  readonly #parts: Part[] = [];
  readonly #screen: Screen;
  /** Rejects at a signal that comes before the load. */
  readonly #early = Promise.withResolvers<never>();
  #stage: "before" | "load" | "report" = "before";
  #signals = 0;
  #interrupted: string | undefined;

  /** @param plans a producer, a consumer, or both in this order */
  constructor(plans: readonly Plan[], io: SessionIo) {
    this.#plans = plans;
    this.#io = io;
    this.#early.promise.catch(() => {});
    this.#screen = new Screen({
      config: plans[0]!.config,
      info: Object.fromEntries(plans.map(({ config }) => [config.role, runInfo(config)])),
      env: io.env,
      host: io.terminal,
      isTerminal: io.stderr.isTerminal(),
      onAction: (action) => this.#onAction(action),
    });
  }

  /**
   * Runs to the end.
   *
   * @throws what kept the load from starting, with everything closed again; {InterruptedError} for a signal then
   */
  async run(): Promise<ExitCode> {
    const removers = SIGNALS.map((signal) =>
      this.#io.terminal.onSignal(signal, () => this.#onSignal(signal))
    );
    try {
      await this.#start();
      await this.#perform();
      return await this.#report();
    } finally {
      this.#screen.stop();
      for (const remove of removers) remove();
      for (const { together } of this.#plans) await together?.leave();
    }
  }

  async #start(): Promise<void> {
    const starting = this.#prepare();
    starting.catch(() => {});
    const { serviceUrl, embedded } = this.#plans[0]!.config;
    const target = embedded === undefined ? serviceUrl : "the embedded broker";
    const timer = setTimeout(() => this.#screen.say(`connecting to ${target}`), CONNECTING_MS);
    try {
      await Promise.race([starting, this.#early.promise]);
    } catch (error) {
      for (const { observer } of this.#parts) observer.stop();
      const reason = error instanceof Error ? error.message : String(error);
      for (const { together } of this.#plans) await together?.leave(reason);
      const problems = await reportUnstarted(this.#parts, error);
      await writeText(this.#io.stderr, problems.map(({ message }) => `${clean(message)}\n`).join("")).catch(
        () => {},
      );
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  async #prepare(): Promise<void> {
    for (const plan of this.#plans) this.#parts.push(await this.#open(plan));
    await Promise.all(this.#parts.map(({ run }) => run.connect()));
    await this.#barrier();
    for (const { together } of this.#plans) await together?.start();
  }

  async #open(plan: Plan): Promise<Part> {
    const { config, sources, token, together } = plan;
    const outputs = await Outputs.open(config);
    // Both sides of a demo have one.
    const trace = outputs.trace ?? this.#parts[0]?.outputs.trace;
    const run = new LoadRun({
      config,
      followFirstRun: this.#plans.length === 1 && sources.get("runId")?.kind === "default",
      ...(token === undefined ? {} : { token }),
      ...(together === undefined ? {} : { clockUncertainty: together.clockUncertainty }),
      ...(trace === undefined ? {} : { onTrace: (chunk, lines) => trace.write(chunk, lines) }),
      onLog: (line) => this.#screen.log(line),
      onPartitions: (from, to) => controls.partitionsAdded(from, to),
    });
    const isPrimary = plan === this.#plans[0];
    const controls = new Controls(run, (settings) => {
      if (isPrimary) this.#screen.settingsChanged(settings);
    }, (change) => outputs.change(change));
    const observer = new Observer(run, plan.thresholds, {
      onSnapshot: (snapshot, states) => this.#screen.snapshot(snapshot, states),
      onInterval: (snapshot, record) => {
        if (record !== undefined) outputs.interval(record, snapshot.epoch);
        this.#screen.interval(snapshot);
      },
      onDraining: (snapshot) => this.#screen.draining(snapshot),
    });
    this.#screen.introduce(introText(config));
    for (const notice of plan.notices) this.#screen.say(notice);
    if (outputs.metricsUrl !== undefined) this.#screen.say(`metrics at ${outputs.metricsUrl}`);
    return { plan, run, controls, outputs, observer };
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

  async #perform(): Promise<void> {
    this.#stage = "load";
    this.#screen.start();
    for (const { run, outputs, observer } of this.#parts.toReversed()) {
      run.begin();
      outputs.attach(run.view(), () => observer.watch.states, run.startedAt);
      observer.start();
      observer.look();
    }
    try {
      await this.#waitForEnd();
    } finally {
      this.#stage = "report";
      for (const { observer } of this.#parts) observer.stop();
      this.#screen.stop();
    }
  }

  async #waitForEnd(): Promise<void> {
    const producer = this.#of("producer");
    const consumer = this.#of("consumer");
    if (producer !== undefined && consumer !== undefined) {
      const first = await Promise.race([producer.run.done, consumer.run.done]);
      if (first.reason === "failure" || first.snapshot.role === "consumer") void producer.run.finish("quit");
      producer.outcome = await producer.run.done;
      consumer.run.integrity.expect(producer.outcome.streams, [producer.run.integrity.witness]);
      await this.#tail(consumer.run, producer.outcome);
    }
    for (const part of this.#parts) part.outcome ??= await part.run.done;
  }

  /** Lets the consumer take what the producer has sent. */
  async #tail(consumer: LoadRun, sent: RunOutcome): Promise<void> {
    // Paused by the keyboard, it would never take anything.
    consumer.resume();
    const wanted = sent.streams.reduce((sum, stream) => sum + stream.next, 0);
    let seen = -1;
    let seenAt = performance.now();
    while (consumer.phase === "running" && performance.now() - seenAt < TAIL_MS) {
      consumer.reader.poll();
      const messages = consumer.reader.ever("messages");
      if (messages - consumer.reader.ever("redelivered") >= wanted) break;
      if (messages !== seen) seenAt = performance.now();
      seen = messages;
      await sleep(50);
    }
    void consumer.finish(this.#interrupted === undefined ? "count" : "signal");
  }

  #onAction(action: Action): void {
    if (action.kind === "interrupt") return this.#onSignal("SIGINT");
    if (action.kind === "quit") {
      this.#interrupt("q");
      void this.#parts[0]!.run.finish("quit");
      return;
    }
    for (const { controls } of action.kind === "set" ? this.#parts.slice(0, 1) : this.#parts) {
      controls.apply(action);
    }
  }

  #onSignal(signal: EndSignal): void {
    this.#signals++;
    if (this.#signals > 1) return this.#stopAtOnce();
    if (this.#stage === "before") return this.#early.reject(new InterruptedError(signal));
    this.#interrupt(signal);
    // Whoever sent another signal than Ctrl-C does not look at the panels, and the terminal may be gone.
    if (signal !== "SIGINT") this.#screen.stop();
    this.#screen.say(`${signal}: waiting for what is in flight, once more to stop at once`);
    void this.#parts[0]!.run.finish("signal");
  }

  /** A run that is only waiting for its last receipts has reached its planned end, and is not stopped any more. */
  #interrupt(by: string): void {
    const isUnderWay = this.#parts.some(({ run }) => run.phase !== "draining" && run.phase !== "done");
    if (isUnderWay) this.#interrupted ??= by;
  }

  #stopAtOnce(): void {
    for (const { run } of this.#parts) run.abort();
    this.#screen.stop();
    this.#screen.sayLast("stopped at once, no result written");
    this.#io.terminal.exit(EXIT.interrupted);
  }

  async #report(): Promise<ExitCode> {
    const results: RunResult[] = this.#parts.map(({ plan, run, observer, outcome, controls, outputs }) =>
      resultOf({
        run,
        outcome: outcome!,
        asked: plan.config,
        sources: plan.sources,
        changes: controls.changes,
        thresholds: observer.finish(outcome!),
        intervals: observer.recorder.records,
        interrupted: this.#interrupted,
        hasEnd: this.#plans.some(({ config }) => hasEnd(config)),
        versions: versions(),
        host: hostRecord(),
        notes: [...plan.together?.notes ?? [], ...outputs.trace?.notes ?? []],
      })
    );
    const problems = [];
    for (const [index, { outputs, observer }] of this.#parts.entries()) {
      const others = index === 0 ? results.slice(1) : [];
      problems.push(...await outputs.finish(results[index]!, observer.reports.records, others));
    }
    await this.#print(results, problems.map(({ message }) => `${clean(message)}\n`).join(""));
    if (problems.length > 0) return EXIT.failure;
    return worstCode(results.map(({ verdict }) => verdict.exitCode));
  }

  /** The summary goes to stdout unless results go there; where stdout is gone, stderr gets it. */
  async #print(results: readonly RunResult[], problems: string): Promise<void> {
    const { stdout, stderr, env } = this.#io;
    const { color } = this.#plans[0]!.config;
    const stream = this.#parts.some(({ outputs }) => outputs.usesStdout) ? stderr : stdout;
    const textFor = (target: typeof stream): string => {
      const isColored = detectColorDepth(env, target.isTerminal(), color) !== "none";
      const width = target.isTerminal() ? { width: this.#io.terminal.size().columns } : {};
      return results.map((result) => summaryText(result, { color: isColored, ...width })).join("\n");
    };
    try {
      await writeText(stream, textFor(stream));
    } catch {
      await writeText(stderr, textFor(stderr)).catch(() => {});
    }
    await writeText(stderr, problems).catch(() => {});
  }
}
