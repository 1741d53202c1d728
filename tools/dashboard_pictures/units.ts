/** Values written as Grafana writes them, for the units that the dashboards use. */

const SI = ["", "K", "Mil", "Bil"] as const;
const BINARY = ["B", "KiB", "MiB", "GiB", "TiB"] as const;

function digits(value: number, decimals: number | undefined): string {
  if (decimals !== undefined) return value.toFixed(decimals);
  const size = Math.abs(value);
  const places = size === 0 || size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3;
  return String(Number(value.toFixed(places)));
}

function scaled(value: number, base: number, names: readonly string[], decimals?: number): [string, string] {
  let step = 0;
  while (Math.abs(value) >= base && step < names.length - 1) {
    value /= base;
    step++;
  }
  return [digits(value, step === 0 && base === 1000 ? undefined : decimals), names[step]!];
}

const PER_SECOND = { cps: "c/s", ops: "ops/s", reqps: "req/s" };

function seconds(value: number, decimals?: number): string {
  const size = Math.abs(value);
  if (size === 0) return "0 s";
  if (size < 1e-3) return `${digits(value * 1e6, decimals)} µs`;
  if (size < 1) return `${digits(value * 1e3, decimals)} ms`;
  if (size < 60) return `${digits(value, decimals)} s`;
  if (size < 3600) return `${digits(value / 60, decimals)} mins`;
  return `${digits(value / 3600, decimals)} hours`;
}

/** @param unit Grafana's name of it; an unknown one is an error, so that no panel is drawn with a wrong one */
export function formatValue(value: number, unit: string, decimals?: number): string {
  if (!Number.isFinite(value)) return String(value);
  switch (unit) {
    case "none":
      return digits(value, decimals);
    case "short": {
      const [text, name] = scaled(value, 1000, SI, decimals);
      return name === "" ? text : `${text} ${name}`;
    }
    case "cps":
    case "ops":
    case "reqps": {
      const [text, name] = scaled(value, 1000, ["", "K", "M"], decimals);
      return `${text}${name} ${PER_SECOND[unit]}`;
    }
    case "bytes":
      return scaled(value, 1024, BINARY, decimals).join(" ");
    case "binBps":
      return `${scaled(value, 1024, BINARY, decimals).join(" ")}/s`;
    case "percent":
      return `${digits(value, decimals)}%`;
    case "percentunit":
      return `${digits(value * 100, decimals)}%`;
    case "ms":
      return seconds(value / 1000, decimals);
    case "s":
      return seconds(value, decimals);
    case "dateTimeAsIso":
      return new Date(value).toISOString().slice(0, 19).replace("T", " ");
    default:
      throw new Error(`no panel was drawn with unit '${unit}' before: say here how it looks`);
  }
}
