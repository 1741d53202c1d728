import assert from "node:assert/strict";
import { relative } from "node:path";
import { compareSides } from "../../lib/report/compare/compare.ts";
import { resultLine } from "../../lib/report/result/result.ts";
import { recordLine } from "../../lib/report/result/records.ts";
import { producerResult } from "../../lib/report/report_test_support.ts";
import { scenarioSample, sweepSample } from "../../lib/report/scenario_test_support.ts";
import { UsageError } from "../command.ts";
import { labCompare, labReport } from "./results.ts";

/** Two results in files, the second with a slower median. */
async function withFiles(use: (a: string, b: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  const [a, b] = [`${folder}/a.json`, `${folder}/b.json`];
  await Deno.writeTextFile(a, resultLine(producerResult({ centerUs: 2000 })));
  await Deno.writeTextFile(b, resultLine(producerResult({ centerUs: 4000 })));
  try {
    await use(a, b);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("a comparison ends with 99 when a rule came true, or when it could not be checked, else with 0", async () => {
  await withFiles(async (a, b) => {
    const codeOf = (...failIf: string[]) => labCompare([a, b], { color: false, json: true, failIf });
    assert.equal(await codeOf(), 0);
    assert.equal(await codeOf("service.p99>+500%", "rate<-5%"), 0);
    assert.equal(await codeOf("service.p99>+500%", "service.p50>+10%"), 99);
    assert.equal(await codeOf("e2e.p99>+10%"), 99);
  });
});

Deno.test("the advice for a single run a side is a command line that compare takes", async () => {
  await withFiles(async (a, b) => {
    const { cautions } = compareSides([producerResult()], [producerResult()]);
    const advice = cautions.flatMap((caution) => /several runs a side \((.+)\)/.exec(caution)?.[1] ?? []);
    assert.equal(advice.length, 1);
    const paths = advice[0]!.split(" ").flatMap((word) =>
      word === "a*.json" ? [a, a] : word === "b*.json" ? [b, b] : [word]
    );
    assert.equal(await labCompare(paths, { color: false, json: true }), 0, "and no usage error");
  });
});

Deno.test("a wrong rule and two formats at once are usage errors, found before a file is read", async () => {
  await assert.rejects(labCompare(["x", "y"], { color: false, failIf: ["rate>10"] }), UsageError);
  await assert.rejects(labCompare(["x", "y"], { color: false, json: true, markdown: true }), UsageError);
});

Deno.test("a page that went to a relative name is told with its whole path", async () => {
  await withFiles(async (a) => {
    const page = a.replace("a.json", "page.html");
    const said: string[] = [];
    assert.equal(await labReport([a], relative(Deno.cwd(), page), (text) => said.push(text)), 0);
    assert.deepEqual(said, [`wrote ${page}`]);
    assert.match(await Deno.readTextFile(page), /^\s*<!doctype html>/i);
  });
});

Deno.test("a file with a scenario, or with a sweep, becomes the page of that", async () => {
  const folder = await Deno.makeTempDir();
  const page = `${folder}/page.html`;
  const report = async (...texts: readonly string[]): Promise<string> => {
    const paths = texts.map((_, index) => `${folder}/file-${index}.json`);
    for (const [index, text] of texts.entries()) await Deno.writeTextFile(paths[index]!, text);
    assert.equal(await labReport(paths, page, () => {}), 0);
    return await Deno.readTextFile(page);
  };
  try {
    const scenario = scenarioSample();
    const text = recordLine(scenario.record) + scenario.results.map(resultLine).join("");
    assert.match(await report(text), /<title>Scenario: rolling-unload<\/title>/);
    const sweep = sweepSample();
    const lines = sweep.results.flat().map(resultLine).join("");
    assert.match(await report(recordLine(sweep.record) + lines), /<title>Sweep: rate-by-size<\/title>/);
    // Two of them, or a result beside them, are overlaid, each by its name.
    assert.match(await report(text, text), /8 runs compared[^]*file-0 orders/);
    assert.match(await report(text + resultLine(producerResult())), /5 runs compared[^]*file-0 5/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
