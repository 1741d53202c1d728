import assert from "node:assert/strict";
import { createTopicPlaces, TopicCounter, TopicCounts } from "./topic_counts.ts";

const names = (count: number): string[] => Array.from({ length: count }, (_, index) => `t-${index}`);

Deno.test("each topic has its messages, whichever worker had them", () => {
  const places = createTopicPlaces(3);
  const [one, other] = [new TopicCounter(places), new TopicCounter(places)];
  const counts = new TopicCounts(places, () => names(3));
  one.add(one.placeOf(0), 10);
  other.add(other.placeOf(0), 5);
  other.add(other.placeOf(2), 7);
  const figures = counts.read();
  assert.deepEqual([figures.count, figures.together, [...figures.messages]], [3, 1, [15, 0, 7]]);
  assert.equal(figures.nameOf(2), "t-2");
  one.add(1, 1);
  assert.deepEqual([...counts.read().messages], [15, 1, 7]);
});

Deno.test("a word that goes round loses nothing", () => {
  const places = createTopicPlaces(2);
  const counter = new TopicCounter(places);
  const counts = new TopicCounts(places, () => names(2));
  for (let turn = 1; turn <= 5; turn++) {
    counter.add(1, 2 ** 31 - 1);
    counter.add(1, 2 ** 30);
    assert.equal(counts.read().messages[1], turn * (2 ** 31 - 1 + 2 ** 30));
  }
});

Deno.test("topics that are added are counted too, the last ones together where there is no word left", () => {
  const places = createTopicPlaces(2);
  const counter = new TopicCounter(places);
  let topics = names(2);
  const counts = new TopicCounts(places, () => topics);
  counter.add(counter.placeOf(1), 4);
  counts.read();
  topics = names(70);
  for (const index of [1, 65, 66, 69]) counter.add(counter.placeOf(index), 1);
  const { messages } = counts.read();
  assert.deepEqual([messages.length, messages[1], messages[65]], [66, 5, 3]);
});

Deno.test("more topics than words are counted with their neighbours", () => {
  const places = createTopicPlaces(25, 10);
  const counter = new TopicCounter(places);
  const counts = new TopicCounts(places, () => names(25));
  for (let index = 0; index < 25; index++) counter.add(counter.placeOf(index), 1);
  const { count, together, messages, nameOf } = counts.read();
  assert.deepEqual([count, together, [...messages]], [25, 3, [3, 3, 3, 3, 3, 3, 3, 3, 1]]);
  assert.equal(nameOf(8), "t-24");
});
