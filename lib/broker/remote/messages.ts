/**
 * Messages between the main thread and the broker's worker. The worker answers `start` with `started` or `failed`, and
 * each `call` with a `result` or an `error` of the same id. All of them are plain data.
 */
import type { BrokerHandle } from "../handle.ts";
import type { BrokerOptions } from "../options.ts";

/** Methods of the handle that the worker carries out. */
export const REMOTE_METHODS = [
  "createTopic",
  "createPartitionedTopic",
  "deleteTopic",
  "listTopics",
  "terminate",
  "unload",
  "unloadNamespace",
  "expireMessages",
  "deleteSubscription",
  "createNamespace",
  "setPolicies",
  "stats",
  "partitionedStats",
  "internalStats",
  "brokerStats",
  "inject",
  "stop",
] as const satisfies readonly (keyof BrokerHandle)[];

export type RemoteMethod = (typeof REMOTE_METHODS)[number];

export type ToWorker =
  | { readonly kind: "start"; readonly options: BrokerOptions }
  | {
    readonly kind: "call";
    readonly id: number;
    readonly method: RemoteMethod;
    readonly parameters: readonly unknown[];
  };

/** An error as plain data: structured clones lose its class. */
export interface SentError {
  readonly name: string;
  readonly message: string;
  readonly code: string | undefined;
}

export type FromWorker =
  | { readonly kind: "started"; readonly serviceUrl: string; readonly adminUrl: string }
  | { readonly kind: "failed"; readonly error: SentError }
  | { readonly kind: "result"; readonly id: number; readonly value: unknown }
  | { readonly kind: "error"; readonly id: number; readonly error: SentError };

export function describeError(error: unknown): SentError {
  if (!(error instanceof Error)) return { name: "Error", message: String(error), code: undefined };
  const { code } = error as { code?: unknown };
  return { name: error.name, message: error.message, code: typeof code === "string" ? code : undefined };
}
