import assert from "node:assert/strict";
import fc from "fast-check";
import { type Command, type CommandName, commandNumber, decodeCommand, encodeCommand } from "./command.ts";
import { ProtocolError } from "./errors.ts";
import { U64_MAX } from "./protobuf.ts";
import { hex } from "./wire_test_support.ts";

const decodeFrame = (frame: Uint8Array): Command => decodeCommand(frame, 8);

Deno.test("recorded frames are reproduced byte for byte", () => {
  assert.deepEqual(encodeCommand("ping", {}), hex("00000009 00000005 0812920100"));
  assert.deepEqual(encodeCommand("pong", {}), hex("00000009 00000005 08139a0100"));
  assert.deepEqual(
    encodeCommand("connect", { clientVersion: "pll", protocolVersion: 20 }),
    hex("0000000f 0000000b 0802 1207 0a03706c6c 2014"),
  );
  assert.deepEqual(
    encodeCommand("flow", { consumerId: 1, messagePermits: 1000 }),
    hex("0000000d 00000009 080b 5a05 0801 10e807"),
  );
  assert.deepEqual(
    encodeCommand("sendReceipt", {
      producerId: 1,
      sequenceId: 5,
      messageId: { ledgerId: U64_MAX, entryId: U64_MAX },
    }),
    hex("00000024 00000020 0807 3a1c 0801 1005 1a16 08ffffffffffffffffff01 10ffffffffffffffffff01"),
  );
});

Deno.test("recorded frames decode to what they say", () => {
  assert.deepEqual(decodeFrame(hex("00000009 00000005 0812920100")), { name: "ping", body: {} });
  const receipt = decodeFrame(
    hex("00000024 00000020 0807 3a1c 0801 1005 1a16 08ffffffffffffffffff01 10ffffffffffffffffff01"),
  );
  assert.deepEqual(receipt, {
    name: "sendReceipt",
    body: { producerId: 1, sequenceId: 5, messageId: { ledgerId: U64_MAX, entryId: U64_MAX } },
  });
});

const EXAMPLES: { [N in CommandName]?: (Command & { name: N })["body"] } = {
  connected: { serverVersion: "Pulsar", protocolVersion: 20, maxMessageSize: 5242880 },
  subscribe: {
    topic: "t",
    subscription: "s",
    subType: 3,
    consumerId: 0,
    requestId: 7,
    durable: true,
    initialPosition: 1,
    metadata: [{ key: "a", value: "b" }],
    keySharedMeta: { keySharedMode: 1, hashRanges: [{ start: 0, end: 65535 }] },
  },
  producer: { topic: "t", producerId: 0, requestId: 0, epoch: 3, userProvidedProducerName: false },
  producerSuccess: { requestId: 1, producerName: "p", lastSequenceId: -1 },
  lookupResponse: { requestId: 1, response: 1, brokerServiceUrl: "pulsar://b:6650", authoritative: true },
  partitionMetadataResponse: { requestId: 2, partitions: 4, response: 0 },
  message: { consumerId: 1, messageId: { ledgerId: 3, entryId: 4, partition: -1 }, ackSet: [U64_MAX, 1] },
  ack: { consumerId: 1, ackType: 0, messageId: [{ ledgerId: 1, entryId: 2 }, { ledgerId: 1, entryId: 3 }] },
  consumerStatsResponse: {
    requestId: 4,
    msgRateOut: 12.5,
    msgBacklog: 3,
    blockedConsumerOnUnackedMsgs: false,
  },
  authChallenge: { challenge: { authMethodName: "token", authData: new Uint8Array([1, 2]) } },
  getSchema: { requestId: 1, topic: "t", schemaVersion: new Uint8Array(8) },
  getSchemaResponse: {
    requestId: 1,
    schema: { name: "s", schemaData: new Uint8Array([1]), type: 4, properties: [{ key: "k", value: "v" }] },
    schemaVersion: new Uint8Array(8),
  },
  getOrCreateSchema: {
    requestId: 2,
    topic: "t",
    schema: { name: "", schemaData: new Uint8Array(0), type: 1 },
  },
  getOrCreateSchemaResponse: { requestId: 2, errorCode: 18, errorMessage: "no" },
  topicMigrated: { resourceId: 1, resourceType: 0, brokerServiceUrl: "pulsar://x:1" },
};

for (const [name, body] of Object.entries(EXAMPLES)) {
  Deno.test(`'${name}' survives a round trip`, () => {
    const frame = encodeCommand(name as CommandName, body as never);
    assert.deepEqual(decodeFrame(frame), { name, body });
  });
}

Deno.test("an unknown command is named, and unknown fields of a known one are skipped", () => {
  assert.throws(() => decodeCommand(hex("0863")), { code: "unknown-command", message: /99/ });
  assert.deepEqual(decodeCommand(hex("0812 920103 980101")), { name: "ping", body: {} });
});

Deno.test("the type is found even when it is not the first field", () => {
  const bytes = hex("920100 0812");
  assert.equal(commandNumber(bytes, 0, bytes.length), 18);
  assert.deepEqual(decodeCommand(bytes), { name: "ping", body: {} });
});

Deno.test("a missing required field is named, on both sides", () => {
  assert.throws(() => decodeCommand(hex("080d 6a00")), { code: "missing-field", message: /'requestId'/ });
  assert.throws(() => encodeCommand("success", {} as never), { code: "missing-field" });
});

Deno.test("packed and unpacked lists read the same", () => {
  const unpacked = hex("0809 4a0c 0801 1204 08031004 2001 2002");
  const packed = hex("0809 4a0c 0801 1204 08031004 22020102");
  assert.deepEqual(decodeCommand(unpacked), decodeCommand(packed));
});

Deno.test("arbitrary bytes end in a ProtocolError or a command, never in anything else", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), fc.integer({ min: 2, max: 40 }), (noise, number) => {
      for (const bytes of [noise, new Uint8Array([0x08, number, ...noise])]) {
        try {
          decodeCommand(bytes);
        } catch (error) {
          assert.ok(error instanceof ProtocolError, String(error));
        }
      }
    }),
    { numRuns: 2000 },
  );
});

Deno.test("every cut of a valid command is an error", () => {
  const frame = encodeCommand("subscribe", EXAMPLES.subscribe!);
  for (let length = 0; length < frame.length - 8; length++) {
    assert.throws(() => decodeCommand(frame, 8, 8 + length), ProtocolError, `cut at ${length}`);
  }
});
