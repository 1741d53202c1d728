/**
 * One invocation that runs load: opens outputs, connects, shows progress, hears signals, and ends with a summary and
 * an exit code. With a producer and a consumer together it is the demo.
 */
import { clean } from "../../lib/config/foreign_text.ts";
import { DRAIN_MS } from "../../lib/load/drain_clock.ts";
import { LoadRun } from "../../lib/load/run/load_run.ts";
import { BacklogRecorder } from "../../lib/report/recording/backlog_recorder.ts";
import { Observer } from "../../lib/report/recording/observer.ts";
import type { RunResult } from "../../lib/report/result/result.ts";
import { summaryText } from "../../lib/report/formats/summary.ts";
import type { SummaryOptions } from "../../lib/report/formats/summary_layout.ts";
import type { RunSnapshot } from "../../lib/load/snapshot.ts";
import { detectColorDepth } from "../../lib/tui/theme.ts";
import type { EndSignal } from "../../lib/tui/terminal_host.ts";
import type { Action } from "../../lib/tui/ui_state.ts";
import { Controls, runInfo } from "./actions.ts";
import { InterruptedError } from "../errors.ts";
import { haveEnd, recordOf } from "./scenario_report.ts";
import { introText } from "./intro.ts";
import { EXIT, type ExitCode, worstCode } from "../exit_codes.ts";
import { SessionMetrics } from "./metrics.ts";
import { Outputs } from "./outputs.ts";
import { nameOf, type Part, resultOfPart } from "./part.ts";
import type { Plan } from "./plan.ts";
import { Screen } from "./screen.ts";
import { type SessionScenario, titleOf } from "./session_scenario.ts";
import { reportUnstarted, unstartedResults } from "./unstarted.ts";
import { type SessionIo, writeText } from "./io.ts";
import type { Together } from "./together.ts";
import { ScenarioRun } from "../../lib/scenario/engine/scenario_run.ts";
import { scenarioSummaryText } from "../../lib/report/formats/scenario_summary.ts";
import type { ScenarioRecord } from "../../lib/report/result/scenario_types.ts";
import type { OutputError } from "../../lib/report/formats/write.ts";
import { judgeStep } from "../../lib/report/thresholds/step_rules.ts";

const SIGNALS: readonly EndSignal[] = ["SIGINT", "SIGTERM", "SIGHUP"];
/** Without a scenario: after the producer has ended, a consumer may take this long without a message before it counts as done. */
const TAIL_MS = 5000;
/** How often a scenario's overview is drawn. */
const SHOW_MS = 500;
/** Connecting is not worth a word when it takes less. */
const CONNECTING_MS = 1000;

export class Session {
  readonly #plans: readonly Plan[];
  readonly #io: SessionIo;
  readonly #given: SessionScenario | undefined;
  readonly #parts: Part[] = [];
  #run: ScenarioRun | undefined;
  #metrics: SessionMetrics | undefined;
  readonly #backlogs = new BacklogRecorder();
  #showing: ReturnType<typeof setInterval> | undefined;
  readonly #screen: Screen;
  /** Rejects at a signal that comes before the load. */
  readonly #early = Promise.withResolvers<never>();
  #stage: "before" | "load" | "report" = "before";
  #signals = 0;
  #interrupted: string | undefined;

  /** @param plans a producer, a consumer, or both in this order; or the groups of a scenario, producers first */
  constructor(plans: readonly Plan[], io: SessionIo, given?: SessionScenario) {
    this.#plans = plans;
    this.#io = io;
    this.#given = given;
    this.#early.promise.catch(() => {});
    this.#screen = new Screen({
      config: plans[0]!.config,
      groups: plans.map((plan) => ({
        name: nameOf(plan),
        role: plan.config.role,
        info: runInfo(plan.config, plan.topics?.names),
      })),
      scenario: given === undefined ? undefined : { name: titleOf(given) },
      env: io.env,
      host: io.terminal,
      isTerminal: io.stderr.isTerminal(),
      onAction: (action, group) => this.#onAction(action, group),
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
      for (const together of this.#togethers) await together.leave();
      await this.#metrics?.close();
    }
  }

