/** `pulsar://host:6650` and `pulsar+ssl://host:6651`, with several hosts separated by commas. */
import type { Address } from "../../transport/transport.ts";
import { InvalidNameError } from "../errors.ts";

export interface ServiceUrl {
  readonly tls: boolean;
  /** At least one; tried in turn. */
  readonly addresses: readonly Address[];
}

const PATTERN = /^(pulsar(?:\+ssl)?):\/\/([^/?#]+)\/?$/;
const EXAMPLE = "expected something like pulsar://localhost:6650 or pulsar+ssl://host:6651";

/** @throws {InvalidNameError} naming the part that is wrong */
export function parseServiceUrl(text: string): ServiceUrl {
  const match = PATTERN.exec(text.trim());
  if (match === null) {
    const scheme = /^([a-z+]+):\/\//i.exec(text)?.[1];
    const hint = scheme === "http" || scheme === "https"
      ? "that is an admin URL, the service URL starts with pulsar://"
      : EXAMPLE;
    throw new InvalidNameError(`service URL '${text}' is not valid: ${hint}`);
  }
  const tls = match[1] === "pulsar+ssl";
  const addresses = match[2]!.split(",").map((part) => parseAddress(part, tls ? 6651 : 6650, text));
  return { tls, addresses };
}

function parseAddress(part: string, defaultPort: number, url: string): Address {
  const match = /^(\[[0-9a-fA-F:.]+\]|[^:\s@]+)(?::(\d+))?$/.exec(part.trim());
  if (match === null) {
    throw new InvalidNameError(`service URL '${url}' has a bad address '${part}': ${EXAMPLE}`);
  }
  const port = match[2] === undefined ? defaultPort : Number(match[2]);
  if (port < 1 || port > 65535) {
    throw new InvalidNameError(`service URL '${url}' has port '${match[2]}', expected 1 to 65535`);
  }
  return { host: match[1]!.replace(/^\[|\]$/g, ""), port };
}
