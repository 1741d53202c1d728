import assert from "node:assert/strict";
import { readEnvironment, unknownVariables } from "./environment.ts";

function reader(values: Record<string, string>, mayList: boolean) {
  return {
    get: (name: string) => values[name],
    toObject: () => {
      if (!mayList) throw new Error("not allowed");
      return values;
    },
  };
}

Deno.test("options, aliases and other PLL_ variables are read, empty ones and those of others are not", () => {
  const values = {
    PLL_WORKERS: "3",
    PLL_RATE: "",
    PULSAR_TOPIC: "t",
    PLL_WORKRES: "2",
    HOME: "/root",
    PULSAR_X: "1",
  };
  assert.deepEqual(readEnvironment(reader(values, true)), {
    PLL_WORKERS: "3",
    PULSAR_TOPIC: "t",
    PLL_WORKRES: "2",
  });
});

Deno.test("where variables cannot be listed, those one slip away from an option are still found", () => {
  for (
    const slip of [
      "PLL_WORKRES",
      "PLL_WORKER",
      "PLL_WORKKERS",
      "PLL_WPRKERS",
      "PLL_BATCHMESSAGES",
      "PLL_RATES",
    ]
  ) {
    assert.deepEqual(readEnvironment(reader({ [slip]: "1" }, false)), { [slip]: "1" }, slip);
  }
});

Deno.test("a misspelt variable is refused with a proposal, an unlike one is named, a token's is nobody's business", () => {
  const env = {
    PLL_WORKRES: "3",
    PLL_WORKERS: "3",
    PLL_SOMEBODY_ELSES_PORT: "tcp://1.2.3.4:5",
    PLL_TOKENS: "secret",
    PLL_TEST_CACHE: "/tmp",
    PLL_GLYPHS: "ascii",
    PLL_CONFIG: "x",
    OTHER: "1",
  };
  const { problems, notices } = unknownVariables(env, "PLL_TOKENS");
  assert.deepEqual(problems, [{
    message: "unknown environment variable 'PLL_WORKRES' (did you mean 'PLL_WORKERS'?)",
    source: { kind: "env", name: "PLL_WORKRES" },
  }]);
  assert.deepEqual(notices, [
    "environment variable 'PLL_SOMEBODY_ELSES_PORT' is not known and changes nothing",
  ]);
});
