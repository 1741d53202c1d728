/** The page of the scenario file, from the tables that its reader uses. */
import { fileKey, helpText } from "../../lib/config/option_spec.ts";
import type { OptionEntry } from "../../lib/config/options.ts";
import type { Role } from "../../lib/config/run_config.ts";
import { STEP_METRICS } from "../../lib/report/thresholds/step_rules.ts";
import {
  ACTION_FIELDS,
  type Fields,
  groupOptions,
  HOLD_FIELDS,
  NAMESPACE_FIELDS,
  PRODUCER_FIELDS,
  STEP_FIELDS,
  SUBSCRIPTION_FIELDS,
  TOP_FIELDS,
  TOPIC_FIELDS,
  topOptions,
} from "../../lib/scenario/file/fields.ts";
import { code, page, prose, table } from "./markdown.ts";

export function scenarioPage(): string {
  return page(
    "# The scenario file",
    "What `lab run FILE` takes: one YAML mapping. [Scenarios](../scenarios.md) explains it by examples; editors know it from its " +
      "[JSON Schema](../../scenarios/schema.json). Unknown keys, names that are not there and times that cannot be are refused with " +
      "file, line and column before anything is started.",
    "## At the top",
    "What all groups have in common: these settings, and the options below, by their names in files.",
    fields(TOP_FIELDS),
    options(topOptions(), "producer"),
    "## namespaces",
    "Named by `tenant/namespace`. One that does not exist is created; its tenant must exist.",
    fields(NAMESPACE_FIELDS),
    "## topics",
    "Groups of topics, by name.",
    fields(TOPIC_FIELDS),
    "## producers",
    "Groups of producers, by name: these settings, and everything that `producer` takes about load, batches and payloads.",
    fields(PRODUCER_FIELDS),
    options(groupOptions("producer"), "producer"),
    "## subscriptions",
    "Subscriptions, by name: these settings, and everything that `consumer` takes about load, subscription and acknowledgement.",
    fields(SUBSCRIPTION_FIELDS),
    options(groupOptions("consumer"), "consumer"),
    "## steps",
    "A list. Each step has a time and exactly one action.",
    fields(STEP_FIELDS),
    fields(ACTION_FIELDS, "Action"),
    "Beside `hold`:",
    fields(HOLD_FIELDS),
    "What `thresholds` of a step can judge by themselves; with `GROUP:` in front, any [metric](thresholds.md) of that group while the step lasted.",
    table(
      ["Metric", "Meaning"],
      Object.entries(STEP_METRICS).map(([name, { help }]) => [code(name), prose(help)]),
    ),
    "## sweep",
    "A mapping from paths such as `producers.web.size` to lists of values: every combination runs in turn.",
  );
}

function fields(known: Fields, what = "Setting"): string {
  return table([what, "Meaning"], Object.entries(known).map(([name, { help }]) => [code(name), prose(help)]));
}

function options(entries: ReadonlyMap<string, OptionEntry>, role: Role): string {
  return table(
    ["Option", "Meaning"],
    [...entries.values()].map((entry) => [code(fileKey(entry)), prose(helpText(entry, role))]),
  );
}
