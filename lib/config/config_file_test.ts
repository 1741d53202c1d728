import assert from "node:assert/strict";
import { parseConfigFile } from "./config_file.ts";
import type { Role } from "./run_config.ts";
import { ConfigError } from "./source.ts";

function texts(text: string, role: Role = "producer"): Record<string, readonly string[]> {
  const { layer } = parseConfigFile(text, { path: "lab.yaml", role });
  return Object.fromEntries([...layer].map(([key, raw]) => [key, raw.texts]));
}

function problems(text: string, role: Role = "producer"): string[] {
  try {
    parseConfigFile(text, { path: "lab.yaml", role });
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    return error.problems.map((problem) => problem.message);
  }
  return [];
}

Deno.test("a role sees the top and its own section", () => {
  const text = "workers: 3\nproducer: { rate: 10k }\nconsumer:\n  ack: none\n";
  assert.deepEqual(texts(text), { workers: ["3"], rate: ["10k"] });
  assert.deepEqual(texts(text, "consumer"), { workers: ["3"], ack: ["none"] });
});

Deno.test("the section wins over the top, wherever it stands", () => {
  assert.deepEqual(texts("producer: { workers: 9 }\nworkers: 3\n"), { workers: ["9"] });
  assert.deepEqual(texts("workers: 3\nproducer: { workers: 9 }\n"), { workers: ["9"] });
});

Deno.test("values arrive as they were written, lists and mappings entry by entry", () => {
  assert.deepEqual(
    texts(
      "threshold: [a<1, 'b<2']\nproducer:\n  property: { a: 1, b: x=y }\n  batching: false\n  stage: 30s:1k\n",
    ),
    { thresholds: ["a<1", "b<2"], properties: ["a=1", "b=x=y"], batching: ["false"], stages: ["30s:1k"] },
  );
  assert.deepEqual(texts("embedded: null\n"), { embedded: ["null"] });
});

Deno.test("aliases stand for what they name", () => {
  assert.deepEqual(texts("workers: &n 3\nseed: *n\n"), { workers: ["3"], seed: ["3"] });
});

Deno.test("empty files and empty sections say nothing", () => {
  for (const text of ["", "# nothing\n", "---\n", "producer:\n"]) assert.deepEqual(texts(text), {});
});

Deno.test("each value knows its place", () => {
  const { layer } = parseConfigFile("workers: 3\nproducer:\n  rate: 10k\n", {
    path: "lab.yaml",
    role: "producer",
  });
  assert.deepEqual(layer.get("rate")?.source, { kind: "file", path: "lab.yaml", line: 3, column: 9 });
});

Deno.test("unknown settings are told with their place and what was meant", () => {
  assert.deepEqual(problems("wrokers: 3\nproducer:\n  batch-messages: 5\n  zzz: 1\n"), [
    "lab.yaml:1:1: unknown setting 'wrokers' (did you mean 'workers'?)",
    "lab.yaml:3:3: unknown setting 'producer.batch-messages' (did you mean 'batchMessages'?)",
    "lab.yaml:4:3: unknown setting 'producer.zzz'",
  ]);
});

Deno.test("a role's setting at the top is told where it belongs", () => {
  assert.deepEqual(problems("compression: lz4\nrate: 5\n"), [
    "lab.yaml:1:1: unknown setting 'compression' at the top; it belongs under 'producer:'",
    "lab.yaml:2:1: unknown setting 'rate' at the top; it belongs under 'producer:' or 'consumer:'",
  ]);
});

Deno.test("values of both sections are checked, whoever reads the file", () => {
  assert.deepEqual(problems("consumer:\n  ack: never\n", "producer"), [
    "lab.yaml:2:8: 'ack': 'never' is not valid: expected one of individual, cumulative, none",
  ]);
});

Deno.test("values of the wrong shape are refused", () => {
  assert.deepEqual(problems("workers:\nseed: [1]\nproducer: 5\nthreshold: { a: 1 }\n"), [
    "lab.yaml:1:1: 'workers' needs one value",
    "lab.yaml:2:7: 'seed' needs one value",
    "lab.yaml:3:11: 'producer' must hold settings, such as 'rate: 10k'",
    "lab.yaml:4:12: 'threshold' needs a value or a list",
  ]);
});

