/** Chooses the payload kind of a run from its configuration. */
import type { ProducerConfig } from "../../config/run_config.ts";
import { GeneratorError } from "./errors.ts";
import type { Payload } from "./payload.ts";
import { FilePayload } from "./payload_file.ts";
import { JsonPayload } from "./payload_json.ts";
import { PatternPayload, SequentialPayload } from "./payload_pattern.ts";
import { RandomPayload } from "./payload_random.ts";
import { TemplatePayload } from "./payload_template.ts";
import type { Random } from "./random.ts";

/** What the generator takes from the run's configuration, and what the worker adds to it. */
export interface GeneratorConfig extends
  Pick<
    ProducerConfig,
    | "payload"
    | "size"
    | "compressibility"
    | "template"
    | "keys"
    | "keyCount"
    | "keyFirst"
    | "properties"
    | "verify"
    | "seed"
    | "runId"
  > {
  /** `hashRunId(runId)`. */
  readonly runHash: number;
  /** Name in JSON payloads and templates. */
  readonly producer: string;
  /** Number of the worker among all of the run; separates its random numbers from the others'. */
  readonly worker: number;
  /** One key for all messages of a batch (Key_Shared subscriptions need that) rather than one for each. */
  readonly keyPerBatch: boolean;
  /** Payloads of kind `file`, from `loadPayloads`. */
  readonly payloads?: readonly Uint8Array[] | undefined;
}

/**
 * The payload kind that the configuration asks for.
 *
 * @param headerBytes bytes of the verification header in raw form, 0 without
 * @throws {GeneratorError}
 */
export function createPayload(config: GeneratorConfig, random: Random, headerBytes: number): Payload {
  switch (config.payload) {
    case "json":
      return new JsonPayload(config.size, random, config.producer, 2 * headerBytes);
    case "random":
      return new RandomPayload(config.size, random, config.compressibility, headerBytes);
    case "pattern":
      return new PatternPayload(config.size, random, headerBytes);
    case "sequential":
      return new SequentialPayload(config.size, random, headerBytes);
    case "file":
      return new FilePayload(config.payloads ?? [], headerBytes, config.worker);
    case "template":
      if (config.template === undefined) {
        throw new GeneratorError("template-invalid", "payload 'template' needs a template");
      }
      return new TemplatePayload(config.template, config.producer, config.runId, random, headerBytes);
  }
}
