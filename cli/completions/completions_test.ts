import assert from "node:assert/strict";
import { ROLES } from "../../lib/config/option_spec.ts";
import { assertSnapshot } from "../snapshot_test_support.ts";
import { isShell, SHELLS } from "./spec.ts";
import { completionScript, programOf } from "./completions.ts";
import { LAB } from "./program_test_support.ts";

for (const shell of SHELLS) {
  Deno.test(`the ${shell} completions of both executables are as recorded`, () => {
    for (const role of ROLES) assertSnapshot(`${role}.${shell}`, completionScript(shell, programOf(role)));
  });

  Deno.test(`the ${shell} completions offer every option and every choice`, () => {
    const program = programOf("consumer");
    const script = completionScript(shell, program);
    for (const option of program.options) {
      const long = option.flags.at(-1)!.slice(2);
      assert.ok(script.includes(long), long);
      for (const word of option.value?.words ?? []) assert.ok(script.includes(word), word);
    }
    assert.ok(script.includes("completions"));
  });
}

Deno.test("programs with several commands are completed too", () => {
  for (const shell of SHELLS) assertSnapshot(`lab_example.${shell}`, completionScript(shell, LAB));
});

Deno.test("only the three shells are shells", () => {
  assert.ok(isShell("zsh") && !isShell("powershell"));
});
