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
  const topic = scenario.topics[0]!.topics[0]!;
  const common = { ...config, topic, barrier: place.of, barrierTimeoutMs: place.timeoutMs };
  const say = (text: string): void => sayUnless(config.quiet, program, text);
  const met: { others?: OtherProcesses } = {};
  const onWord = (word: Word): void => met.others?.hear(word);
  const join = (): Promise<Together> => Together.joinScenario(common, token, { ...place, onWord }, say);
  const together =
    await (waitsForNamespace(scenario, topic, place) ? retried(join, place.timeoutMs) : join());
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
