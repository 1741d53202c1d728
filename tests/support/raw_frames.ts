/**
 * Protocol frames as plain bytes, written without the project's own codec, so that a test with them checks the
 * broker and not us. Layouts: Pulsar's binary protocol specification and PulsarApi.proto.
 */

export function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function unhex(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(text.replaceAll(/\s/g, "").match(/../g) ?? [], (pair) => parseInt(pair, 16));
}

/** One protobuf field with a length, shorter than 16 KiB; field numbers up to 15. */
function field(number: number, content: Uint8Array | string): number[] {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
  const length = bytes.length < 128 ? [bytes.length] : [(bytes.length & 127) | 128, bytes.length >> 7];
  return [number << 3 | 2, ...length, ...bytes];
}

/** A frame around one BaseCommand: type in field 1, the command in the field of the same number. */
function simpleFrame(type: number, command: number[]): Uint8Array<ArrayBuffer> {
  const body = [8, type, ...field(type, Uint8Array.from(command))];
  const frame = new Uint8Array(8 + body.length);
  new DataView(frame.buffer).setUint32(0, body.length + 4);
  new DataView(frame.buffer).setUint32(4, body.length);
  frame.set(body, 8);
  return frame;
}

/** CONNECT of client `pll`, protocol 20; with a token, auth_method_name (5) and auth_data (3) are added. */
export function connectFrame(token?: string): Uint8Array<ArrayBuffer> {
  if (token === undefined) return unhex("0000000f 0000000b 0802 1207 0a03706c6c 2014");
  return simpleFrame(2, [...field(1, "pll"), ...field(3, token), 0x20, 20, ...field(5, "token")]);
}

/** PRODUCER: topic (1), producer_id 1 (2), request_id 1 (3), producer_name (4). */
export function producerFrame(topic: string, name: string): Uint8Array<ArrayBuffer> {
  return simpleFrame(5, [...field(1, topic), 0x10, 1, 0x18, 1, ...field(4, name)]);
}

/** The same for a producer that takes the topic from all others: producer_access_mode (10) `ExclusiveWithFencing`. */
export function fencingProducerFrame(topic: string, name: string): Uint8Array<ArrayBuffer> {
  return simpleFrame(5, [...field(1, topic), 0x10, 1, 0x18, 1, ...field(4, name), 0x50, 3]);
}

/** Has a topic to itself for so long: the broker closes its other producers and lets none in. */
export async function fenceTopic(serviceUrl: string, topic: string, ms: number): Promise<void> {
  const [, answer] = await exchange(
    serviceUrl,
    [connectFrame(), fencingProducerFrame(topic, "fence")],
    2,
    { holdMs: ms },
  );
  // PRODUCER_SUCCESS, in field 1 of the command.
  if (answer![9] !== 17) throw new Error(`the broker did not let the fencing producer in: ${hex(answer!)}`);
}

/** SEND by producer 1 of "hello" with sequence id 0. */
export function sendFrame(): Uint8Array<ArrayBuffer> {
  return unhex(
    "00000029 0000000a 0806 3206 080110001801 0e01 cf85822f 0000000c 0a0170 1000 1880d095ffbc31 68656c6c6f",
  );
}

/**
 * Sends frames one after the other, each after the answer to the one before.
 *
 * @returns the answers, whole frames
 * @param holdMs how long the connection stays open after the last answer
 * @throws {Error} If the peer closes the connection first
 */
export async function exchange(
  serviceUrl: string,
  frames: readonly Uint8Array<ArrayBuffer>[],
  answers: number,
  { holdMs = 0, ...tls }: { readonly caCerts?: string[]; readonly holdMs?: number } = {},
): Promise<Uint8Array[]> {
  const url = new URL(serviceUrl);
  const address = { hostname: url.hostname, port: Number(url.port) };
  using connection = url.protocol === "pulsar+ssl:"
    ? await Deno.connectTls({ ...address, ...tls })
    : await Deno.connect(address);
  const received: Uint8Array[] = [];
  for (const frame of frames) {
    for (let sent = 0; sent < frame.length;) sent += await connection.write(frame.subarray(sent));
    if (received.length < answers) received.push(await readFrame(connection));
  }
  while (received.length < answers) received.push(await readFrame(connection));
  if (holdMs > 0) await new Promise((resolve) => setTimeout(resolve, holdMs));
  return received;
}

async function readFrame(connection: Deno.Conn): Promise<Uint8Array> {
  const head = await readExactly(connection, 4);
  const size = new DataView(head.buffer).getUint32(0);
  const frame = new Uint8Array(4 + size);
  frame.set(head);
  frame.set(await readExactly(connection, size), 4);
  return frame;
}

async function readExactly(connection: Deno.Conn, length: number): Promise<Uint8Array<ArrayBuffer>> {
  const bytes = new Uint8Array(length);
  for (let read = 0; read < length;) {
    const count = await connection.read(bytes.subarray(read));
    if (count === null) throw new Error(`the peer closed the connection after ${read} of ${length} bytes`);
    read += count;
  }
  return bytes;
}
