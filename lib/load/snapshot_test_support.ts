/** Parts of snapshots in which nothing has happened yet. */
import type { Counters, Integrity } from "./snapshot.ts";

export const ZERO_COUNTERS: Counters = {
  messages: 0,
  bytes: 0,
  wireBytes: 0,
  entries: 0,
  sent: 0,
  failed: 0,
  missed: 0,
  missedLate: 0,
  blockedMicros: 0,
  reconnects: 0,
  redelivered: 0,
  nacked: 0,
};

export const NOTHING_VERIFIED: Readonly<Integrity> = {
  mode: "count",
  streams: 0,
  verified: 0,
  lost: 0,
  duplicates: 0,
  outOfOrder: 0,
  corrupt: 0,
  foreign: 0,
};
