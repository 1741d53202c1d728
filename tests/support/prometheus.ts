/** A real Prometheus on a free loopback port, and what tests ask it. */
import { join } from "node:path";
import { freePorts } from "./ports.ts";
import { TiedProcess } from "./process.ts";

export interface Series {
  readonly metric: Readonly<Record<string, string>>;
  /** Seconds since the epoch and value. */
  readonly values: readonly (readonly [number, number])[];
}

export interface Target {
  readonly labels: Readonly<Record<string, string>>;
  readonly health: string;
  readonly lastError: string;
  readonly scrapeUrl: string;
}

/** Prometheus refused a query or did not start. */
export class PrometheusError extends Error {
  override readonly name = "PrometheusError";
  readonly code = "PROMETHEUS";
}

export class Prometheus implements AsyncDisposable {
  readonly url: string;
  readonly #process: TiedProcess;
  readonly #folder: string;

  private constructor(url: string, process: TiedProcess, folder: string) {
    this.url = url;
    this.#process = process;
    this.#folder = folder;
  }

  /**
   * @param files name → text, written to a folder of its own; `prometheus.yml` is the configuration
   * @param port where to listen; a free one by default
   */
  static async start(
    files: ReadonlyMap<string, string>,
    port: number = freePorts(1)[0]!,
  ): Promise<Prometheus> {
    const folder = await Deno.makeTempDir({ prefix: "pll-prometheus-" });
    for (const [name, text] of files) {
      await Deno.mkdir(join(folder, name, ".."), { recursive: true });
      await Deno.writeTextFile(join(folder, name), text);
    }
    const process = TiedProcess.start({
      command: "prometheus",
      args: [
        "--config.file=prometheus.yml",
        "--storage.tsdb.path=data",
        `--web.listen-address=127.0.0.1:${port}`,
        "--log.level=warn",
        "--enable-feature=expand-external-labels",
      ],
      cwd: folder,
      log: join(folder, "prometheus.log"),
      removeCwd: true,
      env: { PROMETHEUS_REPLICA: "replica-a" },
    });
    const prometheus = new Prometheus(`http://127.0.0.1:${port}`, process, folder);
    try {
      await prometheus.#ready();
    } catch (error) {
      await prometheus.stop();
      throw error;
    }
    return prometheus;
  }

  async #ready(): Promise<void> {
    for (let attempt = 0; attempt < 300 && !this.#process.ended; attempt++) {
      try {
        const response = await fetch(`${this.url}/-/ready`);
        await response.body?.cancel();
        if (response.ok) return;
      } catch (error) {
        // It does not listen yet.
        if (!(error instanceof TypeError)) throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    const log = await Deno.readTextFile(join(this.#folder, "prometheus.log")).catch(() => "");
    throw new PrometheusError(`Prometheus did not become ready:\n${log.slice(-2000)}`);
  }

  /** Values at one moment; not-a-number is kept. */
  async query(expression: string, at?: number): Promise<Series[]> {
    const time = at === undefined ? "" : `&time=${at}`;
    const data = await this.#get(`query?query=${encodeURIComponent(expression)}${time}`);
    const { resultType, result } = data as
      | { resultType: "scalar"; result: RawValue }
      | { resultType: "vector"; result: { metric: Record<string, string>; value: RawValue }[] };
    if (resultType === "scalar") return [{ metric: {}, values: [numbers(result)] }];
    return result.map(({ metric, value }) => ({ metric, values: [numbers(value)] }));
  }

  /** Values over a time, in steps of so many seconds. */
  async range(expression: string, from: number, to: number, step: number): Promise<Series[]> {
    const data = await this.#get(
      `query_range?query=${encodeURIComponent(expression)}&start=${from}&end=${to}&step=${step}`,
    );
    const { result } = data as { result: { metric: Record<string, string>; values: RawValue[] }[] };
    return result.map(({ metric, values }) => ({ metric, values: values.map(numbers) }));
  }

  /** Values of a label among the series of a selector. */
  async labelValues(selector: string, label: string): Promise<string[]> {
    return await this.#get(`label/${label}/values?match[]=${encodeURIComponent(selector)}`) as string[];
  }

  async targets(): Promise<Target[]> {
    const { activeTargets } = await this.#get("targets?state=active") as { activeTargets: Target[] };
    return activeTargets;
  }

  /** All rules that are loaded, with their health after evaluation. */
  async rules(): Promise<
    { name: string; query: string; type: string; health: string; lastError?: string }[]
  > {
    const { groups } = await this.#get("rules") as {
      groups: { rules: { name: string; query: string; type: string; health: string }[] }[];
    };
    return groups.flatMap(({ rules }) => rules);
  }

  async #get(path: string): Promise<unknown> {
    const response = await fetch(`${this.url}/api/v1/${path}`);
    const body = await response.json() as { status: string; data: unknown; error?: string };
    if (body.status !== "success") {
      throw new PrometheusError(`'${decodeURIComponent(path)}' was refused: ${body.error}`);
    }
    return body.data;
  }

  /** Writes a file beside the configuration; discovery files are read again when they change. */
  async write(name: string, text: string): Promise<void> {
    await Deno.writeTextFile(join(this.#folder, name), text);
  }

  async stop(): Promise<void> {
    await this.#process.stop("SIGTERM", 5000);
    await Deno.remove(this.#folder, { recursive: true }).catch((error: unknown) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
  }
}

type RawValue = readonly [number, string];

function numbers([time, value]: RawValue): readonly [number, number] {
  return [time, value === "+Inf" ? Infinity : value === "-Inf" ? -Infinity : Number(value)];
}

/** Whether there is at least one number to draw. */
export function hasData(series: readonly Series[]): boolean {
  return series.some(({ values }) => values.some(([, value]) => Number.isFinite(value)));
}
