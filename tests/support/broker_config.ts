/** The properties file and the command line of a test broker. */
import type { BrokerTokens } from "./tokens.ts";
import type { Certificates } from "./certificates.ts";

export interface BrokerPorts {
  readonly pulsar: number;
  readonly http: number;
  readonly bookie: number;
  readonly pulsarTls: number;
  readonly httpTls: number;
}

export interface BrokerSetup {
  readonly ports: BrokerPorts;
  readonly certificates?: Certificates;
  readonly tokens?: BrokerTokens;
  /** Any other broker setting; wins over ours. */
  readonly extra: Readonly<Record<string, string>>;
}

/** Settings that depend on the run, to be put behind the ones of tests/broker/standalone.conf. */
export function brokerProperties({ ports, certificates, tokens, extra }: BrokerSetup): Map<string, string> {
  const settings = new Map<string, string>([
    ["brokerServicePort", String(ports.pulsar)],
    ["webServicePort", String(ports.http)],
  ]);
  const set = (values: Readonly<Record<string, string>>): void => {
    for (const [name, value] of Object.entries(values)) settings.set(name, value);
  };
  if (certificates !== undefined) {
    set({
      brokerServicePortTls: String(ports.pulsarTls),
      webServicePortTls: String(ports.httpTls),
      tlsCertificateFilePath: certificates.serverCertificate,
      tlsKeyFilePath: certificates.serverKey,
      tlsTrustCertsFilePath: certificates.ca,
    });
  }
  if (tokens !== undefined) {
    set({
      authenticationEnabled: "true",
      authorizationEnabled: "true",
      superUserRoles: "admin",
      authenticationProviders: "org.apache.pulsar.broker.authentication.AuthenticationProviderToken",
      tokenSecretKey: `data:;base64,${tokens.secretKeyBase64}`,
      // The broker is a client of itself (system topics, its own admin calls).
      brokerClientAuthenticationPlugin: "org.apache.pulsar.client.impl.auth.AuthenticationToken",
      brokerClientAuthenticationParameters: `token:${tokens.right}`,
    });
  }
  set(extra);
  return settings;
}

const OPENED_PACKAGES = [
  ...[
    "java.lang",
    "java.io",
    "java.nio",
    "java.util.zip",
    "sun.net",
    "jdk.internal.platform",
    "jdk.internal.misc",
  ]
    .map((name) => `java.base/${name}`),
  "java.management/sun.management",
  "jdk.management/com.sun.management.internal",
];

/** Files that Java unpacks go where the process's folder goes: a process that is killed removes none. */
export function temporaryIn(folder: string): string {
  return `-Djava.io.tmpdir=${folder}`;
}

/**
 * What Pulsar's libraries need on Java 17 and later.
 *
 * @param folder of the process, which is removed after it
 */
export function javaFlags(folder: string): string[] {
  return [
    temporaryIn(folder),
    ...OPENED_PACKAGES.flatMap((name) => ["--add-opens", `${name}=ALL-UNNAMED`]),
  ];
}

/**
 * Arguments of `java`.
 *
 * `memory` is heap and, the same again, direct memory, such as `512m`; `wipe` starts without the data of an earlier run in
 * the same folder.
 */
export function brokerArguments(
  { folder, jars, memory, bookiePort, wipe }: {
    readonly folder: string;
    readonly jars: string;
    readonly memory: string;
    readonly bookiePort: number;
    readonly wipe: boolean;
  },
): string[] {
  return [
    `-Xmx${memory}`,
    `-XX:MaxDirectMemorySize=${memory}`,
    ...javaFlags(folder),
    "-cp",
    `${jars}/*`,
    "org.apache.pulsar.PulsarStandaloneStarter",
    "--config",
    "standalone.conf",
    "--no-functions-worker",
    "--no-stream-storage",
    "--bookkeeper-port",
    String(bookiePort),
    ...(wipe ? ["--wipe-data"] : []),
  ];
}
