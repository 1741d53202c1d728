import assert from "node:assert/strict";
import { EXIT } from "./exit_codes.ts";
import { loadConfig, type Loaded } from "./load_config.ts";

const FILES: Readonly<Record<string, string>> = {
  "lab.yaml": "workers: 3\nproducer: { rate: 5k }\nconsumer: { ack: none }\n",
  "bad.yaml": "workers: 3\nraet: 5\n",
  "mine.yaml": "workers: 7\n",
};

const BUILD = { version: "1.2.3", commit: "abc1234", date: "2026-08-20T10:00:00Z" };

function load(argv: string, env: Record<string, string> = {}): Loaded<"producer"> {
  const readFile = (path: string): string => {
    const text = FILES[path];
    if (text === undefined) throw new Error("No such file or directory (os error 2)");
    return text;
  };
  return loadConfig("producer", argv.split(" ").filter(Boolean), env, readFile, {
    runId: "r1",
    build: BUILD,
  });
}

function text(loaded: Loaded): string {
  assert.ok(loaded.kind !== "run");
  return loaded.text;
}

Deno.test("a run has its configuration, its sources, and its notices", () => {
  const loaded = load("-c lab.yaml -s 64", { PLL_SEED: "9" });
  assert.ok(loaded.kind === "run");
  assert.deepEqual([loaded.config.role, loaded.config.rate, loaded.config.workers, loaded.config.seed], [
    "producer",
    5000,
    3,
    9,
  ]);
  assert.equal(loaded.sources.get("seed")?.kind, "env");
  assert.equal(loaded.notices.length, 1);
  assert.equal(loaded.config.runId, "r1");
});

Deno.test("a run gets a name of its own when nobody gives one", () => {
  const ids = [1, 2].map(() => {
    const loaded = loadConfig("consumer", [], {}, () => assert.fail());
    assert.ok(loaded.kind === "run");
    return loaded.config.runId;
  });
  assert.match(ids[0]!, /^[0-9a-f]{8}$/);
  assert.notEqual(ids[0], ids[1]);
});

Deno.test("the configuration file can be named in the environment, and a flag replaces it", () => {
  const byEnv = load("", { PLL_CONFIG: "lab.yaml" });
  assert.equal(byEnv.kind === "run" && byEnv.config.workers, 3);
  const byFlag = load("--config mine.yaml", { PLL_CONFIG: "lab.yaml" });
  assert.equal(byFlag.kind === "run" && byFlag.config.workers, 7);
});

Deno.test("a missing file of settings ends with 104, also when a flag names it; an unknown name with 2", () => {
  const missing = (): string => {
    throw new Deno.errors.NotFound("no such file");
  };
  const code = (...argv: string[]): number | undefined => {
    const loaded = loadConfig("producer", argv, {}, missing);
    return loaded.kind === "run" ? undefined : loaded.exitCode;
  };
  assert.equal(code("-c", "/missing.yaml"), 104);
  assert.equal(code("--profile", "./missing.yaml"), 104);
  assert.equal(code("--profile", "misnamed"), 2);
});

Deno.test("mistakes of the command line end with 2, those of its surroundings with 104", () => {
  const codes = [
    load("--rat 5"),
    load("--rate -5"),
    load("--burst 5"),
    load("", { PLL_RATE: "-5" }),
    load("-c bad.yaml"),
    load("--workers 0", { PLL_RATE: "-5" }),
    load("--profile nothing"),
  ].map((loaded) => loaded.kind === "error" ? loaded.exitCode : undefined);
  assert.deepEqual(codes, [
    EXIT.usage,
    EXIT.usage,
    EXIT.usage,
    EXIT.configuration,
    EXIT.configuration,
    EXIT.configuration,
    EXIT.usage,
  ]);
});

Deno.test("each mistake is one line that begins with the program's name", () => {
  assert.equal(
    text(load("--rat 5")),
    "producer: unknown option '--rat' (did you mean '--rate'?); see 'producer --help'\n",
  );
  assert.equal(
    text(load("-c bad.yaml --workers 0")),
    "producer: bad.yaml:2:1: unknown setting 'raet'\n" +
      "producer: --workers: '0' is not valid: expected a whole number from 1 to 64\n",
  );
  assert.equal(
    text(load("-c gone.yaml")),
    "producer: cannot read 'gone.yaml': No such file or directory (os error 2)\n",
  );
});

Deno.test("questions are answered with a text and code 0, even when the surroundings are wrong", () => {
  const broken = { PLL_RATE: "-5" };
  for (const question of ["--help", "-h", "--version", "--help-env", "--list-profiles", "completions bash"]) {
    const loaded = load(question, broken);
    assert.ok(loaded.kind === "print" && loaded.exitCode === 0 && /[^\n]\n$/.test(loaded.text), question);
  }
  assert.match(text(load("-V")), /^producer 1\.2\.3 \(abc1234, 2026-08-20\)\ndeno [\d.]+, v8 \S+, \S+\n$/);
});

Deno.test("the configuration can be printed instead of run", () => {
  assert.match(text(load("-c lab.yaml --print-config")), /^workers: 3 +# file lab\.yaml:1:10$/m);
  assert.equal(JSON.parse(text(load("-c lab.yaml --print-config=json"))).config.rate, 5000);
  assert.equal(load("--rate -5 --print-config").kind, "error");
});

Deno.test("a misspelt variable ends as a misspelt setting of a file does: named, with a proposal, code 104", () => {
  const loaded = loadConfig("producer", [], { PLL_WORKRES: "3" }, () => "");
  assert.deepEqual(loaded, {
    kind: "error",
    text: "producer: unknown environment variable 'PLL_WORKRES' (did you mean 'PLL_WORKERS'?)\n",
    exitCode: 104,
  });
});
