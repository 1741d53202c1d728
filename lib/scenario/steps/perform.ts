/** Carries out one step of a scenario. */
import { type Admin, AdminError } from "../../client/mod.ts";
import { formatBytes, formatRate, plural } from "../../config/units.ts";
import type { LoadRun } from "../../load/run/load_run.ts";
import { eachOf } from "../../transport/each_of.ts";
import { ADMIN_AT_ONCE } from "../topics/prepare.ts";
import type { EmbeddedFault, Scenario, StepAction } from "../types.ts";

/** What steps act upon, besides the load itself. */
export interface StepWorld {
  readonly admin?: Admin | undefined;
  /** Injects a fault into the embedded broker; resolves to the number of connections concerned. */
  readonly fault?: ((fault: EmbeddedFault) => Promise<number>) | undefined;
  /** Runs a program, until the signal fires; resolves to what it printed last. Absent where commands are not allowed. */
  readonly command?: ((words: readonly string[], signal?: AbortSignal) => Promise<string>) | undefined;
}

/** A step that cannot be carried out. */
export class StepError extends Error {
  override readonly name = "StepError";
  readonly code = "Step";
}

/** Actions that are not done at once are the timeline's own. */
export type ImmediateAction = Exclude<StepAction, { kind: "hold" | "stage" }>;

export interface Stage {
  readonly scenario: Pick<Scenario, "topics" | "subscriptions">;
  readonly world: StepWorld;
  /** Fires when somebody has stopped the load: nothing is waited for any more. */
  readonly stopped?: AbortSignal | undefined;
  /** @returns the run of a group; undefined where other processes have all of it */
  run(group: string): LoadRun | undefined;
  /** Where several processes run the scenario: this one's part of a group's producers or consumers. */
  share?(group: string): number;
  /** Whether another process does to the cluster what is done once. */
  readonly follows?: boolean | undefined;
}

/** What a step did here when all of it is done by other processes. */
export const ELSEWHERE = "done by another process";

/**
 * @returns what was done, in words
 * @throws whatever keeps it from being done
 */
export async function perform(action: ImmediateAction, stage: Stage): Promise<string> {
  switch (action.kind) {
    case "pause":
    case "resume":
    case "rate":
    case "size":
    case "workers":
      return await changeLoad(action, stage);
    case "fault":
      return stage.follows ? ELSEWHERE : await inject(action.fault, stage.world);
    case "command":
      return stage.follows ? ELSEWHERE : await runCommand(action.words, stage);
    default: {
      const text = stage.follows ? ELSEWHERE : await administer(action, stage, adminOf(stage.world));
      // What the broker drops now is lost to nobody.
      if (action.kind === "expire" || action.kind === "deleteSubscription") {
        for (const name of action.subscriptions) stage.run(name)?.integrity.forgive();
      }
      return text;
    }
  }
}

type LoadAction = ImmediateAction & { kind: "pause" | "resume" | "rate" | "size" | "workers" };

/** Changes what this process has of the groups. */
async function changeLoad(action: LoadAction, { run, share = () => 1 }: Stage): Promise<string> {
  const { groups } = action;
  const here = groups.flatMap((group) => {
    const load = run(group);
    return load === undefined ? [] : [{ group, load }];
  });
  if (here.length === 0) return ELSEWHERE;
  switch (action.kind) {
    case "pause":
    case "resume":
      for (const { load } of here) load[action.kind]();
      return `${action.kind}d ${groups.join(", ")}`;
    case "rate": {
      const { rate } = action;
      for (const { group, load } of here) {
        load.setRate(typeof rate === "number" ? rate * share(group) : rate);
      }
      return typeof rate === "number" ? formatRate(rate) : rate;
    }
    case "size": {
      const { size } = action;
      for (const { load } of here) await load.reconfigure({ size });
      return size.kind === "fixed" ? `messages of ${formatBytes(size.bytes)}` : "other sizes";
    }
    case "workers":
      for (const { load } of here) await load.resize(action.workers);
      return here.map(({ group, load }) => `${group} has ${plural(load.workers, "worker")}`).join(", ");
  }
}

type AdminAction = Exclude<ImmediateAction, LoadAction | { kind: "fault" | "command" }>;

async function administer(
  action: AdminAction,
  stage: Stage,
  admin: Admin,
): Promise<string> {
  const { topics: groups, subscriptions } = stage.scenario;
  const topicsOf = (name: string): readonly string[] => groups.find((group) => group.name === name)!.topics;
  const each = async (
    names: readonly string[],
    act: (topic: string, subscription: string) => Promise<unknown>,
  ) => {
    for (const name of names) {
      const { topics, config } = subscriptions.find((group) => group.name === name)!;
      await eachOf(topics, ADMIN_AT_ONCE, (topic) => act(topic, config.subscription));
    }
  };
  switch (action.kind) {
    case "partitions": {
      const topics = topicsOf(action.topics);
      await eachOf(topics, ADMIN_AT_ONCE, (topic) => admin.ensurePartitions(topic, action.partitions));
      return `${plural(topics.length, "topic")} with ${plural(action.partitions, "partition")}`;
    }
    case "unload": {
      const topics = topicsOf(action.topics);
      await eachOf(topics, ADMIN_AT_ONCE, (topic) => admin.unload(topic));
      return `${plural(topics.length, "topic")} unloaded`;
    }
    case "unloadNamespace":
      await admin.unloadNamespace(action.namespace, action.bundle);
      return action.bundle === undefined
        ? `${action.namespace} unloaded`
        : `bundle ${action.bundle} unloaded`;
    case "terminate": {
      const topics = topicsOf(action.topics);
      await eachOf(topics, ADMIN_AT_ONCE, (topic) => admin.terminate(topic));
      return `${plural(topics.length, "topic")} terminated`;
    }
    case "expire": {
      let expired = 0;
      await each(action.subscriptions, async (topic, subscription) => {
        try {
          await admin.expireMessages(topic, subscription, action.seconds);
          expired++;
        } catch (error) {
          // Nothing there is that old.
          if (!(error instanceof AdminError && error.status === 409)) throw error;
        }
      });
      return `messages older than ${action.seconds} s expired on ${plural(expired, "topic")}`;
    }
    case "deleteSubscription":
      await each(
        action.subscriptions,
        (topic, subscription) => admin.deleteSubscription(topic, subscription),
      );
      return `${action.subscriptions.join(", ")} deleted`;
  }
}

function adminOf({ admin }: StepWorld): Admin {
  if (admin === undefined) throw new StepError("the step takes the admin interface: give --admin-url");
  return admin;
}

async function inject(fault: EmbeddedFault, { fault: act }: StepWorld): Promise<string> {
  if (act === undefined) {
    throw new StepError(`fault '${fault.kind}' is of the embedded broker alone: --embedded`);
  }
  const count = await act(fault);
  return fault.kind === "dropConnections" ? `${plural(count, "connection")} cut` : fault.kind;
}

async function runCommand(words: readonly string[], { world: { command }, stopped }: Stage): Promise<string> {
  if (command === undefined) {
    throw new StepError(`command '${words.join(" ")}' was not allowed: --allow-commands`);
  }
  return await command(words, stopped);
}
