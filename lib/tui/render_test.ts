import assert from "node:assert/strict";
import { CellBuffer } from "./cells.ts";
import { renderDemo, renderRun } from "./render.ts";
import { sampleSnapshot, sampleView } from "./sample_run_test_support.ts";
import { GLYPHS } from "./theme.ts";
import { INITIAL_UI, type View } from "./view.ts";

// deno-fmt-ignore
const PRODUCER = `
 producer  pulsar://localhost:6650 ▸ persistent://public/default/load     0.1.0
 ● running  errors 0  stage 2/3 hold 50k  ━━━━━━━━━━━━━━━━━━  1:12 / 5:00   24%
╭─ 1 Rate ───────────────────────────────────────────────────────── last 60 s ─╮
│ 49,812 msg/s   of 50,000  99.6%   on schedule   51.0 MB/s   total 3,514,735  │
│ 60k ┤        ⢀⣀⣀⣀⣀⣀⣀⡀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⡀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⡀⣀⣀⣀⢀⣀⣀⣀⣀ │
│     │⢀⣀⣠⣤⣴⣶⣾⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⡆  ⢰⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿ │
│ 30k ┤⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣧⣤⣤⣼⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿ │
│     │⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿ │
│   0 ┤⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿ │
╰──────────────────────────────────────────────────────────────────────────────╯
╭─ 2 Latency ───────────────────────── now = last 1 s ─╮╭─ 3 Spread ───────────╮
│                  P50     P95     P99   P99.9     max ││ 1.02 ms │ ▏     0.5% │
│ service  now 1.90 ms 3.47 ms 5.28 ms 10.4 ms 19.8 ms ││ 2.44 ms │ ██▎  41.5% │
│          run 1.92 ms 3.53 ms 5.59 ms 12.0 ms 13.8 ms ││ 5.79 ms │ ███  56.1% │
│ response now 2.61 ms 4.74 ms 7.16 ms 17.3 ms 21.8 ms ││ 13.8 ms │ ▏     1.8% │
│          run 2.60 ms 4.75 ms 7.22 ms 14.2 ms 27.1 ms ││ 32.8 ms │ ▏     0.2% │
╰──────────────────────────────────────────────────────╯╰──────────────────────╯
╭─ 4 In flight ──────────╮╭─ 6 Thresholds ─────────╮╭─ 5 Workers ── 4 running ─╮
│ in flight     812/2k   ││ ✓ response.p99<20ms    ││          min   med   max │
│ back-pressure 18.0%    ││ ✓ rate>=0.99*target    ││ msg/s  12.1k 12.5k 12.7k │
│ loop lag      2.90 ms  ││ ✓ errors==0          0 ││ lag     <1ms   1ms   2ms │
╰────────────────────────╯╰────────────────────────╯╰──────────────────────────╯
 ▸ workers 4    rate 50,000/s    size 1 KiB    batch 500 msg    compression lz4
 q quit  p pause  ↑↓←→ adjust  ? help  1–9 enlarge  +− time  L logs  r reset
`;

// deno-fmt-ignore
const CONSUMER = `
 consumer  pulsar://localhost:6650 ▸ …/public/default/load  lab (shared)  0.1.0
 ● running  errors 0  ✓ intact  high-throughput  ━━━━━━━━━━━  1:12 / 5:00   24%
╭─ 1 Throughput ─────────────────────────────────────────────────── last 60 s ─╮
│ 49,812 msg/s   51.0 MB/s   acked 49,392/s   total 3,514,735   wire 26.9 MB/s │
│ 60k ┤       ⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀    ⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀ │
│     │⣤⣤⣶⣶⣾⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⡇  ⢸⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿ │
│     │⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿ │
│   0 ┤⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿ │
╰──────────────────────────────────────────────────────────────────────────────╯
╭─ 2 Latency ───────────────── now = last 1 s ─╮╭─ 3 Spread ────── end-to-end ─╮
│                      P50       P99       max ││ 2.44 ms │ ██▎          16.9% │
│ end-to-end now   3.42 ms   10.1 ms   30.1 ms ││ 8.93 ms │ ███████████  82.1% │
│            run   3.42 ms   9.36 ms   28.5 ms ││ 32.8 ms │ ▏             1.1% │
╰──────────────────────────────────────────────╯╰──────────────────────────────╯
╭─ 9 Integrity ───────────────────────────────────────────────────── ✓ intact ─╮
│ verified 3,514,204  lost 0  dup 0  out of order 0  corrupt 0  foreign 0      │
╰──────────────────────────────────────────────────────────────────────────────╯
╭─ 4 Delivery ───────────╮╭─ 6 Thresholds ─────────╮╭─ 5 Workers ── 4 running ─╮
│ acknowledged  49.4k/s  ││ ✓ response.p99<20ms    ││          min   med   max │
│ backlog       1,240    ││ ✓ rate>=0.99*target    ││ msg/s  12.1k 12.5k 12.7k │
│ redelivered   14       ││ ✓ errors==0          0 ││ lag     <1ms   1ms   2ms │
╰────────────────────────╯╰────────────────────────╯╰──────────────────────────╯
 ▸ workers 4    rate unlimited
 q quit  p pause  ↑↓←→ adjust  ? help  1–9 enlarge  +− time  L logs  r reset
`;

