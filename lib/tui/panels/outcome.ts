/** Verdicts: thresholds, errors by code, and the integrity of what was consumed. */
import { errorShare, errorTotal } from "../../load/figures.ts";
import { plural } from "../../config/units.ts";
import { integer, percent } from "../format.ts";
import { fit, flow, type Line, lineWidth, seg, type Segment, spread, type Style } from "../line.ts";
import { clean, clip, padEnd, padStart, textWidth } from "../text.ts";
import type { View } from "../view.ts";
import { frame, innerWidth, pair } from "./frame.ts";
import type { Integrity, ThresholdState } from "../../load/snapshot.ts";

const ORDER: Readonly<Record<ThresholdState["state"], number>> = { fail: 0, pending: 1, pass: 2 };
const STATE_STYLE: Readonly<Record<ThresholdState["state"], Style>> = {
  fail: "bad",
  pending: "dim",
  pass: "good",
};

export function thresholdsPanel(
  view: Pick<View, "glyphs" | "thresholds">,
  width: number,
  height: number,
  number?: number,
): Line[] {
  const { glyphs, thresholds } = view;
  const inner = innerWidth(width);
  const marks = { pass: glyphs.pass, fail: glyphs.fail, pending: glyphs.pending };
  const failed = thresholds.filter((one) => one.state === "fail").length;
  const rows = height - 2;
  // All in their own order when they fit; otherwise what failed must be seen first.
  const shown = thresholds.length <= rows
    ? thresholds
    : [...thresholds].sort((a, b) => ORDER[a.state] - ORDER[b.state]);
  const widest = Math.max(0, ...shown.map((one) => textWidth(one.text)));
  const body = shown.map((one): Line => {
    const style = STATE_STYLE[one.state];
    const text = clean(one.text);
    const value = clean(one.value);
    const mark = seg(`${marks[one.state]} `, style);
    // The condition matters more than the value: where both do not fit, the value is left out.
    const width = Math.min(widest, inner - 4 - textWidth(value));
    if (value === "" || textWidth(text) > width) return [mark, seg(text)];
    return [mark, seg(padEnd(text, width)), seg(`  ${value}`, one.state === "fail" ? "bad" : "dim")];
  });
  // In a single row the first one says more than their number, which the border has anyway.
  if (thresholds.length > rows && rows > 1) {
    body.splice(rows - 1, body.length, [seg(`${thresholds.length - rows + 1} more`, "dim")]);
  }
  if (thresholds.length === 0) body.push([seg("none set", "dim")]);
  const note = thresholds.length === 0
    ? []
    : failed > 0
    ? [seg(`${failed} failed`, "bad")]
    : [seg(`${thresholds.filter((one) => one.state === "pass").length}/${thresholds.length} ok`, "good")];
  return frame(
    { title: "Thresholds", note, glyphs, number },
    body,
    width,
    height,
  );
}

export function errorCount(view: View): number {
  return errorTotal(view.snapshot.total.errors);
}

export function errorsPanel(view: View, width: number, height: number, number?: number): Line[] {
  const { snapshot, glyphs } = view;
  const inner = innerWidth(width);
  const all = [...snapshot.total.errors].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1));
  const total = errorCount(view);
  const body = all.map(([code, count]): Line => {
    const now = snapshot.window.errors.get(code) ?? 0;
    const right: Segment[] = [seg(integer(count), "bad")];
    if (now > 0 && inner >= 34) right.unshift(seg(`+${integer(now)} now  `, "warn"));
    return spread([seg(clip(clean(code), inner - 1 - lineWidth(right)))], right, inner);
  });
  const rows = height - 2;
  if (all.length > rows && rows > 1) {
    body.splice(rows - 1, body.length, [seg(`${all.length - rows + 1} more`, "dim")]);
  }
  if (all.length === 0) body.push([seg("none", "good")]);
  const note = total === 0 ? [] : [
    seg(
      `${integer(total)}  ${
        percent(errorShare(snapshot.total.errors, snapshot.total.counters.messages) ?? 0)
      }`,
      "bad",
    ),
  ];
  return frame(
    { title: "Errors", note, glyphs, number },
    body,
    width,
    height,
  );
}

