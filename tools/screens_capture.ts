/**
 * Renews the pictures in docs/ from real runs: the screens of the demo, and of a producer and a consumer at an Apache
 * Pulsar broker, in a real terminal; and the report page in a real browser. Needs tmux, Java, Maven and Chromium; takes
 * about five minutes on a quiet machine. Scenario and sweep are drawn from made-up figures, without a broker.
 *
 *   deno task screens [NAME…]
 */
import { join } from "node:path";
import { withPage } from "../tests/support/chromium.ts";
import { cliCommand, type Entry, runCli, startCli } from "../tests/support/cli.ts";
import { type BrokerAddress, startBroker } from "../tests/support/real_broker.ts";
import { Tmux } from "../tests/support/tmux.ts";
import { scenarioHtml, sweepHtml } from "../lib/report/page/html.ts";
import { scenarioSample, sweepSample } from "../lib/report/scenario_test_support.ts";
import { capturedScreen, samplePictures, screenSvg } from "./screens.ts";

const DOCS = join(import.meta.dirname!, "..", "docs");

interface Scene {
  /** File name without `.svg`; ends with the size. */
  readonly name: string;
  readonly title: string;
  readonly entry: Entry;
  readonly args: readonly string[];
  /** What runs beside it, unseen. */
  readonly beside?: { readonly entry: Entry; readonly args: readonly string[] };
  /** Keys to press, then how long to let the run go on. */
  readonly steps: readonly (readonly [keys: readonly string[], seconds: number])[];
  /** Key that closes what lies over the panels: 'q' would only do that. */
  readonly closing?: string;
}

const PRODUCER = [
  ...["--topic", "orders", "--workers", "4", "--compression", "lz4"],
  ...["--stage", "ramp:20s:20k", "--stage", "10m:20k"],
  ...["--threshold", "response.p99<250ms", "--threshold", "errors==0"],
];
const CONSUMER = ["--topic", "orders", "--workers", "4", "--threshold", "verify.lost==0"];
/** Half a minute at a time axis of half a minute fills the charts. */
const FULL_CHART = [[["+"], 32]] as const;

const SCENES: readonly Scene[] = [
  {
    name: "demo-120x40",
    title: "lab demo: producer and consumer at the embedded broker",
    entry: "lab",
    args: ["demo", "--duration", "10m"],
    steps: FULL_CHART,
  },
  ...["80x24", "120x40", "200x60"].map((size): Scene => ({
    name: `producer-${size}`,
    title: `producer at an Apache Pulsar broker, in a terminal of ${size.replace("x", " × ")}`,
    entry: "producer",
    args: PRODUCER,
    beside: { entry: "consumer", args: CONSUMER },
    steps: FULL_CHART,
  })),
  {
    name: "consumer-120x40",
    title: "consumer at an Apache Pulsar broker",
    entry: "consumer",
    // A subscription of its own begins without what the scenes before have left.
    args: [...CONSUMER, "--subscription", "billing"],
    beside: { entry: "producer", args: PRODUCER },
    steps: FULL_CHART,
  },
  {
    name: "help-80x24",
    title: "the help over a running producer",
    entry: "producer",
    args: PRODUCER,
    steps: [[["?"], 5]],
    closing: "?",
  },
  {
    name: "latency-120x40",
    title: "latency over time, enlarged",
    entry: "producer",
    args: PRODUCER,
    beside: { entry: "consumer", args: CONSUMER },
    steps: [[["+", "2"], 32]],
  },
];

async function capture(scene: Scene, { serviceUrl, adminUrl }: BrokerAddress): Promise<string> {
  const [, columns, rows] = /(\d+)x(\d+)$/.exec(scene.name)!.map(Number) as [number, number, number];
  const target = (entry: Entry): string[] =>
    entry === "lab" ? [] : ["-u", serviceUrl, "--admin-url", adminUrl];
  await using terminal = await Tmux.start({ columns, rows });
  await using other = scene.beside === undefined ? undefined : await Tmux.start({ columns: 80, rows: 24 });
  if (scene.beside !== undefined) {
    const { entry, args } = scene.beside;
    await other!.run(cliCommand(entry, [...args, ...target(entry)]));
    await other!.waitFor(/running/);
  }
  await terminal.run(cliCommand(scene.entry, [...scene.args, ...target(scene.entry)]));
  await terminal.waitFor(/● running/);
  for (const [keys, seconds] of scene.steps) {
    await terminal.keys(...keys);
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  }
  const screen = await terminal.screen({ colors: true });
  if (scene.closing !== undefined) await terminal.keys(scene.closing);
  for (const each of [terminal, other]) {
    await each?.keys("q");
    await each?.exit();
  }
  return screenSvg(await capturedScreen(screen, columns, rows), scene.title);
}