  /** Something about the run as a whole, wherever its screen has room for it. */
  say(text: string): void {
    this.#screen.say(text);
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
      for (const together of this.#togethers) await together.leave(reason);
      const problems = await this.#reportUnstarted(error);
      await writeText(this.#io.stderr, problems.map(({ message }) => `${clean(message)}\n`).join("")).catch(
        () => {},
      );
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  async #reportUnstarted(error: unknown): Promise<readonly OutputError[]> {
    if (this.#given === undefined) return await reportUnstarted(this.#parts, error);
    const results = await unstartedResults(this.#parts, error);
    if (results.length < this.#plans.length) return [];
    const message = error instanceof Error ? error.message : String(error);
    const failure = error instanceof InterruptedError ? undefined : message;
    return await this.#leave(this.#given, this.#record(this.#given, results, failure), results);
  }

  async #prepare(): Promise<void> {
    this.#metrics = SessionMetrics.open(this.#plans[0]!.config, {
      scenario: this.#given?.scenario.name,
      scenarioRun: () => this.#run,
    });
    if (this.#metrics !== undefined) this.#screen.say(`metrics at ${this.#metrics.url}`);
    for (const plan of this.#plans) this.#parts.push(await this.#open(plan));
    const { scenario, world, process } = this.#given ?? {};
    this.#run = new ScenarioRun({
      groups: this.#parts.map(({ plan, run }) => ({
        name: nameOf(plan),
        run,
        topics: plan.topics?.names ?? [plan.config.topic],
        startMs: plan.startMs ?? 0,
        part: plan.part,
      })),
      name: scenario?.name ?? "",
      durationMs: scenario?.durationMs,
      drainMs: scenario?.drainMs ?? TAIL_MS,
      steps: scenario?.steps,
      scenario,
      world,
      others: process?.others,
      follows: process !== undefined && process.place.index > 0,
      warmupMs: scenario?.warmupMs,
      onBegin: (group) => this.#onBegin(group.name),
      judge: (step, outcome) =>
        judgeStep(this.#given?.rules.get(step) ?? [], outcome, (name) => this.#snapshotOf(name)),
      onStep: () => this.#onStep(),
    });
    await this.#given?.prepare();
    await this.#run.connect();
    for (const together of this.#togethers) await together.start();
  }

