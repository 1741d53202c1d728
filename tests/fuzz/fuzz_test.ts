import assert from "node:assert/strict";
import { casesOf, describe, fuzz, TARGET_NAMES } from "./fuzz.ts";

/** Of all targets together; `deno task test:fuzz` runs ten times as many. */
const CASES = 100_000;
const SEED = 1;

for (const name of TARGET_NAMES) {
  Deno.test(`whatever is done to ${name}, they are read or refused as documented`, async () => {
    const failures = await fuzz(name, casesOf(name, CASES), SEED);
    assert.equal(failures.map(describe).join("\n"), "");
  });
}
