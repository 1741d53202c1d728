/** `lab broker`: the embedded broker alone, for any client, until Ctrl-C. */
import { EmbeddedBroker } from "../../lib/broker/mod.ts";
import { CredentialError, tokenFromEnv, tokenFromFile } from "../../lib/client/mod.ts";
import { ConfigError } from "../../lib/config/source.ts";
import { formatBytes } from "../../lib/config/units.ts";
import { TransportError } from "../../lib/transport/errors.ts";
import { watchBroker } from "../broker_watch.ts";
import { UsageError } from "../command.ts";
import { EXIT, type ExitCode } from "../exit_codes.ts";

export interface LabBrokerOptions {
  readonly address: string;
  readonly port: number;
  readonly webPort: number;
  readonly tokenFile?: string | undefined;
  readonly tokenEnv?: string | undefined;
  readonly deduplication: boolean;
  /** Of topics that come to be by their first use; 0 = not partitioned. */
  readonly partitions: number;
  readonly memoryBytes: number;
  readonly maxMessageBytes: number;
  readonly json: boolean;
}

export interface LabBrokerWorld {
  /** For scripts. */
  print(text: string): void;
  /** For people. */
  say(text: string): void;
  env(name: string): string | undefined;
  /** Aborts when the broker is to end. */
  readonly signal: AbortSignal;
  /** How often the memory is looked at, ms. */
  readonly watchMs?: number;
}

/**
 * Serves until the signal.
 *
 * @throws {UsageError} for options that contradict each other
 * @throws {ConfigError} for a token that cannot be read and a port that cannot be had
 */
export async function labBroker(options: LabBrokerOptions, world: LabBrokerWorld): Promise<ExitCode> {
  const token = await tokenOf(options, world.env);
  const broker = await start(options, token);
  try {
    announce(options, broker, token !== undefined, world);
    await watchBroker(broker, (text) => world.say(text), world.signal, world.watchMs);
  } finally {
    await broker.stop();
  }
  world.say("the broker has ended, and its messages with it");
  return EXIT.ok;
}

async function tokenOf(
  { tokenFile, tokenEnv }: LabBrokerOptions,
  env: (name: string) => string | undefined,
): Promise<string | undefined> {
  if (tokenFile !== undefined && tokenEnv !== undefined) {
    throw new UsageError("--token-file and --token-env exclude each other: there is one token");
  }
  const read = tokenFile !== undefined
    ? tokenFromFile(tokenFile)
    : tokenEnv !== undefined
    ? tokenFromEnv(tokenEnv, env)
    : undefined;
  try {
    return await read?.();
  } catch (cause) {
    if (!(cause instanceof CredentialError)) throw cause;
    throw environmentError(cause.message, cause);
  }
}

async function start(options: LabBrokerOptions, token: string | undefined): Promise<EmbeddedBroker> {
  const { address, port, webPort } = options;
  if (port === webPort && port !== 0) {
    throw new UsageError(`--port and --web-port are both '${port}'; they must differ`);
  }
  try {
    return await EmbeddedBroker.start({
      host: address,
      port,
      adminPort: webPort,
      deduplication: options.deduplication,
      defaultPartitions: options.partitions,
      maxBacklogBytes: options.memoryBytes,
      maxMessageSize: options.maxMessageBytes,
      tokens: token === undefined ? undefined : [token],
    });
  } catch (cause) {
    if (cause instanceof RangeError) {
      throw new UsageError(
        `--memory '${formatBytes(options.memoryBytes)}' does not hold one message of --max-message-size ` +
          `'${formatBytes(options.maxMessageBytes)}'`,
        { cause },
      );
    }
    if (!(cause instanceof TransportError)) throw cause;
    throw environmentError(`${cause.message}; ${adviceFor(cause, options)}`, cause);
  }
}

function adviceFor({ code, message }: TransportError, { address, webPort }: LabBrokerOptions): string {
  if (code === "InvalidAddress") return `'${address}' must be an address of this machine (--address)`;
  const isWeb = webPort !== 0 && message.includes(`:${webPort}"`);
  return `choose another port with ${isWeb ? "--web-port" : "--port"}, or 0 for any that is free`;
}

/** What is wrong lies outside the command line. */
function environmentError(message: string, cause: unknown): ConfigError {
  return new ConfigError([{ message, source: { kind: "default" } }], { cause });
}

function announce(
  options: LabBrokerOptions,
  { serviceUrl, adminUrl }: EmbeddedBroker,
  hasToken: boolean,
  world: LabBrokerWorld,
): void {
  if (options.json) world.print(`${JSON.stringify({ serviceUrl, adminUrl })}\n`);
  else world.print(`service URL  ${serviceUrl}\nadmin URL    ${adminUrl}\n`);
  world.say(
    `the broker keeps up to ${formatBytes(options.memoryBytes)} in memory and nothing on disk` +
      `${hasToken ? "; clients need the token" : ""}; Ctrl-C ends it`,
  );
  if (!hasToken && !isLoopback(options.address)) {
    world.say(
      `warning: every client that reaches '${options.address}' can use the broker; --token-file asks for a token`,
    );
  }
}

function isLoopback(address: string): boolean {
  return address === "localhost" || address === "::1" || address.startsWith("127.");
}
