import assert from "node:assert/strict";
import type { TopicFigures } from "../load/snapshot.ts";
import { TopicHistory } from "./topic_rates.ts";

function figuresOf(messages: Float64Array, together = 1): TopicFigures {
  return { count: messages.length * together, together, messages, nameOf: (place) => `t-${place}` };
}

Deno.test("rates are of the last seconds, with the slowest and the silent ones", () => {
  const history = new TopicHistory();
  const messages = new Float64Array(4);
  for (let half = 0; half <= 20; half++) {
    history.add(figuresOf(messages), 100 + half / 2);
    // From the fifth second on the second one is silent.
    for (const [at, rate] of [100, half < 10 ? 100 : 0, 50, 150].entries()) messages[at]! += rate / 2;
  }
  messages.set([1000, 500, 500, 1500]);
  history.add(figuresOf(messages), 110);
  const rates = history.rates!;
  assert.deepEqual([...rates.rates], [100, 0, 50, 150]);
  assert.deepEqual([rates.min, rates.median, rates.max, rates.mean], [0, 100, 150, 75]);
  assert.deepEqual([rates.silent, rates.slowest, rates.seconds], [1, "t-1", 2]);
});

Deno.test("slow topics are looked at for longer, so that their rates can be told apart", () => {
  const history = new TopicHistory();
  const messages = new Float64Array(2);
  for (let second = 0; second <= 60; second++) {
    messages.set([second, second]);
    history.add(figuresOf(messages), second);
  }
  assert.deepEqual([history.rates!.seconds, [...history.rates!.rates]], [10, [1, 1]]);
});

Deno.test("of a place of several topics the mean of one is told", () => {
  const history = new TopicHistory();
  history.add({ ...figuresOf(new Float64Array(2), 3), count: 4 }, 0);
  assert.equal(history.rates, undefined, "no time to look at");
  history.add({ ...figuresOf(new Float64Array([60, 20]), 3), count: 4 }, 2);
  assert.deepEqual([...history.rates!.rates], [10, 10]);
});

Deno.test("topics that are added begin a memory of their own", () => {
  const history = new TopicHistory();
  history.add(figuresOf(new Float64Array([0, 0])), 0);
  history.add(figuresOf(new Float64Array([40, 40])), 2);
  history.add(figuresOf(new Float64Array([80, 80, 5])), 4);
  assert.equal(history.rates, undefined);
});
