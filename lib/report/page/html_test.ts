import assert from "node:assert/strict";
import { NOTHING_VERIFIED } from "../../load/snapshot_test_support.ts";
import { reportHtml } from "./html.ts";
import { type RunResult, TOOL_VERSION } from "../result/types.ts";
import { PRODUCER, producerResult } from "../report_test_support.ts";
import { decideVerdict } from "../result/verdict.ts";

const one = (name = "a.json") => ({ name, result: producerResult() });

Deno.test("the page loads nothing: no address in any attribute, and a policy that forbids it", () => {
  const page = reportHtml([one()]);
  assert.match(
    page,
    /Content-Security-Policy" content="default-src &#39;none&#39;|Content-Security-Policy" content="default-src 'none'/,
  );
  assert.doesNotMatch(page, /\s(?:src|href|action|data)\s*=\s*["']?(?!#)[a-z]*:?\/\//i);
  assert.doesNotMatch(page, /@import|url\(/);
});

Deno.test("the page names the version of the tool that made the result, and says when that is unknown", () => {
  const versions = { [TOOL_VERSION]: "7.8.9", deno: "2.9.6" };
  const result = producerResult({ input: { versions } });
  assert.match(reportHtml([{ name: "a.json", result }]), /Made by pulsar-local-lab 7\.8\.9\./);
  const foreign = { ...result, versions: {} };
  assert.match(
    reportHtml([{ name: "a.json", result: foreign }]),
    /Made by pulsar-local-lab of an unknown version\./,
  );
});

Deno.test("the verdict stands before everything else", () => {
  const page = reportHtml([{
    name: "a.json",
    result: producerResult({
      input: {
        verdict: {
          status: "thresholds",
          exitCode: 99,
          reasons: ["threshold 'errors==0' failed, measured 4"],
        },
        thresholds: [{ text: "errors==0", state: "fail", value: "4" }],
      },
    }),
  }]);
  const main = page.slice(page.indexOf("<main>"));
  assert.ok(main.indexOf("Thresholds failed") < main.indexOf("<table"));
  assert.ok(main.includes("threshold &#39;errors==0&#39; failed, measured 4"));
});

Deno.test("what a result says can't become markup or script", () => {
  const evil = `</script><img src=x onerror=alert(1)>"'&`;
  const config = { ...PRODUCER, topic: evil, profile: evil, serviceUrl: evil };
  const result = producerResult({
    input: { config, notes: [evil], versions: { [TOOL_VERSION]: evil, [evil]: evil } },
  });
  const page = reportHtml([{ name: evil, result }, { name: evil, result }]);
  assert.ok(!page.includes("<img"), "markup got through");
  assert.equal(page.match(/<script/g)?.length, 3);
  assert.equal(page.match(/<\/script>/g)?.length, 3);
  const data = /<script type="application\/json" id="data">(.*?)<\/script>/s.exec(page)![1]!;
  assert.equal(JSON.parse(data).names[0], `${evil} (1)`);
});

Deno.test("several results are compared with the first and told apart by name", () => {
  const page = reportHtml([one("x/result.json"), one("x/result.json"), {
    name: "c.json",
    result: producerResult({ centerUs: 4000 }),
  }]);
  assert.match(page, /Compared with x\/result\.json \(1\)/);
  assert.match(page, /One run each: no spread is known/);
  assert.match(page, /3\.52 ms <span class="change worse">\+100%<\/span>/);
});

Deno.test("a producer and its consumer stand side by side and are not compared", () => {
  const published = producerResult();
  const consumed = { ...published, run: { ...published.run, role: "consumer" as const } };
  const both = [one("p.json"), { name: "c.json", result: consumed }];
  const page = reportHtml(both);
  assert.doesNotMatch(page, /Compared with|runs compared/);
  const four = reportHtml([...both, one("p2.json"), { name: "c2.json", result: consumed }]);
  assert.deepEqual(four.match(/Compared with \S+?(?=<)/g), ["Compared with p.json", "Compared with c.json"]);
});

Deno.test("every table has a caption and headings with scope, for those who listen", () => {
  const page = reportHtml([one(), one()]);
  const tables = page.match(/<table[\s\S]*?<\/table>/g) ?? [];
  assert.ok(tables.length >= 6);
  for (const table of tables) {
    assert.match(table, /<caption[^>]*>[^<]+<\/caption>/);
    assert.doesNotMatch(table, /<th(?![^>]*scope=)(?!ead)/);
  }
});

Deno.test("a run without intervals and without latencies still makes a page", () => {
  const base = producerResult();
  const result = { ...base, intervals: [], totals: { ...base.totals, latency: {}, seconds: 0 } };
  assert.match(reportHtml([{ name: "a", result }]), /No latency was measured/);
  assert.throws(() => reportHtml([]), RangeError);
});

Deno.test("a verification of nothing is no ✓ on the page, and changes by hand are named", () => {
  const integrity = NOTHING_VERIFIED;
  const result = {
    ...producerResult(),
    integrity: { ...integrity, head: "zero", report: null } as const,
    verdict: decideVerdict({ integrity, thresholds: [] }),
    changes: [{ atUs: 1.7e15, seconds: 7, setting: "rate", from: 500, to: 800 } as const],
  };
  // As written before verdicts had findings.
  const old = { ...result, verdict: { status: "ok", exitCode: 0, reasons: [] } as const };
  assert.match(reportHtml([{ name: "old.json", result: old }]), /verdict open[^]*–<\/span> Nothing verified/);
  const page = reportHtml([{ name: "a.json", result }]);
  const main = page.slice(page.indexOf("<main>"), page.indexOf("</main>"));
  assert.doesNotMatch(main, /✓/);
  assert.match(main, /verdict open[^]*–<\/span> Nothing verified/);
  assert.match(main, /– nothing verified/);
  const card = main.slice(0, main.indexOf("<table"));
  assert.match(card, /Changed while it ran: 0:07 rate 500 msg\/s → 800 msg\/s/);
  assert.match(main, /Changed while it ran[^]*0:07[^]*rate 500 msg\/s → 800 msg\/s/);
});

Deno.test("only a run that had thresholds is called passed; one without says that it had none", () => {
  const words = (result: RunResult): string =>
    /<article class="card verdict[^]*?<\/h2>/.exec(reportHtml([{ name: "a", result }]))![0].replace(
      /<[^>]*>|\s+/g,
      " ",
    )
      .replace(/ +/g, " ").trim();
  const bare = producerResult();
  assert.equal(words(bare), "✓ Ended as asked no thresholds set");
  const judged = { ...bare, thresholds: [{ text: "errors==0", state: "pass", value: "0" } as const] };
  assert.equal(words(judged), "✓ Passed");
});

Deno.test("options are shown as people write them, and data in one kind of units", () => {
  const base = producerResult();
  const config = {
    ...base.config,
    durationMs: { value: 12_000, source: "flag --duration" },
    batchBytes: { value: 131_072, source: "flag --batch-bytes" },
    unheardOf: { value: { a: 1 }, source: "flag" },
    stages: { value: "not a list", source: "flag" },
  };
  const page = reportHtml([{ name: "a", result: { ...base, config } }]);
  assert.match(page, /<th scope="row">\s*duration<\/th>\s*<td>\s*12s/);
  assert.match(page, /<th scope="row">\s*batch-bytes<\/th>\s*<td>\s*128KiB/);
  assert.match(page, /unheardOf<\/th>\s*<td>\s*\{&#34;a&#34;:1\}/);
  assert.doesNotMatch(page, /durationMs/);
  assert.match(page, /20\.0 MB in all/);
});
