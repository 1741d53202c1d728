/** Intervals of several instances on one time base. */
import type { Span } from "../../load/snapshot.ts";
import type { IntervalRecord } from "../result/types.ts";
import { addSpans } from "../../load/span_math.ts";
import { spanOfRecord, spanRecord } from "../result/span_record.ts";

/** When an instance measured, microseconds since the Unix epoch. */
export interface MeasuredTime {
  readonly fromUs: number;
  readonly toUs: number;
}

/** The measured time that intervals cover; undefined without intervals. */
export function measuredTime(intervals: readonly IntervalRecord[]): MeasuredTime | undefined {
  const first = intervals[0];
  const last = intervals.at(-1);
  if (first === undefined || last === undefined) return undefined;
  return { fromUs: first.atUs - first.seconds * 1e6, toUs: last.atUs };
}

interface Cell {
  span: Span;
  readonly parts: IntervalRecord[];
}

/**
 * Lays the intervals of all instances on one grid and adds up what falls into a cell. Each interval stays whole, so
 * all cells together hold exactly what all intervals held; an instance that started late by a part of an interval is
 * shifted by at most half of one.
 */
export function mergeIntervals(instances: readonly (readonly IntervalRecord[])[]): IntervalRecord[] {
  const times = instances.map(measuredTime);
  const originUs = Math.min(...times.flatMap((time) => time?.fromUs ?? []));
  const width = usualLength(instances.flat());
  const cells = new Map<number, Cell>();
  for (const [instance, intervals] of instances.entries()) {
    const startUs = times[instance]?.fromUs;
    if (startUs === undefined) continue;
    // Rounded once per instance: rounding each interval would throw two into one cell when the offset is half a cell.
    const shift = Math.round((startUs - originUs) / 1e6 / width);
    for (const interval of intervals) {
      const beginUs = interval.atUs - interval.seconds * 1e6;
      const index = shift + Math.round((beginUs - startUs) / 1e6 / width);
      const span = spanOfRecord(interval);
      const cell = cells.get(index);
      if (cell === undefined) cells.set(index, { span, parts: [interval] });
      else {
        cell.span = addSpans(cell.span, span);
        cell.parts.push(interval);
      }
    }
  }
  return [...cells].sort(([a], [b]) => a - b).map(([index, cell]) =>
    cellRecord(index * width, originUs, cell)
  );
}

function cellRecord(fromSeconds: number, originUs: number, { span, parts }: Cell): IntervalRecord {
  const largest = (read: (part: IntervalRecord) => number): number => Math.max(...parts.map(read));
  const targets = parts.map(({ targetRate }) => targetRate);
  const residents = parts.map(({ residentBytes }) => residentBytes);
  const backlogs = parts.flatMap(({ backlog }) => backlog ?? []);
  const stage = parts.find((part) => part.stage !== undefined)?.stage;
  return {
    ...spanRecord(span),
    atUs: originUs + (fromSeconds + span.seconds) * 1e6,
    fromSeconds,
    behindUs: largest(({ behindUs }) => behindUs),
    inFlight: parts.reduce((sum, { inFlight }) => sum + inFlight, 0),
    loopLagUs: largest(({ loopLagUs }) => loopLagUs),
    ...(residents.every((bytes) => bytes !== undefined)
      ? { residentBytes: residents.reduce((sum, bytes) => sum + bytes, 0) }
      : {}),
    ...(targets.every((target) => target !== undefined)
      ? { targetRate: targets.reduce((sum, target) => sum + target, 0) }
      : {}),
    // Instances of one subscription all report the same backlog, so adding would count it several times.
    ...(backlogs.length > 0 ? { backlog: Math.max(...backlogs) } : {}),
    ...(stage === undefined ? {} : { stage }),
  };
}

/** Median length: the last interval of each instance is usually shorter. */
function usualLength(intervals: readonly IntervalRecord[]): number {
  const lengths = intervals.map(({ seconds }) => seconds).sort((a, b) => a - b);
  return lengths[Math.floor(lengths.length / 2)] ?? 1;
}
