/** What a client can tell of how long its turning points took: whoever measures connecting takes it from here. */

/**
 * `connect`: a new connection, from dialling to the end of the handshake; `lookup`: finding a topic's broker, without the
 * time of connecting; `create`: from the request for a producer or consumer to the broker's answer.
 */
export type TimedStep = "connect" | "lookup" | "create";

/** Called for what succeeded, in microseconds; never for a message. */
export type OnTiming = (step: TimedStep, micros: number) => void;

/** @returns microseconds since a reading of `performance.now()` */
export function microsSince(startedAt: number): number {
  return (performance.now() - startedAt) * 1000;
}
