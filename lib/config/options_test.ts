import assert from "node:assert/strict";
import { envName, fileKey, type OptionKey, ROLES } from "./option_spec.ts";
import { ENV_NAMES, ENV_PERMISSIONS, OPTIONS, optionsFor, sharedOptions } from "./options.ts";

const ENTRIES = [
  ...new Map(ROLES.flatMap((role) => optionsFor(role)).map((entry) => [entry.key, entry])).values(),
];

Deno.test("flags, letters, environment variables and file keys are each given once", () => {
  for (const role of ROLES) {
    const entries = optionsFor(role);
    const names = [
      ...entries.map((entry) => `--${entry.flag}`),
      ...entries.flatMap((entry) => entry.short === undefined ? [] : [`-${entry.short}`]),
      ...entries.map(fileKey),
      ...entries.map(envName),
    ];
    assert.equal(new Set(names).size, names.length, role);
  }
});

Deno.test("letters stand only for the options that people type all day", () => {
  const letters = ENTRIES.flatMap((entry) => entry.short ?? []).sort();
  assert.deepEqual(letters, ["d", "n", "o", "q", "r", "s", "u"]);
});

Deno.test("defaults survive being written and read", () => {
  for (const entry of ENTRIES) {
    if (entry.default === undefined) continue;
    assert.deepEqual(entry.kind.parse(entry.kind.format(entry.default)), entry.default, entry.flag);
  }
});

Deno.test("every option has a value or is a boolean, and a sentence of help without a full stop", () => {
  for (const entry of ENTRIES) {
    assert.equal(entry.placeholder === undefined, entry.kind.isBoolean === true, entry.flag);
    for (const text of typeof entry.help === "string" ? [entry.help] : Object.values(entry.help)) {
      assert.match(text, /^[A-Z].*[^.]$/, entry.flag);
    }
  }
});

Deno.test("the table knows the fields of both roles", () => {
  const keys = (role: "producer" | "consumer"): OptionKey[] => optionsFor(role).map((entry) => entry.key);
  assert.ok(keys("producer").includes("compression") && !keys("consumer").includes("compression"));
  assert.ok(keys("consumer").includes("subscription") && !keys("producer").includes("subscription"));
  assert.ok(keys("producer").includes("rate") && keys("consumer").includes("rate"));
  assert.equal(Object.keys(OPTIONS).length, ENTRIES.length);
});

Deno.test("the rate belongs to a role's section, because it means different things", () => {
  const shared = sharedOptions().map((entry) => entry.key);
  assert.ok(shared.includes("workers") && !shared.includes("rate") && !shared.includes("size"));
});

Deno.test("the environment is read by listed names only, and the permissions cover them", () => {
  for (
    const alias of ["PULSAR_SERVICE_URL", "PULSAR_TOPIC", "PULSAR_TOPIC_PARTITIONS", "PRODUCER_NUM_WORKERS"]
  ) {
    assert.ok(ENV_NAMES.includes(alias), alias);
  }
  assert.ok(ENV_NAMES.includes("CONSUMER_NUM_WORKERS") && ENV_NAMES.includes("CONSUMER_SUBSCRIPTION_TYPE"));
  assert.ok(ENV_NAMES.includes("PLL_BATCH_MESSAGES") && ENV_NAMES.includes("PLL_CONFIG"));
  const covers = (name: string): boolean =>
    ENV_PERMISSIONS.some((rule) => rule.endsWith("*") ? name.startsWith(rule.slice(0, -1)) : rule === name);
  assert.deepEqual(ENV_NAMES.filter((name) => !covers(name)), []);
});
