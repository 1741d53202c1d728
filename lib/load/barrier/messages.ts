/** What the processes of one run say to each other on its control topic: one JSON object a message. */
import type { Role } from "../../config/run_config.ts";

/** A process's place in the run; of a scenario, whose processes have both roles, it is a `process`. */
export interface Place {
  readonly role: Role | "process";
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
  /** Gave up. */
  | { readonly kind: "gone"; readonly id: string; readonly reason: string }
  /** All begin at this moment of the reference clock, epoch microseconds. The first one on the topic counts. */
  | { readonly kind: "start"; readonly id: string; readonly at: number }
  | Progress
  | Sent
  | Reached;

/**
 * Of a scenario: what this process's part of each group has come to, messages and their bytes; of producers what was
 * acknowledged, of consumers what they received for the first time.
 */
export interface Progress {
  readonly kind: "progress";
  readonly id: string;
  readonly groups: Readonly<Record<string, readonly [messages: number, bytes: number]>>;
}

/** Of a scenario: the process's producers have ended, having sent so many messages to each subscription's topics. */
export interface Sent {
  readonly kind: "sent";
  readonly id: string;
  readonly groups: Readonly<Record<string, readonly [messages: number, again: number]>>;
}

/** Of a scenario: what a step waits for has come, so that nobody waits for it any longer. */
export interface Reached {
  readonly kind: "reached";
  readonly id: string;
  /** Number of the step on the timeline. */
  readonly step: number;
}

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
  progress: {},
  sent: {},
  reached: { step: "number" },
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
  if (value.kind === "hello" && !ROLES.has(value.role)) return undefined;
  if (value.kind === "pong" && value.reading !== undefined && !isReading(value.reading)) return undefined;
  if ((value.kind === "progress" || value.kind === "sent") && !isFigures(value.groups)) return undefined;
  return value as unknown as ControlMessage;
}

const ROLES: ReadonlySet<unknown> = new Set<Place["role"]>(["producer", "consumer", "process"]);

function isFigures(value: unknown): boolean {
  return isRecord(value) &&
    Object.values(value).every((pair) =>
      Array.isArray(pair) && pair.length === 2 &&
      pair.every((number) => Number.isFinite(number) && number >= 0)
    );
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
