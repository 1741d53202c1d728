/** The part of a driver file that says how to reach brokers safely: TLS and authentication. */
import { parseBoolean } from "../../config/units.ts";
import type { Settings } from "./settings.ts";

/** Settings of a scenario file, by their keys there. */
export type Security = Readonly<Record<string, string | boolean>>;

const INSECURE = "client.tlsAllowInsecureConnection";
const HOSTNAME = "client.tlsEnableHostnameVerification";
const AUTHORITIES = "client.tlsTrustCertsFilePath";
const PLUGIN = "client.authentication.plugin";
const DATA = "client.authentication.data";
export const SECURITY_KEYS: readonly string[] = [INSECURE, HOSTNAME, AUTHORITIES, PLUGIN, DATA];

const TOKEN = "org.apache.pulsar.client.impl.auth.AuthenticationToken";
const TLS = "org.apache.pulsar.client.impl.auth.AuthenticationTls";

export function readSecurity(
  settings: Settings,
  serviceUrl: string | undefined,
  adminUrl: string | undefined,
): Security {
  const isEncrypted = (serviceUrl?.startsWith("pulsar+ssl:") ?? false) ||
    (adminUrl?.startsWith("https:") ?? false);
  const found: Record<string, string | boolean> = {};
  const isInsecure = settings.value(INSECURE, parseBoolean) ?? false;
  const verify = settings.value(HOSTNAME, parseBoolean);
  const authorities = settings.value(AUTHORITIES, String);
  if (isEncrypted) {
    if (isInsecure) {
      settings.report(
        INSECURE,
        `'${INSECURE}: true' cannot be given: certificates are always checked; name their authority in ` +
          AUTHORITIES,
      );
    }
    if (verify !== undefined) found.tlsVerifyHostname = verify;
    if (authorities !== undefined) found.tlsCa = authorities;
  }
  readAuthentication(settings, found, isEncrypted);
  return found;
}

function readAuthentication(
  settings: Settings,
  found: Record<string, string | boolean>,
  isEncrypted: boolean,
): void {
  const plugin = settings.value(PLUGIN, String);
  // May be a secret: it is never repeated.
  const data = settings.value(DATA, String);
  if (plugin === undefined) return;
  if (plugin === TOKEN) {
    const path = /^file:(?:\/\/)?(\/.+)$/.exec(data ?? "")?.[1];
    if (path !== undefined) found.tokenFile = path;
    else {
      settings.report(
        DATA,
        `'${DATA}' must be 'file:///PATH' of a file with the token in it: a token is not taken from this file itself`,
      );
    }
    return;
  }
  if (plugin === TLS) {
    const parts = new Map((data ?? "").split(",").map((part) => split(part)));
    const [cert, key] = [parts.get("tlsCertFile"), parts.get("tlsKeyFile")];
    if (cert === undefined || key === undefined) {
      settings.report(DATA, `'${DATA}' must be 'tlsCertFile:PATH,tlsKeyFile:PATH'`);
    } else if (!isEncrypted) {
      settings.report(
        PLUGIN,
        `'${PLUGIN}': a certificate has no effect without client.serviceUrl: pulsar+ssl://…`,
      );
    } else {
      found.tlsCert = cert;
      found.tlsKey = key;
    }
    return;
  }
  settings.report(PLUGIN, `'${PLUGIN}': '${plugin}' cannot be given: expected '${TOKEN}' or '${TLS}'`);
}

/** `key:value`, where the value may have colons too. */
function split(part: string): [string, string] {
  const at = part.indexOf(":");
  return at < 0 ? [part.trim(), ""] : [part.slice(0, at).trim(), part.slice(at + 1).trim()];
}
