/** Dashboards as Grafana reads them: panels, their queries, and variables filled in. */
import type { Prometheus, Series } from "./prometheus.ts";

export interface PanelTarget {
  readonly refId: string;
  readonly expr: string;
  readonly legendFormat?: string;
  readonly instant?: boolean;
  readonly format?: string;
}

export interface PanelModel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number };
  readonly datasource?: { readonly type: string; readonly uid: string };
  readonly targets?: readonly PanelTarget[];
  readonly transformations?: readonly { readonly id: string; readonly options: Record<string, unknown> }[];
  readonly fieldConfig?: {
    readonly defaults: Record<string, unknown>;
    readonly overrides: readonly {
      matcher: { options: string };
      properties: { id: string; value: unknown }[];
    }[];
  };
  readonly options?: Record<string, unknown>;
}

export interface VariableModel {
  readonly name: string;
  readonly type: string;
  readonly description?: string;
  readonly label?: string;
  readonly definition?: string;
  readonly includeAll?: boolean;
  readonly allValue?: string;
}

export interface DashboardModel {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly tags: readonly string[];
  readonly links: readonly {
    readonly type: string;
    readonly tags: readonly string[];
    readonly placement?: string;
  }[];
  readonly annotations: { readonly list: readonly { readonly name: string; readonly expr: string }[] };
  readonly panels: readonly PanelModel[];
  readonly templating: { readonly list: readonly VariableModel[] };
}

export const DASHBOARD_FOLDER = new URL("../../grafana/dashboards/", import.meta.url);

/** The committed dashboards, by file name. */
export async function readDashboards(): Promise<Map<string, DashboardModel>> {
  const found = new Map<string, DashboardModel>();
  const names = [...Deno.readDirSync(DASHBOARD_FOLDER)].map(({ name }) => name).sort();
  for (const name of names) {
    found.set(name, JSON.parse(await Deno.readTextFile(new URL(name, DASHBOARD_FOLDER))));
  }
  return found;
}

/** Puts values in the places of `$name` and `${name}`. */
export function fill(text: string, values: ReadonlyMap<string, string>): string {
  return text.replaceAll(/\$(?:\{(\w+)\}|(\w+))/g, (whole, braced, bare) => {
    return values.get(braced ?? bare) ?? whole;
  });
}

/**
 * Asks for the values of each variable as Grafana does.
 *
 * @param rateInterval what `$__rate_interval` becomes
 * @param all how "All" is written: as a list of all values that were found, or as the pattern that stands for it
 * @throws {Error} naming a variable that has no value
 */
export async function variableValues(
  dashboard: DashboardModel,
  prometheus: Prometheus,
  rateInterval: string,
  all: "list" | "pattern",
): Promise<Map<string, string>> {
  const values = new Map([["__rate_interval", rateInterval], ["datasource", "prometheus"]]);
  for (const variable of dashboard.templating.list) {
    if (variable.type !== "query") continue;
    const match = /^label_values\((.+), (\w+)\)$/.exec(variable.definition ?? "");
    if (match === null) {
      throw new Error(`variable '${variable.name}' has a query that is not label_values(…)`);
    }
    const found = await prometheus.labelValues(fill(match[1]!, values), match[2]!);
    if (found.length === 0) throw new Error(`variable '${variable.name}' has no values`);
    const list = `(${found.map(escapeForSelector).join("|")})`;
    values.set(variable.name, all === "list" ? list : variable.allValue ?? list);
  }
  return values;
}

/** Escapes a value for a regular expression inside a PromQL string. */
function escapeForSelector(value: string): string {
  return value.replaceAll(/[\\^$.*+?()[\]{}|]/g, "\\\\$&");
}

/** What a panel's query gives: at the end for figures of the moment, over the time for the others. */
export async function ask(
  prometheus: Prometheus,
  target: PanelTarget,
  values: ReadonlyMap<string, string>,
  from: number,
  to: number,
  step: number,
): Promise<Series[]> {
  const expression = fill(target.expr, values);
  return target.instant === true
    ? await prometheus.query(expression, to)
    : await prometheus.range(expression, from, to, step);
}