Deno.test("broken YAML is told with line and column", () => {
  for (
    const [text, place] of [
      ["workers: 3\nworkers: 4\n", "lab.yaml:2:1: "],
      ["producer:\n\trate: 5\n", "lab.yaml:2:1: "],
      ["a: 'b\n", "lab.yaml:2:1: "],
      ["- 1\n", "lab.yaml:1:1: expected settings"],
      ["just text\n", "lab.yaml:1:1: expected settings"],
      ["a: 1\n---\nb: 2\n", "lab.yaml:2:1: "],
    ] as const
  ) {
    const found = problems(text);
    assert.ok(found[0]?.startsWith(place), `${JSON.stringify(text)} gave ${JSON.stringify(found)}`);
  }
});

Deno.test("a profile cannot name another profile", () => {
  const options = { path: "profile x", role: "producer", profile: "x" } as const;
  assert.throws(() => parseConfigFile("profile: burst\n", options), /unknown setting 'profile'/);
  assert.deepEqual(texts("profile: burst\n"), { profile: ["burst"] });
});

Deno.test("a wrong indentation is told once, in words that say what to look for", () => {
  const deeper = problems("producer:\n  rate: 10k\n   size: 1KiB\n");
  assert.deepEqual(deeper.length, 1, deeper.join("; "));
  assert.match(
    deeper[0]!,
    /^lab\.yaml:2:9: .*a second ':' stands in this line, or the next line is indented deeper/,
  );
  assert.match(problems("producer: rate: 10k\n")[0]!, /^lab\.yaml:1:11: .*a second ':'/);
  assert.match(
    problems("producer:\n\trate: 10k\n")[0]!,
    /^lab\.yaml:2:1: lines are indented by blanks, not by tabs/,
  );
});

Deno.test("settings nested deeper than any stack are refused, in flow and in block style", () => {
  for (
    const text of [
      "[".repeat(100_000),
      "a: ".repeat(100_000),
      "- ".repeat(100_000),
      "x: [b" + "<<: ".repeat(9000),
    ]
  ) {
    assert.deepEqual(problems(text), ["lab.yaml:1:1: settings are nested over 100 deep, expected 8 at most"]);
  }
  assert.match(problems("[".repeat(20))[0]!, /nested 19 deep/);
});

Deno.test("of a text that is no file of settings, a hundred mistakes are told, each at a length to be read", () => {
  const unknown = Array.from({ length: 5000 }, (_, index) => `key${index}: 1\n`).join("");
  assert.equal(problems(unknown).length, 100);
  assert.equal(problems(`producer: { ${unknown.replaceAll("\n", ", ")} }`).length, 100);
  assert.equal(problems("{ ]\n".repeat(5000)).length, 100);
  const [long] = problems(`${"k".repeat(900)}: 1\n`);
  assert.equal(long, `lab.yaml:1:1: unknown setting '${"k".repeat(200)}…'`);
  assert.match(
    problems(`workers: 5${"k".repeat(900)}\n`)[0]!,
    /'workers': '5k{199}…' is not valid: expected/,
  );
});

Deno.test("a setting that stands twice is refused, at the top, in a section and in a mapping", () => {
  assert.deepEqual(problems("workers: 3\nseed: 1\nworkers: 4\n"), [
    "lab.yaml:3:1: 'workers' stands here twice",
  ]);
  assert.deepEqual(problems("producer: { rate: 1, rate: 2 }\n"), ["lab.yaml:1:22: 'rate' stands here twice"]);
  const [twice] = problems("producer:\n  property: { a: 1, b: 2, a: 3 }\n");
  assert.equal(twice, "lab.yaml:2:27: 'a' stands here twice");
  // Many of them are found without comparing each with each.
  const many = Array.from({ length: 20_000 }, () => "? a\n").join("");
  assert.equal(problems(many).length, 100);
});
