import assert from "node:assert/strict";
import { assertWellFormed, healthy, world } from "./world_test_support.ts";
import { ScriptedPrograms } from "./programs_test_support.ts";
import { labCredentials } from "./credentials.ts";

Deno.test("credentials are shown only when asked for", async () => {
  const data = { user: btoa("admin"), password: btoa("s3cret") };
  const stand = new ScriptedPrograms(
    healthy({ match: "get secret pll-grafana", stdout: JSON.stringify({ data }) }),
  );
  const [hidden, shown] = [world(stand), world(stand)];
  await labCredentials(hidden, undefined, false);
  await labCredentials(shown, undefined, true);
  assertWellFormed(stand);
  assert.ok(![...hidden.printed, ...hidden.said].join("").includes("s3cret"));
  assert.match(hidden.printed.join(""), /user admin, password hidden/);
  assert.match(shown.printed.join(""), /password s3cret\nPulsar Manager: not installed\n/);
});
