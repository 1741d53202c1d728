import assert from "node:assert/strict";
import { misuse } from "./grammar_test_support.ts";
import { ScriptedPrograms } from "./programs_test_support.ts";

Deno.test("stand-ins refuse what the real programs would", () => {
  assert.equal(misuse("helm", ["upgrade", "--install", "a", "b", "-f", "x", "--timeout=5m"]), undefined);
  assert.match(misuse("helm", ["upgrade", "a", "b", "--atomicc"])!, /unknown flag/);
  assert.match(misuse("helm", ["upgrade", "a"])!, /takes 2 to 2 arguments, not 1/);
  assert.match(misuse("helm", ["upgrade", "a", "b", "--timeout"])!, /needs an argument/);
  assert.match(misuse("kubectl", ["get"])!, /takes 1 to/);
  assert.match(misuse("kubectl", ["gett", "pods"])!, /unknown command/);
  assert.match(misuse("minikube", ["start", "-p", "x", "--ram=3"])!, /unknown flag/);
  // A switch takes no separate value: this is an operand too many.
  assert.match(misuse("helm", ["upgrade", "a", "b", "--wait", "watcher"])!, /not 3/);
});

Deno.test("a command that changes something shows what it says, and its error is the line that counts", async () => {
  const programs = new ScriptedPrograms([
    { match: "upgrade", stdout: "first\nsecond", stderr: "WARN x\nError: no\nadvice\n", code: 1 },
    { match: "uninstall", code: 3 },
  ]);
  const shown: string[] = [];
  const tools = programs.tools((line) => shown.push(line));
  await assert.rejects(
    tools.change({ tool: "helm", args: ["upgrade", "a", "b"] }),
    { message: "helm upgrade failed: Error: no" },
  );
  assert.deepEqual(shown.sort(), ["Error: no", "WARN x", "advice", "first", "second"]);
  await assert.rejects(
    tools.change({ tool: "helm", args: ["uninstall", "a"] }),
    { message: "helm uninstall failed: exit code 3" },
  );
});
