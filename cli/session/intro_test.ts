import assert from "node:assert/strict";
import type { RunConfig } from "../../lib/config/run_config.ts";
import { introText } from "./intro.ts";
import { loadConfig } from "../load_config.ts";

function introOf(role: "producer" | "consumer", ...argv: string[]): string {
  const loaded = loadConfig(role, argv, {}, () => "", { runId: "r1" });
  assert.ok(loaded.kind === "run");
  return introText(loaded.config as RunConfig);
}

Deno.test("a log begins with what is run against what, how fast, for how long, and what it has to fulfil", () => {
  assert.equal(
    introOf(
      "producer",
      "--topic",
      "t",
      "-r",
      "1k",
      "-d",
      "30s",
      "--warmup",
      "2s",
      "--threshold",
      "errors==0",
    ),
    "producer  persistent://public/default/t at pulsar://localhost:6650: 1,000 msg/s for 30 s after a warm-up of " +
      "2 s, at most 10 s more for what is in flight, payload 1.00 KiB, 5 workers, profile default, run r1\nproducer  thresholds: errors==0",
  );
  assert.match(introOf("producer"), /: unlimited rate until stopped, /);
  assert.match(introOf("producer", "-n", "20k"), /: unlimited rate for 20,000 messages, /);
  assert.match(introOf("producer", "--stage", "20s:2k", "--stage", "ramp:2m:9k"), /: 2 stages for 2:20, /);
  assert.match(introOf("producer", "-r", "max"), /: highest rate wanted until stopped, /);
  assert.match(introOf("producer", "-s", "1-4KiB"), /, payload 1 B to 4\.00 KiB, /);
  assert.match(introOf("consumer", "--workers", "1"), /, subscription [\w-]+ \(shared\), 1 worker, /);
});

Deno.test("a group of a scenario is told by its name, with its topics and its time for late receipts", () => {
  const loaded = loadConfig("producer", ["-d", "30s", "--threshold", "errors==0"], {}, () => "", {
    runId: "r1",
  });
  assert.ok(loaded.kind === "run");
  const text = introText(loaded.config as RunConfig, { name: "web", topics: ["a", "b"], drainMs: 60_000 });
  assert.match(
    text,
    /^web {2}producer {2}2 topics, first .* at .*, at most 60 s more for what is in flight, /,
  );
  assert.match(text, /\nweb {2}producer {2}thresholds: errors==0$/);
});
