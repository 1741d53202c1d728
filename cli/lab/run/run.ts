/** `lab run`: from a scenario file to a verdict. */
import type { BrokerHandle } from "../../../lib/broker/mod.ts";
import { startBrokerInWorker } from "../../../lib/broker/mod.ts";
import type { Layer } from "../../../lib/config/config_file.ts";
import { readEnvironment } from "../../../lib/config/environment.ts";
import { clean } from "../../../lib/config/foreign_text.ts";
import { ConfigError } from "../../../lib/config/source.ts";
import { exitCodeOf } from "../../errors.ts";
import { readOrFail } from "../../../lib/config/profiles.ts";
import type { RunConfig } from "../../../lib/config/run_config.ts";
import { adminOf } from "../../../lib/load/run/topics.ts";
import { readScenario, readSweep, type ScenarioInput } from "../../../lib/scenario/file/read.ts";
import { factsOf } from "../../../lib/scenario/omb/facts.ts";
import { prepareTopics } from "../../../lib/scenario/topics/prepare.ts";
import type { ProducerGroup, Scenario, SubscriptionGroup } from "../../../lib/scenario/types.ts";
import { pointedAt } from "../../embedded.ts";
import type { ExitCode } from "../../exit_codes.ts";
import { print, readEnv, reportError } from "../../main.ts";
import { readTextFile } from "../../read_text_file.ts";
import { denoSessionIo } from "../../session/io.ts";
import { makePlan, type Plan } from "../../session/plan.ts";
import { Session } from "../../session/session.ts";
import { ombScenario, ombWriter, type ResultWriter } from "./omb.ts";
import { planText } from "./plan_text.ts";
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
  const { file, flags, overrides } = request;
  const text = readOrFail(file, readTextFile, { kind: "flag", flag: "file" });
  const omb = ombScenario(request, text);
  const input: ScenarioInput = {
    path: file,
    text: omb?.scenario ?? text,
    flags,
    env: readEnvironment(Deno.env),
    readFile: readTextFile,
    runId: crypto.randomUUID().slice(0, 8),
    overrides: omb === undefined ? overrides : undefined,
  };
  const combinations = readSweep(input);
  // All of them are read before the first one runs.
  const all = combinations.map((values) =>
    readScenario({ ...input, overrides: new Map([...input.overrides ?? [], ...values]) })
  );
  const prepared = all.map(({ scenario, notices }) => {
    const plans = plansOf(scenario, [...omb?.notes ?? [], ...notices]);
    const [{ config }] = plans as [Plan];
    checkMeans(scenario, {
      hasAdmin: config.adminUrl !== undefined || config.embedded !== undefined,
      isEmbedded: config.embedded !== undefined,
      allowCommands: request.allowCommands,
    });
    return { scenario, plans };
  });
  if (request.dryRun) {
    print(prepared.map(({ scenario }) => planText(scenario)).join("\n"));
    return 0;
  }
  let worst: ExitCode = 0;
  for (const { scenario, plans } of prepared) {
    const write = request.ombOutput === undefined
      ? undefined
      : await ombWriter(request.ombOutput, omb?.facts ?? factsOf(scenario));
    const code = await runOnce(scenario, plans, request, write);
    worst = Math.max(worst, code) as ExitCode;
  }
  return worst;
}

/** One plan for each group, producers first. */
function plansOf(scenario: Scenario, notices: readonly string[]): Plan[] {
  const groups: readonly (ProducerGroup | SubscriptionGroup)[] = [
    ...scenario.producers,
    ...scenario.subscriptions,
  ];
  return groups.map(({ name, config, sources, topics, perTopic, startMs }, index) => {
    const token = config.tokenEnv === undefined ? undefined : readEnv(config.tokenEnv);
    return {
      ...makePlan(withoutOutputs(config), sources, token),
      name,
      topics: { names: topics, perTopic },
      startMs,
      streamInstance: index,
      notices: index === 0 ? notices : [],
    };
  });
}

/** Results are the scenario's. */
function withoutOutputs<C extends RunConfig>(config: C): C {
  return {
    ...config,
    output: undefined,
    csv: undefined,
    hdrLog: undefined,
    html: undefined,
    events: undefined,
    metricsPort: undefined,
    json: false,
  };
}

async function runOnce(
  scenario: Scenario,
  plans: readonly Plan[],
  request: RunRequest,
  write: ResultWriter | undefined,
): Promise<ExitCode> {
  const { embedded } = plans[0]!.config;
  const broker: BrokerHandle | undefined = embedded === undefined
    ? undefined
    : await startBrokerInWorker({ mode: embedded });
  const ended = new AbortController();
  try {
    const aimed = broker === undefined
      ? plans
      : plans.map((plan) => ({ ...plan, config: pointedAt(plan.config, broker) }));
    const { config, token } = aimed[0]!;
    const admin = await adminOf(config, token, ended.signal);
    await prepareTopics(scenario, admin);
    const world = worldOf(admin, broker, request.allowCommands);
    return await new Session(aimed, denoSessionIo(), { scenario, world, write }).run();
  } finally {
    ended.abort();
    await broker?.stop();
  }
}
