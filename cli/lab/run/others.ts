/** Meets the other processes that run a scenario together with this one. */
import { parseTopic } from "../../../lib/client/topic.ts";
import type { RunConfig } from "../../../lib/config/run_config.ts";
import { baseName } from "../../../lib/scenario/engine/group.ts";
import type { Word } from "../../../lib/load/barrier/start_barrier.ts";
import { OtherProcesses } from "../../../lib/scenario/processes/others.ts";
import type { Scenario } from "../../../lib/scenario/types.ts";
import { sleep } from "../../../lib/transport/timing.ts";
import { sayUnless } from "../../console.ts";
import type { ScenarioProcess } from "../../session/session_scenario.ts";
import { Together } from "../../session/together.ts";
import type { Place } from "./place.ts";

const AGAIN_MS = 1000;
/** Longest try to reach the others when all is lost. */
const TELL_MS = 10_000;

/**
 * @param config of any group of this process
 * @throws {BarrierError} when they do not come together, or have begun already
 */
export async function meetOthers(
  scenario: Scenario,
  place: Place,
  config: RunConfig,
  token: string | undefined,
  program: string,
): Promise<ScenarioProcess> {
  const common = meetingOf(scenario, place, config);
  const say = (text: string): void => sayUnless(config.quiet, program, text);
  const met: { others?: OtherProcesses } = {};
  const onWord = (word: Word): void => met.others?.hear(word);
  const join = (): Promise<Together> => Together.joinScenario(common, token, { ...place, onWord }, say);
  const together =
    await (waitsForNamespace(scenario, common.topic, place) ? retried(join, place.timeoutMs) : join());
  const groups = [...scenario.producers, ...scenario.subscriptions].map((
    { name, config: { role }, topics },
  ) => ({
    name,
    role,
    bases: new Set(topics.map(baseName)),
  }));
  // Nobody says anything of the load before all have met.
  const others = met.others = new OtherProcesses(groups, together);
  return { place, together, others };
}

/** The configuration with which all processes find each other. */
function meetingOf(scenario: Scenario, { of, timeoutMs }: Place, config: RunConfig): RunConfig {
  return { ...config, topic: scenario.topics[0]!.topics[0]!, barrier: of, barrierTimeoutMs: timeoutMs };
}

/**
 * This process, the first, cannot make what the scenario needs: the others, who wait for it, are told why. Where they
 * would meet may be what is missing; then they are not.
 */
export async function tellOthers(
  scenario: Scenario,
  place: Place,
  config: RunConfig,
  token: string | undefined,
  reason: string,
): Promise<void> {
  const timeoutMs = Math.min(TELL_MS, place.timeoutMs);
  const common = meetingOf(scenario, { ...place, timeoutMs }, config);
  const silent = { ...place, onWord: () => {} };
  try {
    const together = await Together.joinScenario(common, token, silent, () => {});
    await together.leave(reason);
  } catch {
    // The reason why this process ends is the other one.
  }
}

/** The namespace they meet in is one that the first process makes. */
function waitsForNamespace({ namespaces }: Scenario, topic: string, { index }: Place): boolean {
  const { namespace } = parseTopic(topic);
  return index > 0 && namespaces.some(({ name }) => name === namespace);
}

async function retried<T>(join: () => Promise<T>, timeoutMs: number): Promise<T> {
  const until = performance.now() + timeoutMs;
  for (;;) {
    try {
      return await join();
    } catch (error) {
      if (performance.now() >= until) throw error;
    }
    await sleep(AGAIN_MS);
  }
}
