import assert from "node:assert/strict";
import { digest, roundsAndOptions } from "./busy_tests.ts";

Deno.test("ten rounds unless said otherwise, and all else goes to the tests", () => {
  assert.deepEqual(roundsAndOptions([]), { rounds: 10, options: [] });
  assert.deepEqual(roundsAndOptions(["3", "lib/load"]), { rounds: 3, options: ["lib/load"] });
  assert.deepEqual(roundsAndOptions(["--filter", "a"]), { rounds: 10, options: ["--filter", "a"] });
  assert.throws(() => roundsAndOptions(["0"]), /'0' rounds/);
  assert.throws(() => roundsAndOptions(["-1"]), /'-1' rounds/);
  assert.throws(() => roundsAndOptions(["2.5"]), /'2.5' rounds/);
});

Deno.test("of a round that passed its last line is told, of one that failed its errors too", () => {
  assert.equal(
    digest("a ... ok (1ms)\n\nok | 1 passed | 0 failed (5ms)\n\n"),
    "ok | 1 passed | 0 failed (5ms)",
  );
  const failed =
    "a ... FAILED (1ms)\n\n ERRORS \n\na => ./a_test.ts\nerror: x\n\nFAILED | 0 passed | 1 failed (5ms)\n";
  assert.equal(digest(failed), failed.slice(failed.indexOf(" ERRORS")).trimEnd());
  assert.equal(digest("error: Module not found\n"), "no test ran");
});
