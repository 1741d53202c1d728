/** What networks do to connections, done to a producer and a consumer of a real broker. */
import { newTopic } from "../support/client_stage.ts";
import { NETWORK_CASES, type NetworkCase, proveNetworkCase } from "../support/network_faults.ts";
import { ProxiedBroker } from "../support/proxied_broker.ts";
import { brokerUnavailable, testUnless } from "../support/shared_broker.ts";

const reason = await brokerUnavailable();
const test = testUnless(reason);
const DEDUPLICATED = `public/${newTopic("network")}`;

const stage = reason === undefined ? await openStage() : undefined;
stage?.broker.unref();

async function openStage(): Promise<ProxiedBroker> {
  // The broker, too, has to give up a half-open connection soon.
  const proxied = await ProxiedBroker.start({ extra: { keepAliveIntervalSeconds: "2" } });
  const { admin } = proxied.broker;
  await admin.createNamespace(DEDUPLICATED);
  await admin.setDeduplication(DEDUPLICATED, true);
  return proxied;
}

async function prove(each: NetworkCase, deduplicates: boolean): Promise<void> {
  const { adminUrl } = stage!.broker;
  await using proxy = await stage!.proxy();
  const { serviceUrl } = proxy;
  const namespace = deduplicates ? DEDUPLICATED : "public/default";
  const topic = `persistent://${namespace}/${newTopic("hurt")}`;
  await proveNetworkCase(proxy, { serviceUrl, adminUrl, topic, deduplicates }, each);
}

for (const each of NETWORK_CASES) {
  test(`nothing acknowledged is lost, and nothing doubled, under ${each.name}`, () => prove(each, true));
}
for (const each of NETWORK_CASES.filter(({ resends }) => resends)) {
  test(`without deduplication, only what was sent again is doubled, under ${each.name}`, () =>
    prove(each, false));
}
