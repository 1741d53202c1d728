/** `lab run`: from a scenario file to a verdict. */
import type { BrokerHandle } from "../../../lib/broker/mod.ts";
import { startBrokerInWorker } from "../../../lib/broker/mod.ts";
import type { Layer } from "../../../lib/config/config_file.ts";
import { readEnvironment } from "../../../lib/config/environment.ts";
import { clean } from "../../../lib/config/foreign_text.ts";
import { ConfigError } from "../../../lib/config/source.ts";
import { exitCodeOf } from "../../errors.ts";
import { adminOf } from "../../../lib/load/run/topics.ts";
import { type ReadScenario, readScenario } from "../../../lib/scenario/file/read.ts";
import { factsOf } from "../../../lib/scenario/omb/facts.ts";
import { prepareTopics } from "../../../lib/scenario/topics/prepare.ts";
import type { Scenario, Step } from "../../../lib/scenario/types.ts";
import { pointedAt } from "../../embedded.ts";
import { EXIT, type ExitCode, worstCode } from "../../exit_codes.ts";
import { print } from "../../console.ts";
import { reportError } from "../../main.ts";
import { runBeside } from "../../session/beside_broker.ts";
import { denoSessionIo } from "../../session/io.ts";
import type { Plan } from "../../session/plan.ts";
import { versions } from "../../session/host.ts";
import { sweepSummaryText } from "../../../lib/report/formats/scenario_summary.ts";
import { sweepRecord } from "../../../lib/report/result/scenario_record.ts";
import type { StepRule } from "../../../lib/report/thresholds/step_rules.ts";
import { Session } from "../../session/session.ts";
import type { SessionScenario } from "../../session/session_scenario.ts";
import { ombWriter } from "./omb.ts";
import { embeddedMemory } from "./embedded_memory.ts";
import { openScenario } from "./open.ts";
import { type Done, RunOutputs } from "./outputs.ts";
import { rulesOf } from "./rules.ts";
import { planText } from "./plan_text.ts";
import { plansOf } from "./plans.ts";
import { meetOthers, tellOthers } from "./others.ts";
import { partOf, type Place, placeOf, withoutPlace } from "./place.ts";
import { checkMeans, worldOf } from "./world.ts";

export interface RunRequest {
  readonly file: string;
  /** Of the option table. */
  readonly flags: Layer;
  /** Values in place of the file's, by their path. */
  readonly overrides: ReadonlyMap<string, string>;
  readonly dryRun: boolean;
  readonly allowCommands: boolean;
  readonly driverFile: string | undefined;
  readonly ombOutput: string | undefined;
}

const PROGRAM = "lab run";

export async function labRun(request: RunRequest): Promise<ExitCode> {
  const isDebug = request.flags.get("debug")?.texts.at(-1) === "true";
  try {
    return await perform(request);
  } catch (error) {
    if (!(error instanceof ConfigError)) return reportError(PROGRAM, error, { debug: isDebug });
    // One line for each mistake, so that an editor can jump there.
    for (const { message } of error.problems) console.error(`${PROGRAM}: ${clean(message)}`);
    return exitCodeOf(error);
  }
}

async function perform(request: RunRequest): Promise<ExitCode> {
  const { flags } = request;
  const env = readEnvironment(Deno.env);
  const { input, omb, combinations } = openScenario(request, "file", {
    flags: withoutPlace(flags),
    env,
    runId: crypto.randomUUID().slice(0, 8),
  });
  const isSweep = combinations.length > 1;
  // All of them are read before the first one runs.
  const prepared = combinations.map((values) => {
    const { scenario, notices } = readScenario({
      ...input,
      overrides: new Map([...input.overrides!, ...values]),
    });
    const place = placeOf(flags, env, scenario, scenario.runId !== input.runId);
    if (place !== undefined && isSweep) throw noSweep("--instances", combinations.length);
    if (flags.has("trace") && isSweep) throw noSweep("--trace", combinations.length);
    return prepare(
      { scenario, notices: [...omb?.notes ?? [], ...notices] },
      place,
      request,
      isSweep ? Object.fromEntries(values) : undefined,
    );
  });
  if (request.dryRun) {
    print(prepared.map(({ part, place }) => planText(part, place)).join("\n"));
    return EXIT.ok;
  }
  const outputs = await RunOutputs.open(flags);
  const { ombOutput } = request;
  const usesStdout = outputs.usesStdout || [ombOutput, flags.get("trace")?.texts.at(-1)].includes("-");
  const facts = omb?.facts ?? factsOf(prepared[0]!.scenario);
  const writeOmb = ombOutput === undefined ? undefined : await ombWriter(ombOutput, facts, isSweep);
  const done: Done[] = [];
  const startedAtUs = Date.now() * 1000;
  const run = (one: Prepared): Promise<ExitCode> =>
    runOnce(one, request, usesStdout, async (record, results) => {
      done.push({ record, results });
      // A sweep is written when it is whole.
      const problems = isSweep ? [] : await outputs.write(done);
      return [...problems, ...await writeOmb?.(results) ?? []];
    });
  if (!isSweep) return await run(prepared[0]!);
  try {
    for (const one of prepared) if (await run(one) === EXIT.interrupted) break;
  } catch (error) {
    // What has been measured before is not lost with it.
    if (done.length > 0) await reportSweep(prepared[0]!.scenario, done, startedAtUs, outputs);
    throw error;
  }
  return await reportSweep(prepared[0]!.scenario, done, startedAtUs, outputs);
}