/** The page about a run that ramps up and holds, with a consumer beside it. */
async function reportPicture({ serviceUrl }: BrokerAddress): Promise<Uint8Array> {
  const folder = await Deno.makeTempDir();
  try {
    const [result, page] = [join(folder, "orders.json"), join(folder, "report.html")];
    const target = ["-u", serviceUrl, "--topic", "reported", "--workers", "4", "-q"];
    const receiving = startCli("consumer", [
      ...[...target, "--initial-position", "earliest", "--idle", "5s"],
    ]);
    const sent = await runCli("producer", [
      ...[...target, "--compression", "lz4", "--stage", "ramp:20s:20k", "--stage", "30s:20k", "-o", result],
      ...["--threshold", "response.p99<500ms", "--threshold", "errors==0"],
    ]);
    const received = await receiving.outcome;
    const made = await runCli("lab", ["report", result, "-o", page]);
    for (const { code, stderr } of [sent, received, made]) {
      if (code !== 0) throw new Error(`exit code ${code}: ${stderr}`);
    }
    return await pagePicture(page);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** What a page shows first. */
async function pagePicture(file: string): Promise<Uint8Array> {
  let picture = new Uint8Array();
  await withPage(`file://${file}`, { width: 1200, height: 1320 }, async (view) => {
    await view.colorScheme("light");
    await view.evaluate("document.documentElement.style.scrollbarWidth = 'none'");
    picture = new Uint8Array(await view.screenshot({ whole: false }));
  });
  return picture;
}

/** The page of the made-up scenario, or of the made-up sweep. */
async function samplePage(html: string): Promise<Uint8Array> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(join(folder, "report.html"), html);
    return await pagePicture(join(folder, "report.html"));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Pictures that need no broker: what they show is made up, and the same every time. */
const SAMPLES: Readonly<Record<string, { file: string; draw(): Promise<Uint8Array> }>> = {
  scenario: {
    file: "screens/scenario-120x40.svg",
    draw: async () => new TextEncoder().encode((await samplePictures()).get("scenario-120x40.svg")!),
  },
  "scenario-report": {
    file: "scenario-report.png",
    draw: () => {
      const { record, results } = scenarioSample();
      return samplePage(scenarioHtml(record, results));
    },
  },
  "sweep-report": {
    file: "sweep-report.png",
    draw: () => {
      const { record, results } = sweepSample();
      return samplePage(sweepHtml(record, results));
    },
  },
};

if (import.meta.main) {
  const names = [...SCENES.map(({ name }) => name), "report", ...Object.keys(SAMPLES)];
  const isWanted = (name: string): boolean => Deno.args.length === 0 || Deno.args.includes(name);
  const unknown = Deno.args.filter((name) => !names.includes(name));
  if (unknown.length > 0) {
    console.error(`unknown: ${unknown.join(", ")}; there are ${names.join(", ")}`);
    Deno.exit(2);
  }
  for (const [name, { file, draw }] of Object.entries(SAMPLES)) {
    if (!isWanted(name)) continue;
    Deno.writeFileSync(join(DOCS, file), await draw());
    console.log(`docs/${file}`);
  }
  if (![...SCENES.map(({ name }) => name), "report"].some(isWanted)) Deno.exit(0);
  await using broker = await startBroker();
  for (const scene of SCENES.filter(({ name }) => isWanted(name))) {
    Deno.writeTextFileSync(join(DOCS, "screens", `${scene.name}.svg`), await capture(scene, broker));
    console.log(`docs/screens/${scene.name}.svg`);
  }
  if (isWanted("report")) {
    Deno.writeFileSync(join(DOCS, "report.png"), await reportPicture(broker));
    console.log("docs/report.png");
  }
}
