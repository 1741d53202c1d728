/** What reads files of people and of other processes: configuration, results, verification reports. */
import { parseConfigFile } from "../../lib/config/config_file.ts";
import { ConfigError } from "../../lib/config/source.ts";
import { Ledger } from "../../lib/load/verify/ledger.ts";
import { emptyCounts, parseReport, VerificationReportError } from "../../lib/load/verify/report.ts";
import { producerResult } from "../../lib/report/report_test_support.ts";
import { readResultStream } from "../../lib/report/result/reader.ts";
import { ResultError, resultLine } from "../../lib/report/result/result.ts";
import { readScenario, readSweep } from "../../lib/scenario/file/read.ts";
import type { Random } from "../../lib/load/generator/random.ts";
import { allowing, type FuzzTarget } from "./engine.ts";
import { pick, utf8 } from "./mutate.ts";

const profile = (name: string): Uint8Array =>
  Deno.readFileSync(new URL(`../../profiles/${name}.yaml`, import.meta.url));

const configuration: FuzzTarget = {
  name: "yaml",
  share: 3,
  samples: [
    ...["burst", "default", "high-throughput", "low-latency", "sustained"].map(profile),
    utf8("workers: &w 5\nproducer: { rate: 10k, batchMessages: *w, stages: [1k for 10s, 2k for 1m] }\n"),
    utf8(
      "consumer:\n  subscriptionType: failover\n  properties: { a: b, ? c : d }\ndescription: |\n  two\n  lines\n",
    ),
  ],
  tokens: [
    ..."&a |*a|<<: |!!binary |!!js/function |? |{|[|- |-\n|: |\n  |\t|'|\"|---\n|...\n|%YAML 1.1\n|#|>|~|}|]"
      .split("|"),
    "|\n",
    "1e999",
    "0x",
    "9007199254740993",
    "__proto__: ",
    "producer: ",
    "rate: ",
    "stages: ",
    "\u0000",
    "\ufeff",
    "\u2028",
  ],
  run(input, random) {
    const text = new TextDecoder().decode(input);
    const role = pick(["producer", "consumer"] as const, random);
    const profile = random.below(3) === 0 ? { profile: "p" } : {};
    allowing([ConfigError], () => void parseConfigFile(text, { path: "f.yaml", role, ...profile }));
  },
};

const scenarios: FuzzTarget = {
  name: "scenarios",
  // A case makes the configurations of all groups, and the names of all topics.
  share: 0.2,
  samples: ["backlog-drain", "broker-kill", "fan-out", "key-order", "rolling-unload"]
    .map((name) => Deno.readFileSync(new URL(`../../scenarios/${name}.yaml`, import.meta.url))),
  tokens: [
    ...configuration.tokens ?? [],
    "topics: ",
    "count: ",
    "{n:9999999}",
    "{run}",
    "partitions: 4096",
    "at: ",
    "every: 1ms, times: 10000",
    "hold: ",
    "sweep: { duration: [1s, 2s] }\n",
  ],
  run(input, random) {
    const text = new TextDecoder().decode(input);
    const given = { path: "f.yaml", text, flags: new Map(), env: {}, readFile: noFile, runId: "r" };
    const overrides = random.below(4) === 0 ? new Map([["topics.orders.count", "3"]]) : undefined;
    allowing([ConfigError], () => void readSweep({ ...given, overrides }));
    allowing([ConfigError], () => void readScenario({ ...given, overrides }));
  },
};

function noFile(path: string): string {
  throw new Deno.errors.NotFound(path);
}

const JSON_TOKENS = [
  ...`{ } [ ] , : " \\ null true -1 1e999 0.5 9007199254740993 \\u0000 [] {}`.split(" "),
  '"__proto__":',
  '"a":',
  '{"kind":"pulsar-local-lab/run"',
  "\n",
  "\ufeff",
];

const result = resultLine(producerResult());

const results: FuzzTarget = {
  name: "results",
  share: 2,
  samples: [
    utf8(result),
    utf8(JSON.stringify(JSON.parse(result), null, 2)),
    utf8(`[pod/a] started\n[pod/a] ${result}[pod/b] ${result}`),
  ],
  tokens: JSON_TOKENS,
  async run(input, random) {
    const pieces: Uint8Array<ArrayBuffer>[] = [];
    for (let at = 0; at < input.length;) {
      const piece = input.slice(at, at + 1 + random.below(20_000));
      pieces.push(piece);
      at += piece.length;
    }
    try {
      await readResultStream(ReadableStream.from(pieces), "file");
    } catch (error) {
      if (!(error instanceof ResultError)) throw error;
    }
  },
};

const REPORT = {
  version: 1,
  run: 7,
  complete: true,
  since: 5,
  counts: { ...emptyCounts(), verified: 100 },
  streams: [1, 2].map((stream) => ({
    stream,
    firstSent: 10,
    received: { runs: [0, 50, 10, 40], assumed: 0, floor: 0 },
    redelivered: { runs: [3, 4], assumed: 0, floor: 0 },
    late: { runs: [5, 1], assumed: 0, floor: 0 },
    moved: { runs: [], assumed: 0, floor: 0 },
    repeated: { runs: [7, 2], assumed: 1, floor: 6 },
    ahead: { runs: [200, 5], assumed: 0, floor: 0 },
    reach: 90,
  })),
};

const STRANGE: readonly unknown[] = [
  null,
  true,
  -1,
  0.5,
  0,
  1,
  2 ** 48,
  2 ** 53 - 1,
  2 ** 53,
  "",
  "7",
  [],
  {},
  [[0, 1]],
  { runs: [0, 2 ** 53 - 1], assumed: 2 ** 53 - 1, floor: 2 ** 53 - 1 },
  { runs: Array.from({ length: 200 }, (_, at) => at), assumed: 0, floor: 3 },
];

const reports: FuzzTarget = {
  name: "reports",
  share: 5,
  samples: [utf8(JSON.stringify(REPORT))],
  tokens: JSON_TOKENS,
  run(input, random) {
    let value: unknown;
    try {
      value = JSON.parse(new TextDecoder().decode(input));
    } catch {
      // Not JSON, which is its reader's affair: changed as a value instead.
      value = JSON.parse(JSON.stringify(REPORT));
      // Written and read once more, so that it is what can stand in a file.
      for (let left = 1 + random.below(4); left > 0; left--) {
        value = JSON.parse(JSON.stringify(replaced(value, random)));
      }
    }
    allowing([VerificationReportError], () => {
      const report = parseReport(value, "file");
      const ledger = new Ledger(7, 64);
      ledger.add(report);
      if (random.below(2) === 0) ledger.add(report);
      const expected = [{ stream: 1, next: 120, unconfirmed: [[100, 120]] as const }];
      ledger.verdict({ head: "zero", expected });
      ledger.verdict({ head: "first-seen" });
      parseReport(JSON.parse(JSON.stringify(ledger.toReport())), "joined");
    });
  },
};

/** A value in which one part is another. */
function replaced(value: unknown, random: Random): unknown {
  if (typeof value !== "object" || value === null || random.below(6) === 0) return pick(STRANGE, random);
  const keys = Object.keys(value);
  if (keys.length === 0) return pick(STRANGE, random);
  const key = pick(keys, random);
  const record = value as Record<string, unknown>;
  if (random.below(12) === 0) delete record[key];
  else record[key] = replaced(record[key], random);
  return value;
}

export const TEXT_TARGETS: readonly FuzzTarget[] = [configuration, scenarios, results, reports];
