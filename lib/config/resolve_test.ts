import assert from "node:assert/strict";
import type { RawValue } from "./config_file.ts";
import type { OptionKey } from "./option_spec.ts";
import { resolve, type Resolved, type ResolveInput } from "./resolve.ts";
import { ConfigError, formatSource } from "./source.ts";

function flag(name: string, ...texts: string[]): RawValue {
  return { texts, source: { kind: "flag", flag: `--${name}` } };
}

function run(input: Partial<ResolveInput> = {}): Resolved {
  const noFiles = (path: string): string => {
    throw new Error(`no such file ${path}`);
  };
  return resolve({ role: "producer", flags: new Map(), env: {}, readFile: noFiles, runId: "r1", ...input });
}

function problemsOf(input: Partial<ResolveInput>): string[] {
  try {
    run(input);
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.problems.map((problem) => problem.message);
  }
  return [];
}

const PROFILE = "workers: 2\nseed: 2\npartitions: 2\nwarmup: 2s\n";
const FILE = { path: "lab.yaml", text: "workers: 3\nseed: 3\npartitions: 3\nprofile: ./mine.yaml\n" };
const ENV = { PLL_WORKERS: "4", PLL_SEED: "4" };
const FLAGS = new Map<OptionKey, RawValue>([["workers", flag("workers", "5")]]);

Deno.test("flags win over the environment, that over the file, that over the profile, that over defaults", () => {
  const { config, sources } = run({ flags: FLAGS, env: ENV, file: FILE, readFile: () => PROFILE });
  assert.deepEqual(
    [config.workers, config.seed, config.partitions, config.warmupMs, config.reportIntervalMs],
    [5, 4, 3, 2000, 10_000],
  );
  const shown = (["workers", "seed", "partitions", "warmupMs", "reportIntervalMs"] as const)
    .map((key) => formatSource(sources.get(key)!));
  assert.deepEqual(shown, [
    "flag --workers",
    "environment PLL_SEED",
    "file lab.yaml:3:13",
    "profile ./mine.yaml:4:9",
    "default",
  ]);
});

Deno.test("the profile itself follows precedence and is read from a file when it looks like a path", () => {
  const read: string[] = [];
  const readFile = (path: string): string => {
    read.push(path);
    return "workers: 7\n";
  };
  assert.equal(run({ file: FILE, readFile }).config.workers, 3);
  assert.equal(
    run({ file: FILE, env: { PLL_PROFILE: "low-latency" }, readFile }).config.profile,
    "low-latency",
  );
  assert.equal(run({ flags: new Map([["profile", flag("profile", "x.yml")]]), readFile }).config.workers, 7);
  assert.deepEqual(read, ["./mine.yaml", "x.yml"]);
});

Deno.test("without a word the default profile is used", () => {
  const { config, sources } = run();
  assert.equal(config.profile, "default");
  assert.equal(sources.get("workers")?.kind, "profile");
  assert.equal(sources.get("profile")?.kind, "default");
});

Deno.test("the older environment names count, after PLL_ ones and by role", () => {
  const env = { PRODUCER_NUM_WORKERS: "2", CONSUMER_NUM_WORKERS: "3", PULSAR_TOPIC: "a", PLL_TOPIC: "b" };
  assert.equal(run({ env }).config.workers, 2);
  assert.equal(run({ env, role: "consumer" }).config.workers, 3);
  assert.equal(run({ env }).config.topic, "persistent://public/default/b");
  const typed = run({ role: "consumer", env: { CONSUMER_SUBSCRIPTION_TYPE: "Key_Shared" } }).config;
  assert.equal(typed.role === "consumer" && typed.subscriptionType, "key-shared");
});

Deno.test("NO_COLOR switches colours off whatever it holds, unless PLL_COLOR speaks", () => {
  assert.equal(run({ env: { NO_COLOR: "1" } }).config.color, "never");
  assert.equal(run({ env: { PLL_NO_COLOR: "0" } }).config.color, "never");
  assert.equal(run({ env: { NO_COLOR: "" } }).config.color, "auto");
  assert.equal(run({ env: { NO_COLOR: "1", PLL_COLOR: "always" } }).config.color, "always");
});

Deno.test("lists in a variable are separated by semicolons", () => {
  const { config } = run({ env: { PLL_THRESHOLD: "a<1; b<2;", PLL_PROPERTY: "k=1,2" } });
  assert.deepEqual(config.thresholds, ["a<1", "b<2"]);
  assert.deepEqual(config.role === "producer" && config.properties, { k: "1,2" });
});

Deno.test("the run id is the given one, or the one made for this run", () => {
  assert.equal(run().config.runId, "r1");
  assert.equal(run({ env: { PLL_RUN_ID: "mine" } }).config.runId, "mine");
});

Deno.test("the configuration is frozen to the bottom and has no empty optional fields", () => {
  const { config } = run({ env: { PLL_PROPERTY: "a=1", PLL_SIZE: "1,2" } });
  assert.ok(Object.isFrozen(config) && config.role === "producer");
  assert.ok(
    Object.isFrozen(config.size) && Object.isFrozen(config.properties) && Object.isFrozen(config.thresholds),
  );
  assert.ok(config.size.kind === "list" && Object.isFrozen(config.size.sizes));
  assert.ok(!("durationMs" in config) && !("tokenFile" in config));
});

Deno.test("all mistakes of all layers are told at once, each with its origin", () => {
  const problems = problemsOf({
    flags: new Map([["size", flag("size", "-1")]]),
    env: { PLL_RATE: "quick" },
    file: { path: "lab.yaml", text: "workers: 100\n" },
  });
  assert.equal(problems.length, 3);
  assert.match(
    problems[0]!,
    /^lab\.yaml:1:10: 'workers': '100' is not valid: expected a whole number from 1 to 64$/,
  );
  assert.match(problems[1]!, /^PLL_RATE: 'quick' is not valid: expected messages per second/);
  assert.match(problems[2]!, /^--size: '-1' is not valid: expected a size/);
});

Deno.test("a value of a lower layer is not judged when a higher one replaces it", () => {
  const flags = new Map([["workers" as const, flag("workers", "5")]]);
  assert.equal(run({ flags, env: { PLL_WORKERS: "nonsense" } }).config.workers, 5);
});

Deno.test("secret values are not repeated in errors", () => {
  const problems = problemsOf({ env: { PLL_TOKEN_ENV: "eyJhbGciOiJIUzI1NiJ9" } });
  assert.equal(problems.length, 1);
  assert.match(
    problems[0]!,
    /^PLL_TOKEN_ENV: the value is not valid: expected the name of an environment variable/,
  );
});

Deno.test("unknown profiles and unreadable ones are told with what is right", () => {
  assert.match(
    problemsOf({ env: { PLL_PROFILE: "brust" } })[0]!,
    /^unknown profile 'brust' \(did you mean 'burst'\?\)/,
  );
  assert.match(problemsOf({ env: { PLL_PROFILE: "constructor" } })[0]!, /^unknown profile 'constructor'/);
  assert.deepEqual(problemsOf({ env: { PLL_PROFILE: "./x.yaml" } }), [
    "cannot read './x.yaml': no such file ./x.yaml",
  ]);
});