interface Finding {
  readonly label: string;
  readonly brief: string;
  readonly value: number;
  /** Counts against the run when above 0. */
  readonly fault: boolean;
}

function noFaults({ lostOrDamaged = 0, reordered = 0, notReceived = 0 }: Integrity): Finding[] {
  return [
    // Of the lost.
    { label: "or damaged", brief: "or damaged", value: lostOrDamaged, fault: false },
    { label: "reordered", brief: "reordered", value: reordered, fault: false },
    { label: "not received", brief: "not received", value: notReceived, fault: false },
  ];
}

function findings(integrity: Integrity): Finding[] {
  return [
    { label: "verified", brief: "verified", value: integrity.verified, fault: false },
    { label: "lost", brief: "lost", value: integrity.lost, fault: true },
    { label: "duplicate", brief: "dup", value: integrity.duplicates, fault: true },
    { label: "out of order", brief: "out of order", value: integrity.outOfOrder, fault: true },
    { label: "corrupt", brief: "corrupt", value: integrity.corrupt, fault: true },
    { label: "foreign", brief: "foreign", value: integrity.foreign, fault: false },
    // Most runs have none of these, and little room.
    ...noFaults(integrity).filter(({ value }) => value > 0),
  ];
}

/** `✓ intact`, `✗ 12 lost`, or that nothing is checked. */
export function integrityVerdict(
  view: { readonly snapshot: Pick<View["snapshot"], "integrity">; readonly glyphs: View["glyphs"] },
): Segment[] {
  const { integrity } = view.snapshot;
  if (integrity === undefined || integrity.mode === "off") return [seg("not verified", "dim")];
  const worst = findings(integrity).filter((one) => one.fault && one.value > 0);
  if (worst.length > 0) {
    return [seg(`${view.glyphs.fail} ${worst.map((one) => one.label).join(", ")}`, "bad")];
  }
  if (integrity.verified === 0) return [seg(`${view.glyphs.pending} nothing yet`, "dim")];
  return [seg(`${view.glyphs.pass} intact`, "good")];
}

function findingStyle(one: Finding): Style {
  if (one.fault) return one.value > 0 ? "bad" : "good";
  return one.label === "verified" ? "strong" : one.value > 0 ? "warn" : "text";
}

/** One line when it is low and wide, a table otherwise. */
export function integrityPanel(view: View, width: number, height: number, number?: number): Line[] {
  const { integrity } = view.snapshot;
  const inner = innerWidth(width);
  const body: Line[] = [];
  if (integrity === undefined || integrity.mode === "off") {
    body.push([seg("off: start with --verify to prove that every message arrives once and in order", "dim")]);
  } else if (height <= 4) {
    body.push(flow(
      findings(integrity).map((one) => pair(one.brief, integer(one.value), findingStyle(one))),
      inner,
      inner >= 90 ? 4 : 2,
    ));
  } else {
    const [verified, ...faults] = findings(integrity).map((one): Line => [
      seg(padEnd(one.label, 13), "dim"),
      seg(padStart(integer(one.value), inner < 50 ? 3 : 11), findingStyle(one)),
    ]);
    const extent = seg(`${integrity.mode}, ${plural(integrity.streams, "stream")}`, "dim");
    body.push(flow([verified ?? [], [extent]], inner, 2));
    // One below the other when they fit, two in a row otherwise.
    const perRow = height - 3 >= faults.length ? 1 : 2;
    const cell = inner < 50 ? 18 : 28;
    for (let i = 0; i < faults.length; i += perRow) {
      body.push(
        faults.slice(i, i + perRow).flatMap((line, k) => k === 0 && perRow === 2 ? fit(line, cell) : line),
      );
    }
  }
  const options = { title: "Integrity", note: integrityVerdict(view), glyphs: view.glyphs };
  return frame({ ...options, number }, body, width, height);
}
