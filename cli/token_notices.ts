/** What people should know of the way their token takes. */
import type { RunConfig } from "../lib/config/run_config.ts";
import { parseServiceUrl } from "../lib/client/mod.ts";

/** Mode bits of a file, where the system has some. */
export type ModeOf = (path: string) => number | null;

const EVERYBODY_READS = 0o004;

/** One sentence for each thing that makes a token known to others. */
export function tokenNotices(config: RunConfig, modeOf: ModeOf = modeOfFile): string[] {
  const { tokenFile, tokenEnv, serviceUrl, adminUrl, embedded } = config;
  if (embedded !== undefined || (tokenFile === undefined && tokenEnv === undefined)) return [];
  const notices: string[] = [];
  for (const url of [serviceUrl, ...(adminUrl === undefined ? [] : [adminUrl])]) {
    if (!isOpen(url)) continue;
    const better = url.startsWith("http:") ? "https://" : "pulsar+ssl://";
    notices.push(`the token goes to ${url} unencrypted: whoever is on the way can read it; use ${better}`);
  }
  if (tokenFile !== undefined && ((modeOf(tokenFile) ?? 0) & EVERYBODY_READS) !== 0) {
    notices.push(
      `every user of this machine can read the token file '${tokenFile}': chmod 600 would end that`,
    );
  }
  return notices;
}

/** Without encryption, to another machine. */
function isOpen(url: string): boolean {
  if (url.startsWith("http:")) return !isLoopback(new URL(url).hostname.replace(/^\[|\]$/g, ""));
  if (url.startsWith("https:")) return false;
  const { tls, addresses } = parseServiceUrl(url);
  return !tls && !addresses.every(({ host }) => isLoopback(host));
}

function isLoopback(host: string): boolean {
  return host === "localhost" || host.endsWith(".localhost") || host === "::1" ||
    /^127(\.\d+){3}$/.test(host);
}

/** Null where there is no such file: that is told when it is read. */
function modeOfFile(path: string): number | null {
  try {
    return Deno.statSync(path).mode;
  } catch {
    return null;
  }
}
