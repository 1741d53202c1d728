import assert from "node:assert/strict";
import type { Layer } from "../../../lib/config/config_file.ts";
import { ConfigError } from "../../../lib/config/source.ts";
import { placeOf, withoutPlace } from "./place.ts";

const flagsOf = (values: Readonly<Record<string, string>>): Layer =>
  new Map(
    Object.entries(values).map((
      [key, text],
    ) => [key, { texts: [text], source: { kind: "flag", flag: `--${key}` } }]),
  ) as Layer;
const RUN = { runId: "nightly" };

function refusal(flags: Readonly<Record<string, string>>, isNamed = true): string {
  try {
    placeOf(flagsOf(flags), {}, RUN, isNamed);
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.message;
  }
  return "";
}

Deno.test("flags, or the environment of a pod, say which of several processes this is", () => {
  assert.equal(placeOf(new Map(), {}, RUN, false), undefined);
  assert.deepEqual(
    placeOf(flagsOf({ instances: "3", instance: "2", barrierTimeoutMs: "10s" }), {}, RUN, true),
    {
      index: 2,
      of: 3,
      timeoutMs: 10_000,
    },
  );
  const env = { PLL_INSTANCES: "4", JOB_COMPLETION_INDEX: "1", PLL_RATE: "none of its business" };
  assert.deepEqual(placeOf(new Map(), env, RUN, true), { index: 1, of: 4, timeoutMs: 300_000 });
});

Deno.test("a place that cannot be is refused by name", () => {
  assert.match(refusal({ instances: "2", instance: "2" }), /--instance '2' must be below --instances '2'/);
  assert.match(refusal({ instances: "2" }, false), /--instances needs --run-id/);
  assert.match(
    refusal({ instances: "2", embedded: "memory" }),
    /--embedded cannot be reached by the other processes/,
  );
});

Deno.test("what is the process's own is no setting of its groups", () => {
  const flags = flagsOf({ instances: "2", instance: "1", serviceUrl: "pulsar://h:6650" });
  assert.deepEqual([...withoutPlace(flags).keys()], ["serviceUrl"]);
});
