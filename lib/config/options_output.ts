/** The lines of the option table about where figures go and how they are shown, and the profile. */
import { type OptionSpec, type OptionValue, ROLES } from "./option_spec.ts";
import type { CommonConfig } from "./run_config.ts";
import { boolean, choice, duration, file, integer, listOf, text } from "./value_kinds.ts";

const HOUR = 3600e3;
const results = { roles: ROLES, group: "Results" } as const;
const display = { roles: ROLES, group: "Display" } as const;

type OutputKey =
  | "output"
  | "json"
  | "events"
  | "csv"
  | "hdrLog"
  | "html"
  | "trace"
  | "thresholds"
  | "metricsPort"
  | "metricsHost"
  | "profile"
  | "ui"
  | "quiet"
  | "color"
  | "theme"
  | "reportIntervalMs"
  | "debug";

/** The example is one that the role measures. */
function thresholdHelp(example: string): string {
  return `Fail (exit code 99) unless this holds, as in '${example}'; may be repeated (see --help-thresholds)`;
}

export const OUTPUT_OPTIONS: {
  readonly [K in OutputKey & keyof CommonConfig]-?: OptionSpec<OptionValue<K>>;
} = {
  output: {
    ...results,
    flag: "output",
    short: "o",
    placeholder: "file",
    kind: file,
    common: 15,
    help: "Write the result as JSON, in place of an older file; '-' is standard output",
  },
  json: {
    ...results,
    flag: "json",
    kind: boolean,
    default: false,
    help: "Print the result as JSON instead of the summary",
  },
  events: {
    ...results,
    flag: "events",
    placeholder: "file",
    preset: "-",
    kind: file,
    help: "Write one line of JSON for each interval and change; standard output without a file",
  },
  csv: {
    ...results,
    flag: "csv",
    placeholder: "file",
    kind: file,
    help: "Write the intervals as CSV",
  },
  hdrLog: {
    ...results,
    flag: "hdr-log",
    placeholder: "file",
    kind: file,
    help: "Write the latency histograms as an HdrHistogram log",
  },
  html: {
    ...results,
    flag: "html",
    placeholder: "file",
    kind: file,
    help: "Write the page that 'lab report' makes of the result",
  },
  trace: {
    ...results,
    flag: "trace",
    placeholder: "file",
    kind: file,
    help: "Write one line of JSON for each entry that is acknowledged or received (docs/trace.md)",
  },
  thresholds: {
    ...results,
    flag: "threshold",
    placeholder: "rule",
    kind: listOf(text("a rule such as 'errors==0'")),
    default: [],
    common: 14,
    help: {
      producer: thresholdHelp("response.p99<20ms"),
      consumer: thresholdHelp("e2e.p99<50ms"),
    },
  },
  metricsPort: {
    ...results,
    flag: "metrics-port",
    placeholder: "port",
    kind: integer(0, 65_535),
    help: "Serve metrics to Prometheus on this port; 0 picks a free one",
  },
  metricsHost: {
    ...results,
    flag: "metrics-host",
    placeholder: "address",
    kind: text("an address to listen on", /^[\w.:-]+$/),
    default: "127.0.0.1",
    help: "Address that the metrics are served on",
  },

  profile: {
    ...display,
    group: "Load",
    flag: "profile",
    placeholder: "name|file",
    kind: text("the name of a profile or the path of one"),
    default: "default",
    common: 6,
    help: "Start from these settings (see --list-profiles)",
  },
  ui: {
    ...display,
    flag: "ui",
    placeholder: "mode",
    kind: choice("auto", "full", "basic", "plain", "none"),
    default: "auto",
    common: 16,
    help: "Panels, one live line, or one line each interval",
  },
  quiet: {
    ...display,
    flag: "quiet",
    short: "q",
    kind: boolean,
    default: false,
    help: "Show no progress; the summary is still printed",
  },
  color: {
    ...display,
    flag: "color",
    placeholder: "when",
    kind: choice("auto", "always", "never"),
    default: "auto",
    help: "Use colours; NO_COLOR is respected",
    env: [{ name: "PLL_NO_COLOR", value: "never" }, { name: "NO_COLOR", value: "never" }],
  },
  theme: {
    ...display,
    flag: "theme",
    placeholder: "background",
    kind: choice("auto", "dark", "light"),
    default: "auto",
    help: "Colours of the panels for a dark or a light background; auto asks the terminal",
  },
  reportIntervalMs: {
    ...display,
    flag: "report-interval",
    placeholder: "time",
    kind: duration(100, HOUR),
    default: 10e3,
    help: "Time between progress lines, events, rows of CSV and HDR log; a result has one a second",
  },
  debug: {
    ...display,
    flag: "debug",
    kind: boolean,
    default: false,
    help: "Show stack traces and protocol details",
  },
};
