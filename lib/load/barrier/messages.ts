/** What the processes of one run say to each other on its control topic: one JSON object a message. */
import type { Role } from "../../config/run_config.ts";

/** A process's place in the run. */
export interface Place {
  readonly role: Role;
  readonly index: number;
  /** Processes of this role. */
  readonly of: number;
}

/** Where a clock stands: microseconds to add to it to get the reference's time, and how wrong that may be. */
export interface ClockReading {
  readonly offset: number;
  readonly error: number;
}

export type ControlMessage =
  /** A process is there; `id` is its own for every start. */
  | ({ readonly kind: "hello"; readonly id: string } & Place)
  | { readonly kind: "ping"; readonly id: string; readonly to: string; readonly round: number }
  /** Times of the answering clock, epoch microseconds. `reading` is absent while that clock is not set itself. */
  | {
    readonly kind: "pong";
    readonly id: string;
    readonly to: string;
    readonly round: number;
    readonly heard: number;
    readonly answered: number;
    readonly reading?: ClockReading | undefined;
  }
  /** Connected to everything; `doubt` is how far this process's corrected clock may be off, microseconds. */
  | { readonly kind: "ready"; readonly id: string; readonly doubt: number }
  /** Gave up before the start. */
  | { readonly kind: "gone"; readonly id: string; readonly reason: string }
  /** All begin at this moment of the reference clock, epoch microseconds. The first one on the topic counts. */
  | { readonly kind: "start"; readonly id: string; readonly at: number };

export function encodeControl(message: ControlMessage): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(message));
}

type Fields = Readonly<Record<string, "string" | "number">>;

const FIELDS: Readonly<Record<ControlMessage["kind"], Fields>> = {
  hello: { role: "string", index: "number", of: "number" },
  ping: { to: "string", round: "number" },
  pong: { to: "string", round: "number", heard: "number", answered: "number" },
  ready: { doubt: "number" },
  gone: { reason: "string" },
  start: { at: "number" },
};

/** Undefined for what is none of ours: the topic may be written to by anybody. */
export function decodeControl(bytes: Uint8Array): ControlMessage | undefined {
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch {
    return undefined;
  }
  if (!isRecord(value) || typeof value.kind !== "string" || typeof value.id !== "string") return undefined;
  const fields = Object.hasOwn(FIELDS, value.kind) ? FIELDS[value.kind as ControlMessage["kind"]] : undefined;
  if (fields === undefined || !hasFields(value, fields)) return undefined;
  if (value.kind === "hello" && value.role !== "producer" && value.role !== "consumer") return undefined;
  if (value.kind === "pong" && value.reading !== undefined && !isReading(value.reading)) return undefined;
  return value as unknown as ControlMessage;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function hasFields(value: Record<string, unknown>, fields: Fields): boolean {
  return Object.entries(fields).every(([name, type]) =>
    typeof value[name] === type && (type !== "number" || Number.isFinite(value[name]))
  );
}

function isReading(value: unknown): value is ClockReading {
  return isRecord(value) && hasFields(value, { offset: "number", error: "number" });
}