async function reportSweep(
  { name, description }: Scenario,
  done: readonly Done[],
  startedAtUs: number,
  outputs: RunOutputs,
): Promise<ExitCode> {
  const sweep = sweepRecord({
    name,
    description,
    startedAtUs,
    endedAtUs: Date.now() * 1000,
    versions: versions(),
    points: done.map(({ record }) => ({
      settings: record.settings ?? {},
      groups: record.groups.map((group) => group.name),
      verdict: record.verdict,
    })),
  });
  const problems = await outputs.write(done, sweep);
  for (const { message } of problems) console.error(clean(message));
  const text = sweepSummaryText(sweep, done.map(({ results }) => results), { color: false });
  if (outputs.usesStdout) console.error(text);
  else print(text);
  return problems.length > 0 ? EXIT.failure : worstCode([sweep.verdict.exitCode]);
}

function noSweep(flag: string, combinations: number): ConfigError {
  const message =
    `${flag} is for one scenario, and this file sweeps over ${combinations} combinations: run them one by one, ` +
    "each with --set and a --run-id of its own";
  return new ConfigError([{ message, source: { kind: "flag", flag } }]);
}

interface Prepared {
  readonly scenario: Scenario;
  /** What this process has of it: all, unless others run it too. */
  readonly part: Scenario;
  readonly place: Place | undefined;
  readonly plans: readonly Plan[];
  readonly rules: ReadonlyMap<Step, readonly StepRule[]>;
  readonly settings: Readonly<Record<string, string>> | undefined;
  /** Of the embedded broker, if there is one. */
  readonly memoryBytes: number | undefined;
}

/** @throws {ConfigError} for whatever cannot be, before anything is started */
function prepare(
  { scenario, notices }: ReadScenario,
  place: Place | undefined,
  request: RunRequest,
  settings: Prepared["settings"],
): Prepared {
  const part = place === undefined ? scenario : partOf(scenario, place);
  const plans = plansOf(part, notices);
  const [{ config }] = plans as [Plan];
  // What is only told of needs nothing.
  if (!request.dryRun) {
    checkMeans(scenario, {
      hasAdmin: config.adminUrl !== undefined || config.embedded !== undefined,
      isEmbedded: config.embedded !== undefined,
      allowCommands: request.allowCommands,
    });
  }
  const memoryBytes = config.embedded === undefined
    ? undefined
    : embeddedMemory(scenario, Deno.systemMemoryInfo().total);
  return { scenario, part, place, plans, rules: rulesOf(scenario, part), settings, memoryBytes };
}

async function runOnce(
  { scenario, place, plans, rules, settings, memoryBytes }: Prepared,
  { allowCommands }: RunRequest,
  usesStdout: boolean,
  finish: SessionScenario["finish"],
): Promise<ExitCode> {
  const { embedded } = plans[0]!.config;
  const broker: BrokerHandle | undefined = embedded === undefined
    ? undefined
    : await startBrokerInWorker({ mode: embedded, ...(memoryBytes && { maxBacklogBytes: memoryBytes }) });
  const ended = new AbortController();
  try {
    const aimed = broker === undefined
      ? plans
      : plans.map((plan) => ({ ...plan, config: pointedAt(plan.config, broker) }));
    const { config, token } = aimed[0]!;
    const admin = await adminOf(config, token, ended.signal);
    const world = worldOf(admin, broker, allowCommands);
    const given = { scenario, world, rules, settings, usesStdout, finish };
    const prepare = (): Promise<void> => prepareTopics(scenario, admin);
    if (place === undefined) {
      return await runBeside(broker, new Session(aimed, denoSessionIo(), { ...given, prepare }));
    }
    // Whoever meets the first process finds everything made.
    if (place.index === 0) {
      await prepare().catch(async (error) => {
        await tellOthers(
          scenario,
          place,
          config,
          token,
          error instanceof Error ? error.message : String(error),
        );
        throw error;
      });
    }
    const process = await meetOthers(scenario, place, config, token, PROGRAM);
    const together = process.together.agree();
    const agreed = aimed.map((plan) => ({ ...plan, config: { ...plan.config, together } }));
    return await new Session(agreed, denoSessionIo(), {
      ...given,
      process,
      prepare: () => Promise.resolve(),
    }).run();
  } finally {
    ended.abort();
    await broker?.stop();
  }
}
