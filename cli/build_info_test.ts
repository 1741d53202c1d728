import assert from "node:assert/strict";
import { buildInfo, versionLine } from "./build_info.ts";

Deno.test("a run from source says so next to the version of deno.json", () => {
  const info = buildInfo();
  assert.match(info.version, /^\d+\.\d+\.\d+$/);
  assert.equal(info.commit, undefined);
  assert.equal(versionLine(), `${info.version} (from source)`);
});

Deno.test("a compiled program names commit and day", () => {
  const line = versionLine({ version: "1.2.3", commit: "1a2b3c4-dirty", date: "2026-08-20T10:00:00+02:00" });
  assert.equal(line, "1.2.3 (1a2b3c4-dirty, 2026-08-20)");
  assert.equal(versionLine({ version: "1.2.3", commit: "1a2b3c4" }), "1.2.3 (1a2b3c4)");
});
