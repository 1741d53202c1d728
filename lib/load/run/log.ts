/** The latest log lines of a run; repeated lines are counted instead of kept. */
import { wallMicros } from "../clock.ts";
import type { LogLine } from "../snapshot.ts";

const KEPT = 200;

export class RunLog {
  #lines: LogLine[] = [];
  #repeats = 0;
  readonly #listener: ((line: LogLine) => void) | undefined;

  /** @param listener hears every line that is not a repetition */
  constructor(listener?: (line: LogLine) => void) {
    this.#listener = listener;
  }

  get lines(): readonly LogLine[] {
    return this.#lines;
  }

  add(level: LogLine["level"], text: string): void {
    const at = wallMicros();
    const last = this.#lines.at(-1);
    const base = last?.text.replace(/ \(×\d+\)$/, "");
    if (last !== undefined && base === text && last.level === level) {
      this.#repeats++;
      this.#lines = [...this.#lines.slice(0, -1), { at, level, text: `${text} (×${this.#repeats + 1})` }];
      return;
    }
    this.#repeats = 0;
    const line = { at, level, text };
    this.#lines = [...this.#lines.slice(-(KEPT - 1)), line];
    this.#listener?.(line);
  }
}
