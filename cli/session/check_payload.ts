/** Whether workers will be able to make the payloads that a configuration asks for. */
import type { ProducerConfig } from "../../lib/config/run_config.ts";
import { Generator } from "../../lib/load/generator/generator.ts";
import { hashRunId } from "../../lib/load/header/header.ts";

/** @throws {GeneratorError} when they will not; payloads from a file are left for when the file is read */
export function checkPayload(config: ProducerConfig): void {
  if (config.payload === "file") return;
  new Generator({
    ...config,
    runHash: hashRunId(config.runId),
    producer: config.producerName ?? `${config.runId}-0-0`,
    worker: 0,
    keyPerBatch: true,
  });
}
