/** What `lab run` leaves behind when it cannot begin. */
import assert from "node:assert/strict";
import type { Layer } from "../../../lib/config/config_file.ts";
import { parseRecord } from "../../../lib/report/result/records.ts";
import { parseResult } from "../../../lib/report/result/result.ts";
import { labRun } from "./run.ts";

/** An address where nothing listens. */
function nowhere(): string {
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr as Deno.NetAddr;
  listener.close();
  return `127.0.0.1:${port}`;
}

interface Outcome {
  readonly code: number;
  readonly lines: readonly string[];
}

async function run(text: string, options: Readonly<Record<string, string>>): Promise<Outcome> {
  const folder = await Deno.makeTempDir();
  try {
    const file = `${folder}/s.yaml`;
    const output = `${folder}/run.json`;
    await Deno.writeTextFile(file, text);
    await Deno.writeTextFile(output, "yesterday's");
    const flags = new Map(
      Object.entries({ output, ui: "none", ...options }).map(([key, value]) => [
        key,
        { texts: [value], source: { kind: "flag", flag: key } },
      ]),
    ) as Layer;
    const code = await labRun({
      file,
      flags,
      overrides: new Map(),
      dryRun: false,
      allowCommands: false,
      driverFile: undefined,
      ombOutput: undefined,
    });
    return { code, lines: (await Deno.readTextFile(output)).trimEnd().split("\n") };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const TEXT = `
duration: 1s
topics: { orders: }
producers: { web: { rate: 100 } }
subscriptions: { billing: { type: shared } }
steps: [{ at: 500ms, rate: web 50 }]
`;

Deno.test("a scenario that cannot connect leaves a record that says why, once, and a result of every group", async () => {
  const { code, lines } = await run(TEXT, { serviceUrl: `pulsar://${nowhere()}` });
  assert.equal(code, 1);
  const record = parseRecord(lines[0]!, "the file");
  assert.ok(record !== undefined && "groups" in record);
  assert.deepEqual([record.verdict.status, record.verdict.exitCode], ["failure", 1]);
  assert.equal(record.verdict.reasons.length, 1);
  assert.match(record.verdict.reasons[0]!, /^cannot connect to .*127\.0\.0\.1/);
  assert.deepEqual(record.steps.map(({ state }) => state), ["planned"]);
  const results = lines.slice(1).map((line) => parseResult(line, "the file"));
  assert.deepEqual(results.map(({ run: { role }, verdict }) => [role, verdict.exitCode]), [
    ["producer", 1],
    ["consumer", 1],
  ]);
});

Deno.test("a scenario whose topics cannot be made leaves the same", async () => {
  const { code, lines } = await run(TEXT.replace("orders:", "orders: { partitions: 2 }"), {
    serviceUrl: `pulsar://${nowhere()}`,
    adminUrl: `http://${nowhere()}`,
  });
  assert.equal(code, 1);
  const record = parseRecord(lines[0]!, "the file");
  assert.equal(record?.verdict.status, "failure");
  assert.equal(record.verdict.reasons.length, 1);
});

Deno.test("a sweep whose first combination cannot begin says so in its file", async () => {
  const { code, lines } = await run(`${TEXT}sweep: { producers.web.size: [10B, 20B] }\n`, {
    serviceUrl: `pulsar://${nowhere()}`,
  });
  assert.equal(code, 1);
  const record = parseRecord(lines[0]!, "the file");
  assert.ok(record !== undefined && "points" in record);
  assert.deepEqual(record.points.map(({ verdict }) => verdict.status), ["failure"]);
});

Deno.test("the trace of a scenario is one file, whose lines name their group", async () => {
  const trace = await Deno.makeTempFile();
  try {
    const text = `${TEXT.replace("steps", "# steps")}`.replace(
      "billing:",
      "audit: { type: exclusive }, billing:",
    );
    const { code } = await run(text, { embedded: "memory", trace, quiet: "true" });
    assert.equal(code, 0);
    const lines = (await Deno.readTextFile(trace)).trimEnd().split("\n").map((line) => JSON.parse(line));
    const messagesOf = (event: string, group: string): number =>
      lines.filter(({ e, g }) => e === event && g === group).reduce((sum, { n }) => sum + n, 0);
    const [acknowledged, ...received] = [["ack", "web"], ["receive", "audit"], ["receive", "billing"]].map((
      [event, group],
    ) => messagesOf(event!, group!));
    assert.ok(acknowledged! >= 90, `${acknowledged} messages`);
    assert.deepEqual(received, [acknowledged, acknowledged]);
    assert.ok(lines.every(({ g }) => g !== undefined));
  } finally {
    await Deno.remove(trace);
  }
});

Deno.test("a sweep has no trace: each combination would write over the one before", async () => {
  const { code, lines } = await run(`${TEXT}sweep: { producers.web.size: [10B, 20B] }\n`, {
    embedded: "memory",
    trace: "x.trace",
  });
  assert.deepEqual([code, lines], [2, ["yesterday's"]]);
});
