/** The lines at the top and at the bottom of a scenario's overview. */
import { progress } from "../chart.ts";
import { clock, integer } from "../format.ts";
import { fit, flow, type Line, lineWidth, seg, type Segment, spread } from "../line.ts";
import { quitQuestion } from "../panels/controls.ts";
import { clean, clip, textWidth } from "../text.ts";
import { plural } from "../../config/units.ts";
import {
  allErrors,
  findings,
  hasTopics,
  overviewPhase,
  phaseText,
  type ScenarioView,
  stepsOf,
} from "./view.ts";

/** `0:42 / 2:00   35%`, or what is known of it. */
export function scenarioTime({ scenario }: ScenarioView): string {
  const elapsed = clock(scenario?.elapsed ?? 0);
  const fraction = doneFraction(scenario);
  if (fraction === undefined) return elapsed;
  return `${elapsed} / ${clock(scenario?.duration ?? 0)}  ${`${Math.floor(fraction * 100)}%`.padStart(4)}`;
}

function doneFraction(scenario: ScenarioView["scenario"]): number | undefined {
  const { duration, elapsed } = scenario ?? { elapsed: 0 };
  return duration === undefined || duration <= 0 ? undefined : Math.min(1, elapsed / duration);
}

export function scenarioPhase(view: ScenarioView): Segment {
  const text = phaseText(view);
  const style = text === "running" || text === "done" ? "good" : text === "draining" ? "accent" : "warn";
  return seg(`${view.glyphs.bullet} ${text}`, style);
}

/** Whether anything counts against the run until now. */
export function verdictMark(view: ScenarioView): Segment {
  const found = findings(view);
  if (found.length > 0) return seg(`${view.glyphs.fail} ${clean(found.join(", "))}`, "bad");
  return seg(`${view.glyphs.pass} nothing against it`, "good");
}

export function errorsText(view: ScenarioView): Segment {
  const errors = allErrors(view);
  return errors === 0 ? seg("errors 0", "good") : seg(`errors ${integer(errors)}`, "warn");
}

export function headLines(view: ScenarioView, width: number): Line[] {
  const { info, glyphs, scenario } = view;
  const right: Segment[] = [
    ...(info.embedded ? [seg("embedded broker", "warn"), seg("  ")] : []),
    seg(info.version, "dim"),
    seg(" "),
  ];
  const left: Segment[] = [
    seg(" scenario", "accent"),
    seg("  "),
    seg(clip(clean(view.name), 40), "strong"),
    seg(`  ${clean(info.target)}`, "dim"),
  ];
  const steps = stepsOf(view);
  const over = steps.filter(({ state }) => state === "done" || state === "failed").length;
  const room = width - scenarioTime(view).length - 4;
  const phase = scenarioPhase(view);
  const verdict = verdictMark(view);
  // What counts against the run is said as far as there is room; the result has all of it.
  const said = clip(verdict.text, Math.max(1, room - textWidth(phase.text) - 2));
  const state = flow(
    [
      [phase],
      [seg(said, verdict.style)],
      [errorsText(view)],
      steps.length === 0 ? [] : [seg(`step ${over} of ${steps.length}`, "dim")],
      [seg(plural(view.groups.length, "group"), "dim")],
    ],
    room,
    2,
  );
  const time: Segment[] = [seg(scenarioTime(view), "strong"), seg(" ")];
  const fraction = doneFraction(scenario);
  const barWidth = Math.min(40, width - lineWidth(state) - lineWidth(time) - 5);
  if (fraction !== undefined && barWidth >= 6) {
    time.unshift(...progress(fraction, barWidth, glyphs, "accent"), seg("  "));
  }
  return [fit(spread(left, right, width), width), fit(spread([seg(" "), ...state], time, width), width)];
}

/** The bottom line: keys, most needed first. */
export function overviewKeys(view: ScenarioView, width: number): Line {
  if (view.ui.asksToQuit) return fit([seg(" "), ...quitQuestion()], width);
  const last = Math.min(9, view.groups.length);
  const keys = [
    ["q", "quit"],
    ["p", overviewPhase(view) === "paused" ? "resume all" : "pause all"],
    [last === 1 ? "1" : `1–${last}`, "group"],
    ["Tab", "next"],
    ["?", "help"],
    ...(hasTopics(view) ? [["T", view.ui.topics ? "overview" : "topics"]] as const : []),
    ["+−", "time"],
    ["L", "logs"],
    ["r", "reset all"],
  ] as const;
  const line = flow(keys.map(([key, what]) => [seg(key, "key"), seg(` ${what}`, "dim")]), width - 2, 2);
  return fit([seg(" "), ...line], width);
}
