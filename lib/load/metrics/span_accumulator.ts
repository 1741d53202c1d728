/** Figures of a stretch of a run while it is being put together from the workers' blocks. */
import type { Role } from "../../config/run_config.ts";
import { Histogram } from "../histogram/histogram.ts";
import {
  BATCH_SIZE,
  COUNTERS,
  END_TO_END,
  ERRORS,
  ERRORS_AT,
  HISTOGRAMS,
  LAG_AT,
  RESPONSE,
  SERVICE,
  SUMS,
} from "./layout.ts";
import type { Counters, Latencies, Span } from "../snapshot.ts";

export class SpanAccumulator {
  /** Additive figures and, at `LAG_AT`, a maximum. */
  readonly sums = new Float64Array(SUMS + 1);
  readonly histograms: readonly Histogram[] = HISTOGRAMS.map(() => new Histogram());

  add(other: SpanAccumulator): void {
    for (let i = 0; i < SUMS; i++) this.sums[i]! += other.sums[i]!;
    if (other.sums[LAG_AT]! > this.sums[LAG_AT]!) this.sums[LAG_AT] = other.sums[LAG_AT]!;
    for (let i = 0; i < this.histograms.length; i++) this.histograms[i]!.add(other.histograms[i]!);
  }

  reset(): void {
    this.sums.fill(0);
    for (const histogram of this.histograms) histogram.reset();
  }

  get errors(): number {
    let errors = 0;
    for (let i = 0; i < ERRORS.length; i++) errors += this.sums[ERRORS_AT + i]!;
    return errors;
  }

  /** The figures as views read them. The histograms are this object's own, not copies. */
  toSpan(role: Role, seconds: number): Span {
    const counters = Object.fromEntries(
      COUNTERS.map((name, i) => [name, this.sums[i]!]),
    ) as unknown as Counters;
    const errors = new Map<string, number>();
    ERRORS.forEach((name, i) => {
      const count = this.sums[ERRORS_AT + i]!;
      if (count > 0) errors.set(name, count);
    });
    const latency: Latencies = role === "producer"
      ? { service: this.histograms[SERVICE]!, response: this.histograms[RESPONSE]! }
      : { endToEnd: this.histograms[END_TO_END]! };
    return { seconds, counters, latency, batchSize: this.histograms[BATCH_SIZE]!, errors };
  }
}
