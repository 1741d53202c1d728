/** Kinds of values with a grammar of their own: addresses, topics, rates, sizes, stages, positions. */
import { parseTopicName } from "../wire/topic_name.ts";
import type { Rate, SizeConfig, StageConfig } from "./run_config.ts";
import {
  type Bounds,
  bytesText,
  countText,
  durationText,
  parseBytes,
  parseDuration,
  parseRate,
  rateText,
  ValueError,
} from "./units.ts";
import { BYTES_SCHEMA, scalar, type ValueKind } from "./value_kinds.ts";

/** A year: no run needs to be longer, and timers stay exact. */
export const LONGEST_MILLIS = 365 * 86400e3;
/** Larger payloads than a broker can be told to accept. */
const LARGEST_PAYLOAD = 64 * 1024 ** 2;
const RATES: Bounds = { min: 0.001, max: 1e8 };
const RATE_SCHEMA = { type: "string", pattern: "^\\d[\\d_.]*[kmgKMG]?(\\s*/\\s*[smh])?$" };

const HOST = "(?:\\[[0-9a-fA-F:.]+\\]|[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)";
const SERVICE_URL = new RegExp(`^pulsar(?:\\+ssl)?://${HOST}(?::\\d+)?(?:,${HOST}(?::\\d+)?)*/?$`);

/** `pulsar://host:port` or `pulsar+ssl://…`; several hosts may be given, separated by commas. */
export const serviceUrl: ValueKind<string> = scalar({
  parse: (given) => {
    const url = given.trim().replace(/\/$/, "");
    if (!SERVICE_URL.test(url)) {
      const repaired = `pulsar://${url}`;
      const hint = /^https?:/i.test(url)
        ? ": that is an admin URL, which --admin-url takes"
        : SERVICE_URL.test(repaired)
        ? ` (did you mean '${repaired}'?)`
        : "";
      throw new ValueError(
        withoutCredentials(given),
        `'pulsar://HOST:PORT' or 'pulsar+ssl://HOST:PORT'${hint}`,
      );
    }
    const ports = [...url.matchAll(/:(\d+)(?=,|$)/g)].map((match) => Number(match[1]));
    if (ports.some((port) => port < 1 || port > 65535)) {
      throw new ValueError(given, "a port from 1 to 65535 after the host, as in 'pulsar://HOST:6650'");
    }
    return url;
  },
  values: "'pulsar://HOST:PORT' or 'pulsar+ssl://HOST:PORT'; several hosts with commas between them",
  schema: { type: "string", pattern: "^pulsar(\\+ssl)?://" },
});

/** The broker's or proxy's HTTP address. */
export const adminUrl: ValueKind<string> = scalar({
  parse: (given) => {
    const url = URL.parse(given);
    if (url === null || !/^https?:$/.test(url.protocol) || url.username !== "" || url.password !== "") {
      throw new ValueError(
        withoutCredentials(given),
        "'http://HOST:PORT' or 'https://HOST:PORT' without credentials",
      );
    }
    return given.trim().replace(/\/+$/, "");
  },
  values: "'http://HOST:PORT' or 'https://HOST:PORT'",
  schema: { type: "string", pattern: "^https?://" },
});

/**
 * A topic, with `persistent://public/default/` added to a bare name; the value is the full name. Pulsar takes control
 * characters too, but this name is printed to terminals and files.
 */
export const topic: ValueKind<string> = scalar({
  parse: (given) => {
    const name = parseTopicName(given.trim());
    if (typeof name !== "string" && !/\p{Cc}/u.test(name.local)) return name.full;
    const problem = typeof name === "string" ? name : "has a control character";
    throw new ValueError(given, `a topic name; this ${problem}`);
  },
  values: "a topic name",
  schema: { type: "string", pattern: "\\S" },
});