  /** Where this process has met others of its run. */
  get #togethers(): readonly Together[] {
    const { process } = this.#given ?? {};
    return process === undefined ? this.#plans.flatMap(({ together }) => together ?? []) : [process.together];
  }

  /** What a scenario's producers wait at the end for receipts that are late. */
  get #drainMs(): number | undefined {
    return this.#given === undefined ? undefined : Math.max(DRAIN_MS, this.#given.scenario.drainMs);
  }

  async #open(plan: Plan): Promise<Part> {
    const { config, sources, token } = plan;
    const together = plan.together ?? this.#given?.process?.together;
    const outputs = await Outputs.open(config);
    const name = nameOf(plan);
    // Both sides of a demo have one.
    const trace = outputs.trace ?? this.#parts[0]?.outputs.trace;
    const run = new LoadRun({
      config,
      topics: plan.topics,
      drainMs: this.#drainMs,
      streamInstance: plan.streamInstance,
      onConnection: (event) => this.#run?.connection(name, event),
      followFirstRun: this.#plans.length === 1 && together === undefined &&
        sources.get("runId")?.kind === "default",
      ...(token === undefined ? {} : { token }),
      ...(together === undefined ? {} : { clockUncertainty: together.clockUncertainty }),
      ...(trace === undefined ? {} : { onTrace: (chunk, lines) => trace.write(chunk, lines) }),
      traceName: plan.name,
      onLog: (line) =>
        this.#screen.log(this.#given === undefined ? line : { ...line, text: `${name}: ${line.text}` }),
      onPartitions: (from, to) => controls.partitionsAdded(from, to),
    });
    const isPrimary = plan === this.#plans[0] || this.#given !== undefined;
    const controls = new Controls(run, (settings) => {
      if (isPrimary) this.#screen.settingsChanged(name, settings);
    }, (change) => outputs.change(change));
    const observer = new Observer(run, plan.thresholds, {
      onSnapshot: (snapshot, states) => this.#screen.snapshot(name, snapshot, states),
      onInterval: (snapshot, record) => {
        if (record !== undefined) outputs.interval(record, snapshot.epoch);
        this.#screen.interval(name, snapshot);
      },
      onDraining: (snapshot) => this.#screen.draining(name, snapshot),
    });
    this.#screen.introduce(
      introText(config, { name: plan.name, topics: plan.topics?.names, drainMs: this.#drainMs }),
    );
    for (const notice of plan.notices) this.#screen.say(notice);
    return { plan, run, controls, outputs, observer };
  }

  async #perform(): Promise<void> {
    this.#stage = "load";
    this.#screen.start();
    if (this.#given !== undefined) this.#showing = setInterval(() => this.#show(), SHOW_MS);
    this.#run!.begin();
    try {
      await this.#run!.ended();
      this.#show();
    } finally {
      this.#stage = "report";
      clearInterval(this.#showing);
      for (const { observer } of this.#parts) observer.stop();
      this.#screen.stop();
    }
  }

  #part(name: string): Part {
    return this.#parts.find(({ plan }) => nameOf(plan) === name)!;
  }

  #snapshotOf(name: string): RunSnapshot {
    const view = this.#part(name).run.view();
    const snapshot = view.snapshot();
    view.close();
    return snapshot;
  }

  /** A step may have changed what the panels show, and what keys change from there. */
  #onStep(): void {
    for (const { controls } of this.#parts) controls.tell();
    this.#show();
  }

  #onBegin(name: string): void {
    const { plan, run, outputs, observer } = this.#part(name);
    outputs.begin(run.startedAt);
    this.#metrics?.attach(plan, run.view(), () => observer.watch.states);
    observer.start();
    observer.look();
  }

  /** The scenario as a whole; groups show themselves. */
  #show(): void {
    if (this.#given === undefined || this.#run === undefined) return;
    const snapshot = this.#run.snapshot();
    this.#backlogs.observe(snapshot);
    this.#screen.scenario(snapshot);
  }

  #onAction(action: Action, group?: string): void {
    if (action.kind === "interrupt") return this.#onSignal("SIGINT");
    if (action.kind === "quit") {
      this.#interrupt("q");
      this.#run!.finish("quit");
      return;
    }
    for (const { controls } of this.#meant(action, group)) controls.apply(action);
  }

  /** Whom an action is for. */
  #meant(action: Action, group: string | undefined): readonly Part[] {
    if (group !== undefined) return this.#parts.filter(({ plan }) => nameOf(plan) === group);
    return action.kind === "set" && this.#given === undefined ? this.#parts.slice(0, 1) : this.#parts;
  }

  #onSignal(signal: EndSignal): void {
    this.#signals++;
    if (this.#signals > 1) return this.#stopAtOnce();
    if (this.#stage === "before") return this.#early.reject(new InterruptedError(signal));
    this.#interrupt(signal);
    // Whoever sent another signal than Ctrl-C does not look at the panels, and the terminal may be gone.
    if (signal !== "SIGINT") this.#screen.stop();
    this.#screen.say(`${signal}: waiting for what is in flight, once more to stop at once`);
    this.#run!.finish("signal");
  }

  /** A run that is only waiting for its last receipts has reached its planned end, and is not stopped any more. */
  #interrupt(by: string): void {
    const isUnderWay = this.#parts.some(({ run }) => run.phase !== "draining" && run.phase !== "done");
    if (isUnderWay) this.#interrupted ??= by;
  }

  #stopAtOnce(): void {
    this.#run?.abort();
    this.#screen.stop();
    this.#screen.sayLast("stopped at once, no result written");
    this.#io.terminal.exit(EXIT.interrupted);
  }

  async #report(): Promise<ExitCode> {
    const [interrupted, hasEnd] = [this.#interrupted, haveEnd(this.#plans)];
    const results = this.#parts.map((part, index) =>
      resultOfPart(part, { outcome: this.#run!.groups[index]!.outcome!, interrupted, hasEnd })
    );
    if (this.#given !== undefined) return await this.#reportScenario(this.#given, results);
    const problems = [];
    for (const [index, { outputs, observer }] of this.#parts.entries()) {
      const others = index === 0 ? results.slice(1) : [];
      problems.push(...await outputs.finish(results[index]!, observer.reports.records, others));
    }
    await this.#print(problems, (options) => results.map((one) => summaryText(one, options)).join("\n"));
    if (problems.length > 0) return EXIT.failure;
    return worstCode(results.map(({ verdict }) => verdict.exitCode));
  }

  /** The record of all groups and steps, with the one verdict on them. */
  async #reportScenario(given: SessionScenario, results: readonly RunResult[]): Promise<ExitCode> {
    const record = this.#record(given, results);
    const problems = await this.#leave(given, record, results);
    await this.#print(problems, (options) => scenarioSummaryText(record, results, options));
    return problems.length > 0 ? EXIT.failure : worstCode([record.verdict.exitCode]);
  }

  /** What a scenario leaves behind, its trace to the last line. @returns what could not be written */
  async #leave(
    { finish }: SessionScenario,
    record: ScenarioRecord,
    results: readonly RunResult[],
  ): Promise<readonly OutputError[]> {
    const traced = await Promise.all(this.#parts.map(({ outputs }) => outputs.trace?.close()));
    return [...await finish(record, results), ...traced.filter((problem) => problem !== undefined)];
  }

  #record({ scenario, settings, process }: SessionScenario, results: readonly RunResult[], failure?: string) {
    const place = process?.place;
    return recordOf({
      scenario,
      settings,
      run: this.#run!,
      plans: this.#plans,
      results,
      failure,
      place,
      backlogs: this.#backlogs.points,
    });
  }

  /** The summary goes to stdout unless results go there; where stdout is gone, stderr gets it. */
  async #print(
    problems: readonly OutputError[],
    text: (options: SummaryOptions) => string,
  ): Promise<void> {
    const { stdout, stderr, env } = this.#io;
    const { color } = this.#plans[0]!.config;
    const isTaken = this.#given?.usesStdout ?? this.#parts.some(({ outputs }) => outputs.usesStdout);
    const stream = isTaken ? stderr : stdout;
    const textFor = (target: typeof stream): string => {
      const isColored = detectColorDepth(env, target.isTerminal(), color) !== "none";
      const width = target.isTerminal() ? { width: this.#io.terminal.size().columns } : {};
      return text({ color: isColored, ...width });
    };
    try {
      await writeText(stream, textFor(stream));
    } catch {
      await writeText(stderr, textFor(stderr)).catch(() => {});
    }
    const lines = problems.map(({ message }) => `${clean(message)}\n`).join("");
    await writeText(stderr, lines).catch(() => {});
  }
}
