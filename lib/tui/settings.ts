/** What a person can change while a run goes on, and by which steps. */
import { MAX_WORKERS } from "../config/limits.ts";
import { bytes, integer } from "./format.ts";
import type { SettingField, Settings } from "./view.ts";
import { type Compression, COMPRESSIONS, type Rate, type SizeConfig } from "../config/run_config.ts";

/** A change that the user asked for; the owner of the run applies it. */
export type SetAction =
  | { readonly kind: "set"; readonly field: "workers"; readonly value: number }
  | { readonly kind: "set"; readonly field: "rate"; readonly value: number | "unlimited" }
  | { readonly kind: "set"; readonly field: "size"; readonly value: number }
  | { readonly kind: "set"; readonly field: "batchMessages"; readonly value: number }
  | { readonly kind: "set"; readonly field: "compression"; readonly value: Compression };

const LABELS: Readonly<Record<SettingField, string>> = {
  workers: "workers",
  rate: "rate",
  size: "size",
  batchMessages: "batch",
  compression: "compression",
};

const ORDER: readonly SettingField[] = ["workers", "rate", "size", "batchMessages", "compression"];

/** Ten steps per decade, each 20–33 % above the one before. */
const RATE_STEPS = [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8];
const BATCH_STEPS = [1, 2, 5];

const MAX_RATE = 10_000_000;
const SIZE_LIMITS = { low: 64, high: 4 * 1024 * 1024 };
const MAX_BATCH = 10_000;

/** The settings that this run has, in the order of the screen. */
export function adjustable(settings: Settings): SettingField[] {
  return ORDER.filter((field) => settings[field] !== undefined);
}

export function settingLabel(field: SettingField): string {
  return LABELS[field];
}

function rateText(rate: Rate): string {
  return typeof rate === "number" ? `${integer(rate)}/s` : rate;
}

function sizeText(size: SizeConfig): string {
  switch (size.kind) {
    case "fixed":
      return bytes(size.bytes);
    case "uniform":
      return `${bytes(size.min)} to ${bytes(size.max)}`;
    case "list":
      return `${size.sizes.length} sizes`;
  }
}

export function settingText(settings: Settings, field: SettingField): string {
  switch (field) {
    case "workers":
      return integer(settings.workers);
    case "rate":
      return rateText(settings.rate);
    case "size":
      return settings.size === undefined ? "" : sizeText(settings.size);
    case "batchMessages":
      return settings.batchMessages === 1 ? "off" : `${integer(settings.batchMessages ?? 0)} msg`;
    case "compression":
      return settings.compression ?? "";
  }
}

/** The next value of `steps × 10^k` above (or below) `value`. */
function nextStep(value: number, direction: 1 | -1, steps: readonly number[]): number {
  const power = Math.floor(Math.log10(value));
  const candidates: number[] = [];
  for (let p = power - 1; p <= power + 1; p++) for (const step of steps) candidates.push(step * 10 ** p);
  // Numbers that differ by rounding alone are equal.
  const up = candidates.find((candidate) => candidate > value * (1 + 1e-9));
  const down = candidates.findLast((candidate) => candidate < value * (1 - 1e-9));
  return Number(((direction === 1 ? up : down) ?? value).toPrecision(6));
}

function nextRate(rate: Rate, direction: 1 | -1, measured: number): number | "unlimited" {
  if (typeof rate !== "number") {
    // From a free run downwards there is only one sensible start: what is reached now.
    return direction === 1 || measured < 1 ? "unlimited" : nextStep(measured, -1, RATE_STEPS);
  }
  const next = nextStep(Math.max(rate, 1), direction, RATE_STEPS);
  if (next > MAX_RATE) return "unlimited";
  return Math.max(1, next);
}

function nextSize(size: SizeConfig, direction: 1 | -1): number {
  const now = size.kind === "fixed"
    ? size.bytes
    : size.kind === "uniform"
    ? (size.min + size.max) / 2
    : size.sizes.reduce((sum, one) => sum + one, 0) / Math.max(1, size.sizes.length);
  const exponent = Math.log2(Math.max(1, now));
  const next = direction === 1 ? 2 ** Math.floor(exponent + 1 + 1e-9) : 2 ** Math.ceil(exponent - 1 - 1e-9);
  return Math.max(SIZE_LIMITS.low, Math.min(SIZE_LIMITS.high, next));
}

/**
 * The action of one press of ← (−1) or → (+1), or undefined at the end of the range. `measured` is the rate in
 * messages per second now, from which an unlimited run is slowed down.
 */
export function step(
  settings: Settings,
  field: SettingField,
  direction: 1 | -1,
  measured: number,
): SetAction | undefined {
  switch (field) {
    case "workers": {
      const value = Math.max(1, Math.min(MAX_WORKERS, settings.workers + direction));
      return value === settings.workers ? undefined : { kind: "set", field, value };
    }
    case "rate": {
      const value = nextRate(settings.rate, direction, measured);
      return value === settings.rate ? undefined : { kind: "set", field, value };
    }
    case "size": {
      if (settings.size === undefined) return undefined;
      const value = nextSize(settings.size, direction);
      const same = settings.size.kind === "fixed" && settings.size.bytes === value;
      return same ? undefined : { kind: "set", field, value };
    }
    case "batchMessages": {
      const now = settings.batchMessages ?? 1;
      const value = Math.max(1, Math.min(MAX_BATCH, nextStep(now, direction, BATCH_STEPS)));
      return value === now ? undefined : { kind: "set", field, value };
    }
    case "compression": {
      const index = COMPRESSIONS.indexOf(settings.compression ?? "none");
      const value = COMPRESSIONS[(index + direction + COMPRESSIONS.length) % COMPRESSIONS.length]!;
      return { kind: "set", field, value };
    }
  }
}

/** Settings after an action, as the screen shows them at once. */
export function applySetting(settings: Settings, action: SetAction): Settings {
  switch (action.field) {
    case "size":
      return { ...settings, size: { kind: "fixed", bytes: action.value } };
    case "workers":
      return { ...settings, workers: action.value };
    case "rate":
      return { ...settings, rate: action.value };
    case "batchMessages":
      return { ...settings, batchMessages: action.value };
    case "compression":
      return { ...settings, compression: action.value };
  }
}
