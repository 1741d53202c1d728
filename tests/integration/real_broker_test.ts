import assert from "node:assert/strict";
import { AdminCallError, BrokerAdmin } from "../support/broker_admin.ts";
import { alive, run, workingFolder } from "../support/process.ts";
import { startBroker } from "../support/real_broker.ts";
import { brokerUnavailable, sharedBroker, testUnless } from "../support/shared_broker.ts";
import { connectFrame, exchange, hex, producerFrame, sendFrame } from "../support/raw_frames.ts";

const reason = await brokerUnavailable();
const test = testUnless(reason);
const shared = reason === undefined ? await sharedBroker() : undefined;

test("the shared broker serves its admin interface and its metrics", async () => {
  assert.ok((await shared!.admin.namespaces()).includes("public/default"));
  assert.match(await shared!.admin.metrics(), /^pulsar_version_info\{.*4\.2\.4/m);
});

test("a raw CONNECT frame is answered by CONNECTED of a 4.2.4 server", async () => {
  const [answer] = await exchange(shared!.serviceUrl, [connectFrame()], 1);
  // BaseCommand.type = CONNECTED (3), then field 3 with server_version (field 1) inside.
  assert.match(hex(answer!), /^[0-9a-f]{16}08031a/);
  assert.match(new TextDecoder().decode(answer!), /Pulsar Server(-v)?4\.2\.4/);
});

test("topics can be created, listed in partitions, sealed and deleted", async () => {
  const { admin } = shared!;
  await admin.createTopic("admin-single");
  await admin.createPartitionedTopic("admin-parts", 3);
  const metadata = JSON.parse(await admin.call("GET", "persistent/public/default/admin-parts/partitions"));
  assert.equal(metadata.partitions, 3);
  await admin.terminate("admin-single");
  assert.equal((await admin.internalStats("admin-single")).state, "Terminated");
  await admin.deleteTopic("admin-single");
  await admin.deletePartitionedTopic("admin-parts");
  await assert.rejects(
    admin.stats("admin-single"),
    (error) => error instanceof AdminCallError && error.status === 404,
  );
});

test("deduplication drops a message that is sent again", async () => {
  const { admin, serviceUrl } = shared!;
  await admin.createNamespace("public/dedup");
  await admin.setDeduplication("public/dedup", true);
  const topic = "persistent://public/dedup/once";
  await admin.createTopic(topic);
  await exchange(serviceUrl, [connectFrame(), producerFrame(topic, "p"), sendFrame(), sendFrame()], 4);
  assert.equal((await admin.internalStats(topic)).entriesAddedCounter, 1);
});

test("an acknowledged message survives a crash and an orderly restart on the same ports", async () => {
  await using broker = await startBroker();
  const topic = "persistent://public/default/kept";
  await broker.admin.createTopic(topic);
  const answers = await exchange(
    broker.serviceUrl,
    [connectFrame(), producerFrame(topic, "p"), sendFrame()],
    3,
  );
  assert.match(hex(answers[2]!), /^[0-9a-f]{16}0807/, "a SEND_RECEIPT");

  await broker.kill();
  await assert.rejects(exchange(broker.serviceUrl, [connectFrame()], 1));
  await broker.restart();
  assert.equal((await broker.admin.internalStats(topic)).numberOfEntries, 1);

  await broker.restart();
  assert.equal((await broker.admin.internalStats(topic)).numberOfEntries, 1);
});

test("a stopped broker leaves neither its process nor its data", async () => {
  const broker = await startBroker();
  const folder = await workingFolder(broker.pid);
  assert.match(
    (await run("ps", ["-p", String(broker.pid), "-o", "args="])).output,
    /PulsarStandaloneStarter/,
  );
  await broker.stop();
  assert.ok(!await alive(broker.pid));
  await assert.rejects(Deno.stat(folder), Deno.errors.NotFound);
});

test("a broker dies with the process that started it, even when that is killed", async () => {
  const support = new URL("../support/real_broker.ts", import.meta.url).href;
  const code = `const { startBroker } = await import(${JSON.stringify(support)});
    console.log((await startBroker()).pid); await new Promise(() => setInterval(() => {}, 1000));`;
  const parent = new Deno.Command(Deno.execPath(), { args: ["eval", code], stdout: "piped" }).spawn();
  const reader = parent.stdout.getReader();
  const { value } = await reader.read();
  const pid = Number(new TextDecoder().decode(value).trim());
  const folder = await workingFolder(pid);
  parent.kill("SIGKILL");
  await parent.status;
  await reader.cancel();
  while (await Deno.stat(folder).then(() => true, () => false)) {
    await new Promise((wake) => setTimeout(wake, 50));
  }
  assert.ok(!await alive(pid));
});

test("a broker with TLS and tokens lets in the right token only", async () => {
  await using broker = await startBroker({ tls: true, token: true });
  const { tokens, certificates } = broker;
  const tls = { caCerts: [await Deno.readTextFile(certificates!.ca)] };
  const connected = async (token?: string): Promise<string> => {
    const [answer] = await exchange(broker.serviceUrlTls!, [connectFrame(token)], 1, tls);
    return hex(answer!).slice(16, 20);
  };
  assert.equal(await connected(tokens!.right), "0803", "CONNECTED");
  for (const refused of [tokens!.wrongKey, tokens!.expired, undefined]) {
    assert.equal(await connected(refused), "080e", "ERROR");
  }
  await assert.rejects(
    new BrokerAdmin(broker.adminUrl, tokens!.stranger).createTopic("forbidden"),
    (error) => error instanceof AdminCallError && error.status === 403,
  );
});
