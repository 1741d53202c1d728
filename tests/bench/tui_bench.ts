/**
 * What drawing costs the main thread. Goal: at most 1 % of a core at 10 frames a second, so 1 ms for a snapshot taken
 * in, a frame drawn and its difference written.
 *
 *   deno bench --allow-env tests/bench/tui_bench.ts
 */
import { CellBuffer } from "../../lib/tui/cells.ts";
import { Dashboard } from "../../lib/tui/dashboard.ts";
import { drawOverview } from "../../lib/tui/draw.ts";
import { sampleGroupViews, sampleScenarioView } from "../../lib/tui/overview/sample_scenario_test_support.ts";
import type { GroupInfo } from "../../lib/tui/group_run.ts";
import {
  SAMPLE_CONSUMER_INFO,
  SAMPLE_INFO,
  sampleHistogram,
  sampleSnapshot,
} from "../../lib/tui/sample_run_test_support.ts";
import { snapshotStats } from "../../lib/tui/stats.ts";
import { Terminal } from "../../lib/tui/terminal.ts";
import type { TerminalHost } from "../../lib/tui/terminal_host.ts";
import { createTheme } from "../../lib/tui/theme.ts";
import type { RunSnapshot } from "../../lib/load/snapshot.ts";

function dashboardOf(columns: number, rows: number, demo: boolean): Dashboard {
  const nothing = () => () => {};
  const host: TerminalHost = {
    write: (bytes) => bytes.length,
    read: () => new Promise(() => {}),
    inputIsTerminal: false,
    setRaw() {},
    size: () => ({ columns, rows }),
    onSignal: nothing,
    onEvent: nothing,
    exit() {},
    console: { log() {}, info() {}, warn() {}, error() {}, debug() {} },
  };
  const terminal = new Terminal(host);
  terminal.open();
  const groups: GroupInfo[] = [
    { name: "producer", role: "producer", info: SAMPLE_INFO },
    ...(demo ? [{ name: "consumer", role: "consumer", info: SAMPLE_CONSUMER_INFO } as const] : []),
  ];
  return new Dashboard({ terminal, theme: createTheme("truecolor", "braille"), groups, onAction: () => {} });
}

const producer = sampleSnapshot("producer");
const consumer = sampleSnapshot("consumer");

/** The next snapshot, a tenth of a second later, with every number changed. */
function moved(base: RunSnapshot, step: number): RunSnapshot {
  const grow = (span: RunSnapshot["total"], by: number) => ({
    ...span,
    counters: {
      ...span.counters,
      messages: span.counters.messages + by,
      bytes: span.counters.bytes + by * 1024,
    },
  });
  return {
    ...base,
    at: base.at + step * 100_000,
    elapsed: base.elapsed + step / 10,
    inFlight: 700 + (step * 37) % 500,
    total: grow(base.total, step * 5000 + (step % 7) * 90),
    window: grow(base.window, (step % 11) * 130),
    workers: base.workers.map((worker) => ({ ...worker, rate: worker.rate + (step * 13) % 400 })),
  };
}

for (const [columns, rows] of [[80, 24], [120, 40], [200, 60]] as const) {
  for (const demo of [false, true]) {
    const dashboard = dashboardOf(columns, rows, demo);
    let step = 0;
    const next = (): void => {
      step++;
      dashboard.update("producer", moved(producer, step));
      if (demo) dashboard.update("consumer", moved(consumer, step));
      dashboard.render();
    };
    // A minute of history, so that the charts are full.
    for (let i = 0; i < 600; i++) next();
    Deno.bench(`snapshot, frame and difference, ${demo ? "demo" : "producer"}, ${columns}×${rows}`, next);
  }
}

for (const count of [4, 40]) {
  const [...sample] = sampleGroupViews();
  const groups = Array.from(
    { length: count },
    (_, i) => ({ ...sample[i % sample.length]!, name: `group-${i}` }),
  );
  const view = sampleScenarioView({ groups });
  const buffer = new CellBuffer(120, 40);
  Deno.bench(
    `frame of a scenario's overview, ${count} groups, 120×40`,
    () => drawOverview(buffer, view, false),
  );
}

const frame = new CellBuffer(200, 60);
const still = dashboardOf(200, 60, false);
still.update("producer", producer);
Deno.bench("frame alone, 200×60", () => still.draw(frame));

const wide = {
  ...producer,
  total: { ...producer.total, latency: { service: sampleHistogram(50_000, 1e6, 5) } },
};
Deno.bench("percentiles and bins of a snapshot", () => {
  snapshotStats(wide);
});
