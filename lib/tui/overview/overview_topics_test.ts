import assert from "node:assert/strict";
import { CellBuffer } from "../cells.ts";
import { drawOverview, drawRuns } from "../draw.ts";
import { TopicHistory, type TopicRates } from "../topic_rates.ts";
import { INITIAL_UI, type UiState } from "../view.ts";
import { sampleGroupViews, sampleScenario, sampleScenarioView } from "./sample_scenario_test_support.ts";
import type { ScenarioView } from "./view.ts";

/** A hundred topics of which number 42 is silent and number 7 slow. */
function topicRates(): TopicRates {
  const history = new TopicHistory();
  const messages = new Float64Array(100);
  const figures = { count: 100, together: 1, messages, nameOf: (place: number) => `orders-${place}` };
  history.add(figures, 0);
  messages.set(messages.map((_, index) => index === 42 ? 0 : index === 7 ? 140 : 400));
  history.add(figures, 2);
  return history.rates!;
}

function view(ui: Partial<UiState> = {}, replace: Partial<ScenarioView> = {}): ScenarioView {
  const [first, ...others] = sampleGroupViews({ ui: { ...INITIAL_UI, ...ui } });
  const groups = [{ ...first!, view: { ...first!.view!, topics: topicRates() } }, ...others];
  return sampleScenarioView({ groups, ui: { ...INITIAL_UI, ...ui }, ...replace });
}

function screen(shown: ScenarioView, columns: number, rows: number): string {
  const buffer = new CellBuffer(columns, rows);
  drawOverview(buffer, shown, false);
  return buffer.text();
}

Deno.test("where there is room the overview shows the topics of the chosen group", () => {
  const few = { scenario: sampleScenario({ steps: [] }) };
  for (const [columns, rows] of [[80, 24], [120, 40]] as const) {
    const text = screen(view({}, few), columns, rows);
    assert.match(text, /╭─ Topics of orders ─.* share of the mean, last 2 s/);
    assert.match(text, /100 topics {3}min 0\.0 {2}median 200 {2}max 200 msg\/s {3}silent 1/);
    assert.match(text, /▓░+▓/);
    assert.match(text, /▓·+▓/);
    assert.match(text, / T topics/);
  }
  assert.match(screen(view({ chosen: 1 }, few), 120, 40), /Topics of payments .*\n│ nothing to compare/);
});

Deno.test("T fills the screen with them, in the overview and in a group's own view", () => {
  for (const [columns, rows] of [[80, 24], [120, 40]] as const) {
    const text = screen(view({ topics: true }), columns, rows);
    assert.match(text, /Topics of orders/);
    assert.match(text, /· silent {2}░ up to 50 % {2}▒ up to 80 % {2}▓ near the mean {2}█ over 125 %/);
    assert.doesNotMatch(text, /Timeline|Groups/);
    const buffer = new CellBuffer(columns, rows);
    drawRuns(buffer, { first: view({ topics: true }).groups[0]!.view }, false);
    assert.match(buffer.text(), /Topics of orders/);
  }
});

Deno.test("without topics to compare the overview is as it was", () => {
  const text = screen(sampleScenarioView(), 120, 40);
  assert.doesNotMatch(text, /Topics of| T topics/);
});