const tokenPath: ValueKind<string> = scalar({
  parse: (given) => {
    const isToken = /^ey[\w-]+\.[\w-]+\.[\w-]*$/.test(given) || /^[^/\\]{100,}$/.test(given);
    if (isToken || given === "") {
      throw new ValueError("(hidden)", "the path of a file with the token in it, not the token itself");
    }
    return given;
  },
  values: "the path of a file",
  schema: { type: "string", minLength: 1 },
});

/** A path. What looks like a token is refused unread and unrepeated: it must not end up in a log or a result. */
export const tokenFile: ValueKind<string> = { ...tokenPath, isFile: true };

/** Name of an environment variable that the permissions of the executables let them read. */
export const secretEnvName: ValueKind<string> = scalar({
  parse: (given) => {
    // The text is not repeated: a token pasted here by mistake must not end up in a log.
    if (!/^(PULSAR|PLL)_[A-Z0-9_]+$/.test(given)) {
      throw new ValueError(
        "(hidden)",
        "the name of an environment variable that begins with 'PULSAR_' or 'PLL_'",
      );
    }
    return given;
  },
  values: "a name that begins with 'PULSAR_' or 'PLL_'",
  schema: { type: "string", pattern: "^(PULSAR|PLL)_[A-Z0-9_]+$" },
});

/** Messages per second, `unlimited`, or `max`. */
export const rate: ValueKind<Rate> = scalar<Rate>({
  parse: (given) => {
    const word = given.trim().toLowerCase();
    if (word === "unlimited" || word === "max") return word;
    try {
      return parseRate(given, RATES);
    } catch (cause) {
      throw new ValueError(
        given,
        `messages per second such as '5k' or '300/m', at most ${rateText(RATES.max)}, 'unlimited', or 'max'`,
        { cause, proposal: proposalOf(cause) },
      );
    }
  },
  format: (value) => typeof value === "number" ? rateText(value) : value,
  values: `'unlimited', 'max', or ${rateText(RATES.min!)} to ${rateText(RATES.max!)}`,
  schema: { anyOf: [{ enum: ["unlimited", "max"] }, { type: "number", exclusiveMinimum: 0 }, RATE_SCHEMA] },
});

/** Bytes of a payload: one size, `MIN-MAX`, or a comma-separated list. */
export const payloadSize: ValueKind<SizeConfig> = scalar<SizeConfig>({
  parse: (given) => {
    const bounds: Bounds = { min: 1, max: LARGEST_PAYLOAD };
    try {
      if (given.includes(",")) {
        return { kind: "list", sizes: given.split(",").map((size) => parseBytes(size, bounds)) };
      }
      const [min, max, ...rest] = given.split("-").map((size) => parseBytes(size, bounds));
      if (max === undefined) return { kind: "fixed", bytes: min! };
      if (rest.length === 0 && min! <= max) return { kind: "uniform", min: min!, max };
    } catch (cause) {
      throw sizeError(given, cause);
    }
    throw sizeError(given);
  },
  format: (size) => {
    if (size.kind === "fixed") return bytesText(size.bytes);
    if (size.kind === "uniform") return `${bytesText(size.min)}-${bytesText(size.max)}`;
    return size.sizes.map(bytesText).join(",");
  },
  values: `1B to ${bytesText(LARGEST_PAYLOAD)}, 'MIN-MAX', or a list with commas`,
  schema: { anyOf: [BYTES_SCHEMA, { type: "string", pattern: "[-,]" }] },
});

function sizeError(given: string, cause?: unknown): ValueError {
  return new ValueError(
    given,
    "a size from 1B to 64MiB such as '1KiB', a range '100-4KiB', or a list '100,1KiB,8KiB'",
    { cause, proposal: proposalOf(cause) },
  );
}

/** What a part of a value was likely meant to be. */
function proposalOf(cause: unknown): string | undefined {
  return cause instanceof ValueError ? cause.proposal : undefined;
}