// deno-fmt-ignore
const DEMO = `
 demo  pulsar://localhost:6650  run 8f3a2c             1:12 / 5:00   24%  0.1.0
 producer  ● running           errors 0  consumer  ● running           errors 0
╭─ 1 Rate ───────────────── last 60 s ─╮╭─ 5 Throughput ─────────── last 60 s ─╮
│ 49,812 msg/s   of 50,000  99.6%      ││ 49,812 msg/s   51.0 MB/s             │
│ 60k ┤   ⢀⣀⣀⣀⣀⣀⢀⣀⣀⡀⣀⣀⣀⣀⡀⣀⢀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀ ││ 60k ┤    ⣀⣀⣀⣀⣀⢀⣀⣀⡀⣀⣀⣀⣀⡀ ⢀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀⣀ │
│     │⣀⣤⣾⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣷ ⣸⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿ ││     │⣀⣤⣾⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣷ ⣸⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿ │
│ 30k ┤⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣤⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿ ││ 30k ┤⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣤⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿ │
│     │⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿ ││     │⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿ │
│   0 ┤⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿ ││   0 ┤⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿⣿ │
╰──────────────────────────────────────╯╰──────────────────────────────────────╯
╭─ 2 Latency ───────── now = last 1 s ─╮╭─ 6 Latency ───────── now = last 1 s ─╮
│                  P50     P99     max ││              P50      P99      max   │
│ service  now 1.90 ms 5.28 ms 19.8 ms ││ e2e now  3.42 ms  10.1 ms  30.1 ms   │
│          run 1.92 ms 5.59 ms 13.8 ms ││     run  3.42 ms  9.36 ms  28.5 ms   │
│ response now 2.61 ms 7.16 ms 21.8 ms │╰──────────────────────────────────────╯
│          run 2.60 ms 7.22 ms 27.1 ms │╭─ 7 Integrity ───────────── ✓ intact ─╮
╰──────────────────────────────────────╯│ verified     3,514,204               │
╭─ 3 In flight ────────────────────────╮│ lost           0  duplicate      0   │
│ in flight     812 of 2k    ■■■■■■■■■ ││ out of order   0  corrupt        0   │
│ back-pressure 18.0%        ■■■■■■■■■ ││ foreign        0                     │
│ loop lag      2.90 ms                ││                                      │
╰──────────────────────────────────────╯╰──────────────────────────────────────╯
 ▸ workers 4    rate 50,000/s    size 1 KiB    batch 500 msg    compression lz4
 q quit  p pause  ↑↓←→ adjust  ? help  1–9 enlarge  +− time  L logs  r reset
`;

function screen(view: View, columns = 80, rows = 24): string {
  const buffer = new CellBuffer(columns, rows);
  renderRun(view, buffer);
  return `\n${buffer.text()}\n`;
}

Deno.test("the producer's screen at 80×24 is exactly this", () => {
  assert.equal(screen(sampleView("producer")), PRODUCER);
});

Deno.test("the consumer's screen at 80×24 is exactly this", () => {
  assert.equal(screen(sampleView("consumer")), CONSUMER);
});

Deno.test("producer and consumer side by side at 80×24 are exactly this", () => {
  const buffer = new CellBuffer(80, 24);
  renderDemo(sampleView("producer"), sampleView("consumer"), buffer);
  assert.equal(`\n${buffer.text()}\n`, DEMO);
});

Deno.test("drawing twice into the same buffer leaves nothing of the first screen", () => {
  const buffer = new CellBuffer(80, 24);
  renderRun(sampleView("consumer"), buffer);
  renderRun(sampleView("producer"), buffer);
  assert.equal(`\n${buffer.text()}\n`, PRODUCER);
});

Deno.test("an enlarged panel fills the body, and the header and the keys stay", () => {
  const lines = screen({ ...sampleView("producer"), ui: { ...INITIAL_UI, enlarged: 2 } }).trim().split("\n");
  const whole = PRODUCER.trim().split("\n");
  assert.match(lines[2] ?? "", /^╭─ 2 Latency ─+ now = last 1 s ─╮$/);
  assert.match(lines[21] ?? "", /^╰─+╯$/);
  assert.equal(lines.join("\n").includes("response over time"), true);
  assert.deepEqual([lines[0], ...lines.slice(22)], [whole[0], ...whole.slice(22)]);
});

Deno.test("in the demo the consumer's panels have their own numbers", () => {
  const buffer = new CellBuffer(80, 24);
  renderDemo(
    { ...sampleView("producer"), ui: { ...INITIAL_UI, enlarged: 7 } },
    sampleView("consumer"),
    buffer,
  );
  assert.match(buffer.row(2), /^╭─ 7 Integrity ─+ ✓ intact ─╮$/);
});

