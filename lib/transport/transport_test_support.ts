/** What the transport tests share: bounded waits, loopback servers and whole-stream reading. */
import { Server } from "./server.ts";
import type { Transport } from "./transport.ts";

/** Upper bound of every wait, ms: for a machine that has much else to do. */
export const LONG_MS = 20_000;

/** What a promise gives, or a failure that names what did not happen in time. */
export async function soon<T>(what: string, promise: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`waited ${LONG_MS / 1000} s in vain for ${what}`)), LONG_MS);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Path of a file made by tests/fixtures/tls/make.sh. */
export function fixture(name: string): string {
  return decodeURIComponent(new URL(`../../tests/fixtures/tls/${name}`, import.meta.url).pathname);
}

/** A server on a free loopback port that sends back what it gets, TLS with a certificate's name given. */
export function echoServer(certificate?: string): Server {
  const server = new Server(
    certificate === undefined ? {} : {
      tls: {
        cert: Deno.readTextFileSync(fixture(`${certificate}.pem`)),
        key: Deno.readTextFileSync(fixture(`${certificate}-key.pem`)),
      },
    },
  );
  void (async () => {
    for await (const transport of server) void echo(transport);
  })();
  return server;
}

async function echo(transport: Transport): Promise<void> {
  const buffer = new Uint8Array(64 * 1024);
  try {
    for (let count = await transport.read(buffer); count !== null; count = await transport.read(buffer)) {
      await transport.write(buffer.subarray(0, count));
    }
  } catch {
    // The test's side decides what a failed handshake or a broken connection means.
  } finally {
    transport.close();
  }
}

/** Reads exactly `length` bytes, or fewer at the end of the stream. */
export async function readFully(transport: Transport, length: number, step = length): Promise<Uint8Array> {
  const all = new Uint8Array(length);
  let filled = 0;
  while (filled < length) {
    const part = all.subarray(filled, Math.min(length, filled + step));
    const count = await soon(`byte ${filled} of ${length}`, transport.read(part));
    if (count === null) break;
    filled += count;
  }
  return all.subarray(0, filled);
}

/** Bytes that differ enough to notice loss and reordering. */
export function pattern(length: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from({ length }, (_, i) => Math.imul(i, 2654435761) >>> 24);
}
