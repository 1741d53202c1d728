/**
 * Counterexamples of several instances. What one of them calls lost another may have received, so losses are told anew from
 * the joined verdict; what they know of other messages stays.
 */
import { chosen, type Counterexample } from "../../load/verify/counterexample.ts";
import { instanceOf } from "../../load/run/witness.ts";
import type { RunResult, SentRecord } from "../result/types.ts";
import type { JoinedIntegrity } from "./integrity.ts";

const NO_RECEIPTS =
  "its place in the topic, and what connections did: receipts are in no result ('--trace' of the producer " +
  "has them)";

export function joinExamples(
  side: readonly RunResult[],
  joined: JoinedIntegrity | undefined,
  sent: readonly SentRecord[],
): { counterexamples?: readonly Counterexample[] } {
  const all = side.flatMap(({ counterexamples = [] }) => counterexamples);
  const of = (kind: Counterexample["kind"]): Counterexample[] =>
    all.filter((example) => example.kind === kind);
  const topics = new Map(sent.flatMap(({ streams }) => streams.map(({ stream, topic }) => [stream, topic])));
  const run = side[0]!.run.id;
  const lost = joined?.lost?.map(({ stream, from, to }): Counterexample => {
    const known = of("lost").find((one) => one.stream === stream && one.from === from && one.to === to);
    const topic = topics.get(stream);
    return known ?? {
      kind: "lost",
      run,
      ...(topic === undefined ? {} : { topic }),
      stream,
      instance: instanceOf(stream),
      from,
      to,
      missing: [NO_RECEIPTS],
    };
  });
  const counterexamples = chosen([
    lost ?? of("lost"),
    of("duplicate").map((example) => explained(example, sent)),
    of("outOfOrder"),
    of("corrupt"),
  ]);
  return counterexamples.length === 0 ? {} : { counterexamples };
}

/** A consumer alone does not know what was sent again. */
function explained(example: Counterexample, sent: readonly SentRecord[]): Counterexample {
  const { stream, from = 0 } = example;
  const record = sent.flatMap(({ streams }) => streams).find((one) => one.stream === stream);
  if (record === undefined) return example;
  return { ...example, explained: record.resent?.some(([low, high]) => low <= from && from < high) ?? false };
}