Deno.test("the help lies over the middle and names every key", () => {
  const text = screen({ ...sampleView("producer"), ui: { ...INITIAL_UI, help: true } });
  for (
    const key of ["↑↓", "←→", "p, Space", "r ", "1–9", "+ −", "L ", "Ctrl-L", "? ", "q ", "Ctrl-C", "Ctrl-Z"]
  ) {
    assert.match(text, new RegExp(`│ ${key.replace(/[?+]/g, "\\$&")}`));
  }
});

Deno.test("the help explains every word that the panels of a role use", () => {
  const words = {
    producer: [
      "response",
      "service",
      "now / run",
      "behind",
      "missed slots",
      "back-pressure",
      "loop lag",
      "payload/wire",
    ],
    consumer: ["end-to-end", "now / run", "loop lag", "backlog", "foreign"],
  };
  for (const role of ["producer", "consumer"] as const) {
    const text = screen({ ...sampleView(role), ui: { ...INITIAL_UI, help: true } });
    for (const word of words[role]) assert.ok(text.includes(`│ ${word} `), `${role}: ${word}`);
  }
});

Deno.test("a help longer than the screen scrolls to its end, and not beyond", () => {
  const at = (helpFrom: number): string =>
    screen({ ...sampleView("producer"), ui: { ...INITIAL_UI, help: true, helpFrom } }, 60, 20);
  assert.match(at(0), /↑↓ more/);
  assert.match(at(0), /choose a setting/);
  assert.doesNotMatch(at(0), /payload\/wire/);
  assert.match(at(99), /payload\/wire[^]*╰─+╯\s*$/);
});

Deno.test("from 60×20 on rate, percentiles, errors, integrity and the chosen setting are on the first screen", () => {
  for (
    const [columns, rows] of [[60, 20], [60, 40], [79, 23], [80, 24], [120, 20], [120, 40], [
      200,
      50,
    ]] as const
  ) {
    for (const role of ["producer", "consumer"] as const) {
      for (const selected of [0, 1, 2, 3, 4].slice(0, role === "producer" ? 5 : 2)) {
        const text = screen({ ...sampleView(role), ui: { ...INITIAL_UI, selected } }, columns, rows);
        const where = `${role} ${columns}×${rows}, setting ${selected}`;
        assert.match(text, /49,812 msg\/s/, where);
        assert.match(text, /P50 .*P99 .*max/, where);
        assert.match(text, /errors 0/, where);
        assert.match(text, /▸ (workers|rate|size|batch|compression)/, where);
        assert.match(text, /⣿/, `${where}: no chart`);
        if (role === "consumer") assert.match(text, /✓ intact/, where);
        else assert.match(text, /of 50,000/, where);
      }
    }
  }
});

Deno.test("in ASCII no other character is left on the screen, whatever others call their things", () => {
  const snapshot = sampleSnapshot("producer", 72, { log: [{ at: 0, level: "warn", text: "größer 日本" }] });
  const view = { ...sampleView("producer", { snapshot }), glyphs: GLYPHS.ascii };
  for (const [columns, rows] of [[80, 24], [120, 40]] as const) {
    const buffer = new CellBuffer(columns, rows, true);
    renderRun(view, buffer);
    assert.match(buffer.text(), /^[\n -~]*$/);
  }
});

Deno.test("no name or message of others can write control sequences to the terminal", () => {
  const evil = "\x1b]0;owned\x07\x1b[2Jtext\r\n";
  const base = sampleSnapshot("producer");
  const snapshot = {
    ...base,
    runId: evil,
    stage: { index: 0, count: 1, name: evil, rate: 1 },
    log: [{ at: 0, level: "error" as const, text: evil }],
    total: { ...base.total, errors: new Map([[evil, 3]]) },
  };
  const view = sampleView("producer", { snapshot });
  const info = { ...view.info, target: evil, topic: evil, profile: evil };
  const thresholds = [{ text: evil, state: "fail" as const, value: evil }];
  const buffer = new CellBuffer(120, 40);
  renderRun({ ...view, info, thresholds }, buffer);
  assert.equal(buffer.chars.every((code) => code === 0 || code >= 0x20 && code !== 0x7f), true);
  assert.equal(buffer.text().includes("]0;owned"), false);
});

Deno.test("a run that has not begun is drawn without a number made up", () => {
  const base = sampleSnapshot("producer");
  const nothing = {
    ...base.total,
    seconds: 0,
    counters: { ...base.total.counters, messages: 0 },
    latency: {},
  };
  const snapshot = {
    ...base,
    phase: "starting" as const,
    elapsed: 0,
    total: nothing,
    window: nothing,
    workers: [],
  };
  for (const [columns, rows] of [[80, 24], [120, 40], [200, 60]] as const) {
    const text = screen(sampleView("producer", { snapshot }), columns, rows);
    assert.doesNotMatch(text, /NaN|undefined|Infinity/);
    assert.match(text, /nothing measured yet/);
  }
});
