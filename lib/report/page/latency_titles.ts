/** What the latencies are called on the page. */
import type { LatencyName } from "../../load/span_math.ts";

export const LATENCY_TITLES: Readonly<Record<LatencyName, string>> = {
  service: "Service time",
  response: "Response time",
  endToEnd: "End-to-end time",
};
