/** Counterexamples in plain words: the same in the summary and on the page. */
import { formatCount, formatDuration, plural } from "../../config/units.ts";
import type { ConnectionRecord, Counterexample, PlaceRecord } from "../../load/verify/counterexample.ts";

/** `lost: message 1,200 of stream 00003001 on 'persistent://…'; acknowledged as 12:5 at 10:00:03.123 UTC; …`. */
export function counterexampleText(example: Counterexample): string {
  const { sent = [], copies = [], connections = [], missing = [] } = example;
  const [first] = [...sent, ...copies];
  return [
    `${KIND_WORDS[example.kind]}: ${whatText(example)}`,
    ...(sent.length === 0 ? [] : [`acknowledged as ${sent.map(placeText).join(" to ")}`]),
    ...(copies.length === 0 ? [] : [
      `received as ${
        copies.map((copy) =>
          `${placeText(copy)} by worker ${copy.worker}${copy.redelivered ? ", delivered again" : ""}`
        ).join(" and as ")
      }`,
    ]),
    ...(example.explained === undefined
      ? []
      : [example.explained ? "its producer had sent it again" : "its producer had not sent it again"]),
    ...connections.map((event) => connectionText(event, first)),
    ...missing.map((text) => `not known is ${text}`),
  ].join("; ");
}

const KIND_WORDS: Readonly<Record<Counterexample["kind"], string>> = {
  lost: "lost",
  duplicate: "duplicated",
  outOfOrder: "out of order",
  corrupt: "corrupt",
};

function whatText(
  { stream, from, to, worker, instance, lane, messages, reason, topic }: Counterexample,
): string {
  const where = topic === undefined ? "" : ` on '${topic}'`;
  if (stream === undefined || from === undefined || to === undefined) {
    return `${plural(messages ?? 1, "message")} of an entry${where} (${reason ?? "damaged"})`;
  }
  const which = to - from === 1
    ? `message ${formatCount(from)}`
    : `messages ${formatCount(from)} to ${formatCount(to - 1)}`;
  const sender = worker === undefined
    ? `instance ${instance ?? 0}`
    : `instance ${instance ?? 0}, worker ${worker}, producer ${lane}`;
  return `${which} of stream ${stream.toString(16).padStart(8, "0")} (${sender})${where}`;
}

function placeText({ ledgerId, entryId, atUs }: PlaceRecord): string {
  // Without a place, the broker had the entry already.
  const place = ledgerId < 0 ? "an entry it had already" : `${ledgerId}:${entryId}`;
  return `${place} at ${clockText(atUs)}`;
}

function connectionText(
  { side, worker, atUs, lostBy }: ConnectionRecord,
  first: PlaceRecord | undefined,
): string {
  const what = lostBy === undefined ? "had its connection back" : `lost its connection (${lostBy})`;
  if (first === undefined) return `${side} ${worker} ${what} at ${clockText(atUs)}`;
  const micros = atUs - first.atUs;
  return `${side} ${worker} ${what} ${formatDuration(Math.abs(micros))} ${
    micros < 0 ? "before" : "after"
  } that`;
}

/** `10:00:03.123 UTC`. */
function clockText(atUs: number): string {
  const date = new Date(atUs / 1000);
  return Number.isNaN(date.getTime()) ? `${Math.round(atUs)} µs` : `${date.toISOString().slice(11, 23)} UTC`;
}
