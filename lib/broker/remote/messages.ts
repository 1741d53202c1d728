/** What is said between the thread that wants a broker and the worker that has it. */
import type { BrokerHandle } from "../handle.ts";
import type { BrokerOptions } from "../options.ts";

/** Methods that are passed on to the worker; their arguments and results are plain data. */
export const REMOTE_METHODS = [
  "createTopic",
  "createPartitionedTopic",
  "deleteTopic",
  "terminate",
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

/** An error as plain data: classes do not survive the way. */
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
