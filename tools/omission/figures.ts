/** What the picture of coordinated omission shows: the figures of one run, as they are kept beside it. */
import { readFileSync } from "node:fs";

export const FIGURES_FILE = "docs/pictures/coordinated-omission.json";

/** Percentiles of the table and of the curves. */
export const PERCENTILES = [
  ...[0, 10, 25, 50, 75, 80, 85, 90, 92, 94, 95, 96, 97, 98],
  ...[99, 99.25, 99.5, 99.75, 99.9, 99.95, 99.99, 99.999],
] as const;

export interface Figures {
  /** The command, as a reader can repeat it. */
  readonly command: string;
  readonly version: string;
  readonly date: string;
  /** When the broker stopped to read, in seconds of the measured part, and for how long. */
  readonly stall: { readonly at: number; readonly seconds: number };
  /** Messages per second that were asked for. */
  readonly rate: number;
  readonly messages: number;
  /** One per 100 ms: end of the interval, messages acknowledged in it, longest times in milliseconds. */
  readonly intervals: readonly {
    readonly seconds: number;
    readonly messages: number;
    readonly service: number;
    readonly response: number;
  }[];
  /** Milliseconds by percentile, of the whole run. */
  readonly service: Readonly<Record<string, number>>;
  readonly response: Readonly<Record<string, number>>;
}

export function readFigures(): Figures {
  return JSON.parse(readFileSync(FIGURES_FILE, "utf8"));
}

/** Milliseconds as a reader wants them: three digits. */
export function millisText(millis: number): string {
  const digits = millis >= 100 ? 0 : millis >= 10 ? 1 : 2;
  return `${millis.toFixed(digits)} ms`;
}
