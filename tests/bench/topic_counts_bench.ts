/** Cost of counting by topic, once per entry: `deno bench -P --no-check tests/bench/topic_counts_bench.ts`. */
import { createTopicPlaces, TopicCounter, TopicCounts } from "../../lib/load/metrics/topic_counts.ts";

const TOPICS = 1000;
const places = createTopicPlaces(TOPICS);
const counter = new TopicCounter(places);
const topics = Array.from({ length: TOPICS }, (_, index) => `t-${index}`);
const counts = new TopicCounts(places, () => topics);
let turn = 0;

Deno.bench("an entry is counted by its topic", () => counter.add(turn = (turn + 1) % TOPICS, 100));
Deno.bench("a thousand topics are read", () => {
  counts.read();
});
