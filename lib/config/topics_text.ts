/** The topics of a run by name: of several, how many there are, and the first. */
import { plural } from "./units.ts";

/** `orders`, or `1,000 topics, first orders-0`. */
export function topicsText(
  { topic, topics = 1 }: { readonly topic: string; readonly topics?: number },
): string {
  return topics > 1 ? `${plural(topics, "topic")}, first ${topic}` : topic;
}
