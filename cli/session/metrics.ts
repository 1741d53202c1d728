/** What Prometheus scrapes of a session: one page for all of its runs, each from when it has begun. */
import type { RunConfig } from "../../lib/config/run_config.ts";
import type { RunView } from "../../lib/load/run/view.ts";
import type { ThresholdState } from "../../lib/load/snapshot.ts";
import { type MetricsEndpoint, startMetricsEndpoint } from "../../lib/report/formats/endpoint.ts";
import {
  type ExposedRun,
  type ExposedStep,
  exposition,
  type ExpositionFormat,
} from "../../lib/report/formats/exposition.ts";
import type { ScenarioRun } from "../../lib/scenario/engine/scenario_run.ts";
import type { Plan } from "./plan.ts";
import { versions } from "./host.ts";

/** Pages without metrics; OpenMetrics wants its end mark all the same. */
const NOTHING_YET: Readonly<Record<ExpositionFormat, string>> = { openmetrics: "# EOF\n", text: "" };

interface Attached {
  readonly plan: Plan;
  readonly view: RunView;
  readonly thresholds: () => readonly ThresholdState[];
}

export interface SessionMetricsOptions {
  /** Name of the scenario, a label of every run. */
  readonly scenario?: string | undefined;
  /** Whose steps are told, once it is there. */
  scenarioRun(): Pick<ScenarioRun, "steps" | "measuredAtUs"> | undefined;
}

export class SessionMetrics {
  readonly #options: SessionMetricsOptions;
  readonly #endpoint: MetricsEndpoint;
  readonly #runs: Attached[] = [];

  private constructor(host: string, port: number, options: SessionMetricsOptions) {
    this.#options = options;
    this.#endpoint = startMetricsEndpoint({
      host,
      port,
      render: (format) => this.#render(format),
      unhealthy: () => this.#runs.length === 0 ? "starting" : undefined,
    });
  }

  /**
   * Listens where the configuration says so.
   *
   * @throws {MetricsEndpointError} when the address is taken, unknown or forbidden
   */
  static open(
    { metricsHost, metricsPort }: Pick<RunConfig, "metricsHost" | "metricsPort">,
    options: SessionMetricsOptions,
  ): SessionMetrics | undefined {
    return metricsPort === undefined ? undefined : new SessionMetrics(metricsHost, metricsPort, options);
  }

  get url(): string {
    return this.#endpoint.url;
  }

  /** From here on there is a run to tell of. */
  attach(plan: Plan, view: RunView, thresholds: () => readonly ThresholdState[]): void {
    this.#runs.push({ plan, view, thresholds });
  }

  #render(format: ExpositionFormat): string {
    if (this.#runs.length === 0) return NOTHING_YET[format];
    const runs = this.#runs.map((one) => this.#exposed(one));
    return exposition({ build: versions(), runs, steps: this.#steps() }, format);
  }

  #steps(): ExposedStep[] {
    const { steps = [], measuredAtUs = 0 } = this.#options.scenarioRun() ?? {};
    return steps.flatMap(({ name, kind, began }, index) =>
      began === undefined ? [] : [{ number: index + 1, name, kind, began: measuredAtUs / 1e6 + began }]
    );
  }

  #exposed({ plan: { name, config }, view, thresholds }: Attached): ExposedRun {
    const { runId, profile, topic, serviceUrl } = config;
    const { scenario } = this.#options;
    return {
      snapshot: view.snapshot(),
      lifetime: view.lifetime(),
      thresholds: thresholds(),
      group: name,
      info: {
        run: runId,
        profile,
        topic,
        target: serviceUrl,
        ...(scenario === undefined ? {} : { scenario }),
      },
    };
  }

  async close(): Promise<void> {
    await this.#endpoint.close();
  }
}
