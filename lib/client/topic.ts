/** Topic names for callers of the client: what is wrong with one is thrown. */
import { parseTopicName, type TopicName } from "../wire/topic_name.ts";
import { InvalidNameError } from "./errors.ts";

export { partitionIndex, partitionName, type TopicName } from "../wire/topic_name.ts";

/** @throws {InvalidNameError} naming what is wrong */
export function parseTopic(text: string): TopicName {
  const name = parseTopicName(text);
  if (typeof name === "string") throw new InvalidNameError(`topic '${text}' ${name}`);
  return name;
}
