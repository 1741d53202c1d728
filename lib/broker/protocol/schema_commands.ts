/** GET_SCHEMA and GET_OR_CREATE_SCHEMA: failures have fields of their own in the answers. */
import type { CommandBody } from "../../wire/command.ts";
import { serverErrorCode } from "../../wire/enums.ts";
import { Refusal } from "../refusal.ts";
import type { Session } from "./session.ts";
import { parseTopicName } from "../topic_name.ts";

export function handleGetSchema({ core, peer }: Session, body: CommandBody<"getSchema">): void {
  const { requestId } = body;
  try {
    const found = core.schemas.find(parseTopicName(body.topic).base, body.schemaVersion);
    if (found === undefined) {
      throw new Refusal("TopicNotFound", `Topic not found or no-schema: '${body.topic}'`);
    }
    peer.send("getSchemaResponse", { requestId, schema: found.schema, schemaVersion: found.version });
  } catch (error) {
    peer.send("getSchemaResponse", { requestId, ...failure(error) });
  }
}

export function handleGetOrCreateSchema(
  { core, peer }: Session,
  body: CommandBody<"getOrCreateSchema">,
): void {
  const { requestId } = body;
  try {
    const { base } = parseTopicName(body.topic);
    if (core.topicsUnder(base).length === 0) {
      throw new Refusal("TopicNotFound", `topic '${body.topic}' does not exist`);
    }
    const schemaVersion = core.schemas.add(base, body.schema);
    peer.send("getOrCreateSchemaResponse", { requestId, schemaVersion });
  } catch (error) {
    peer.send("getOrCreateSchemaResponse", { requestId, ...failure(error) });
  }
}

function failure(error: unknown): { errorCode: number; errorMessage: string } {
  if (!(error instanceof Refusal)) throw error;
  return { errorCode: serverErrorCode(error.code), errorMessage: error.message };
}