/** `[hold:|ramp:]DURATION:RATE` or `burst:DURATION:RATE:ON/OFF`. */
export const stage: ValueKind<StageConfig> = scalar<StageConfig>({
  parse: (given) => {
    const parts = given.trim().split(":");
    const word = /^\D/.test(parts[0]!) ? parts.shift()!.toLowerCase() : "hold";
    const kind = word === "step" ? "hold" : word;
    const cycle = kind === "burst" ? parts.pop() : undefined;
    if ((kind !== "hold" && kind !== "ramp" && kind !== "burst") || parts.length !== 2) {
      throw stageError(given);
    }
    const span: Bounds = { min: 1, max: LONGEST_MILLIS };
    try {
      const durationMs = parseDuration(parts[0]!, span);
      const messagesPerSecond = parseRate(parts[1]!, { min: 0, max: RATES.max });
      if (cycle === undefined) return { kind, durationMs, rate: messagesPerSecond };
      const [on, off, ...rest] = cycle.split("/").map((half) => parseDuration(half, span));
      if (off === undefined || rest.length > 0) throw stageError(given);
      return { kind, durationMs, rate: messagesPerSecond, onMs: on!, offMs: off };
    } catch (cause) {
      throw stageError(given, cause);
    }
  },
  format: (value) => {
    const cycle = value.kind === "burst" ? `:${durationText(value.onMs!)}/${durationText(value.offMs!)}` : "";
    return `${value.kind}:${durationText(value.durationMs)}:${countText(value.rate)}${cycle}`;
  },
  values: "'TIME:RATE', 'ramp:TIME:RATE', 'burst:TIME:RATE:ON/OFF'",
  schema: { type: "string", pattern: "^((hold|step|ramp|burst):)?[^:]+:[^:]+(:[^:]+/[^:]+)?$" },
});

function stageError(given: string, cause?: unknown): ValueError {
  return new ValueError(given, "'DURATION:RATE', 'ramp:DURATION:RATE', or 'burst:DURATION:RATE:ON/OFF'", {
    cause,
    proposal: proposalOf(cause),
  });
}

/** `earliest`, `latest`, or a moment as epoch milliseconds or ISO 8601. */
export const position: ValueKind<"earliest" | "latest" | number> = scalar<"earliest" | "latest" | number>({
  parse: (given) => {
    const word = given.trim().toLowerCase();
    if (word === "earliest" || word === "latest") return word;
    const moment = /^\d{12,14}$/.test(word)
      ? Number(word)
      : /^\d{4}-\d\d-\d\d/.test(word)
      ? Date.parse(given)
      : NaN;
    if (Number.isNaN(moment)) {
      throw new ValueError(given, "'earliest', 'latest', '2026-01-31T12:00:00Z', or epoch milliseconds");
    }
    return moment;
  },
  format: (value) => typeof value === "number" ? new Date(value).toISOString() : value,
  values: "'earliest', 'latest', a time, or epoch milliseconds",
  schema: {
    anyOf: [{ enum: ["earliest", "latest"] }, { type: "integer" }, { type: "string", pattern: "^\\d{4}-" }],
  },
});

/** `KEY=VALUE`, any number of times. */
export const properties: ValueKind<Readonly<Record<string, string>>> = {
  list: true,
  mapping: true,
  parse: (texts) =>
    Object.fromEntries(texts.map((given) => {
      const at = given.indexOf("=");
      if (at < 1) throw new ValueError(given, "'KEY=VALUE'");
      return [given.slice(0, at), given.slice(at + 1)];
    })),
  format: (value) => Object.entries(value).map(([key, entry]) => `${key}=${entry}`),
  values: "'KEY=VALUE'",
  schema: {
    oneOf: [
      { type: "object", additionalProperties: { type: ["string", "number", "boolean"] } },
      { type: "array", items: { type: "string", pattern: "^[^=]+=" } },
    ],
  },
};

/** URLs are quoted in errors, but what may be a password in them is not. */
function withoutCredentials(url: string): string {
  return url.replace(/\/\/[^/@]*@/, "//(hidden)@");
}
