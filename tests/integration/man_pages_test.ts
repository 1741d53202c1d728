/** The man pages as the formatter of every Linux reads them. */
import assert from "node:assert/strict";
import { missingPrograms, testUnless } from "../support/shared_broker.ts";

const test = testUnless(await missingPrograms("groff"));

for (const name of ["producer", "consumer", "lab"]) {
  test(`groff formats the page of ${name} without a warning`, async () => {
    const { success, stdout, stderr } = await new Deno.Command("groff", {
      // The last option: neither colours nor overstriking.
      args: ["-man", "-Tutf8", "-ww", "-P-cbou", `docs/man/${name}.1`],
    }).output();
    const [page, warnings] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
    assert.ok(success, warnings);
    assert.equal(warnings, "");
    assert.match(page!, new RegExp(`^NAME\\n +${name} +- `, "m"));
    assert.match(page!, /^EXIT STATUS\n +0 {2,}The run ended as asked/m);
  });
}
