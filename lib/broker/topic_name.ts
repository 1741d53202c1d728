/** Topic names as the embedded broker takes them: persistent ones only, and what is wrong with one is a refusal. */
import { parseTopicName as parse, type TopicName } from "../wire/topic_name.ts";
import { Refusal } from "./refusal.ts";

export { partitionName, type TopicName } from "../wire/topic_name.ts";

/**
 * Reads a topic name in any of its spellings.
 *
 * @throws {Refusal} `InvalidTopicName` for what is no name, `NotAllowedError` for the non-persistent domain
 */
export function parseTopicName(text: string): TopicName {
  const name = parse(text);
  if (typeof name === "string") {
    throw new Refusal("InvalidTopicName", `'${text}' is not a topic name: it ${name}`);
  }
  if (name.domain !== "persistent") {
    throw new Refusal(
      "NotAllowedError",
      `'${text}' is non-persistent; the embedded broker has persistent:// topics only`,
    );
  }
  return name;
}
