/** The reference pages: one entry each, with its file in docs/reference. A page is added by adding an entry. */
import { csvPage } from "./csv_page.ts";
import { eventsPage } from "./events_page.ts";
import { exitCodesPage } from "./exit_codes_page.ts";
import { labPage } from "./lab_page.ts";
import { page, table } from "./markdown.ts";
import { metricsPage } from "./metrics_page.ts";
import { optionsPage } from "./options_page.ts";
import { permissionsPage } from "./permissions_page.ts";
import { profilesPage } from "./profiles_page.ts";
import { resultPage } from "./result_page.ts";
import { scenarioPage } from "./scenario_page.ts";
import { thresholdsPage } from "./thresholds_page.ts";

export interface ReferencePage {
  readonly file: string;
  /** What the index and the site's menu say. */
  readonly title: string;
  readonly about: string;
  text(): string;
}

export const PAGES: readonly ReferencePage[] = [
  {
    file: "producer.md",
    title: "Options of producer",
    about: "every option with values, default, environment variable",
    text: () => optionsPage("producer"),
  },
  {
    file: "consumer.md",
    title: "Options of consumer",
    about: "every option with values, default, environment variable",
    text: () => optionsPage("consumer"),
  },
  { file: "lab.md", title: "Commands of lab", about: "every command with its options", text: labPage },
  {
    file: "scenario.md",
    title: "The scenario file",
    about: "every key of what `lab run` takes",
    text: scenarioPage,
  },
  { file: "profiles.md", title: "Profiles", about: "what they set, and why", text: profilesPage },
  {
    file: "thresholds.md",
    title: "Thresholds",
    about: "rules, and the metrics that they judge",
    text: thresholdsPage,
  },
  {
    file: "exit-codes.md",
    title: "Exit codes and verdicts",
    about: "codes, and the findings behind them",
    text: exitCodesPage,
  },
  { file: "result.md", title: "The result file", about: "every field of the JSON", text: resultPage },
  { file: "events.md", title: "Events", about: "lines of JSON while a run goes on", text: eventsPage },
  { file: "csv.md", title: "CSV columns", about: "columns of the intervals", text: csvPage },
  {
    file: "metrics.md",
    title: "Prometheus metrics",
    about: "what the metrics endpoint serves",
    text: metricsPage,
  },
  {
    file: "permissions.md",
    title: "Permissions",
    about: "what each executable may do, and why",
    text: permissionsPage,
  },
];

/** The index of the folder. */
export function indexPage(): string {
  return page(
    "# Reference",
    "These pages are made from the tables in the code by `deno task docs`, and a test keeps them current: edit the tables, not the pages. " +
      "The same is in the man pages, [docs/man](../man).",
    table(["Page", "What it has"], PAGES.map(({ file, title, about }) => [`[${title}](${file})`, about])),
  );
}
