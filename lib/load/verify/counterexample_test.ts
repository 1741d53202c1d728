import assert from "node:assert/strict";
import { chosen, type Counterexample, type CounterexampleKind } from "./counterexample.ts";

const some = (kind: CounterexampleKind, count: number): Counterexample[] =>
  Array.from({ length: count }, (_, from) => ({ kind, run: "r", from }));

Deno.test("many examples of one kind leave room for the others, and few leave theirs to the first", () => {
  const counts = (...sizes: number[]): number[] => {
    const kinds = (["lost", "duplicate", "outOfOrder", "corrupt"] as const).map((kind, at) =>
      some(kind, sizes[at]!)
    );
    const all = chosen(kinds);
    return kinds.map(([first]) => all.filter(({ kind }) => kind === first?.kind).length);
  };
  assert.deepEqual(counts(20, 20, 20, 20), [5, 5, 5, 5]);
  assert.deepEqual(counts(20, 0, 0, 1), [19, 0, 0, 1]);
  assert.deepEqual(counts(2, 20, 3, 0), [2, 15, 3, 0]);
  assert.deepEqual(counts(0, 0, 0, 0), [0, 0, 0, 0]);
});
