import static java.nio.charset.StandardCharsets.UTF_8;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.apache.pulsar.client.api.AuthenticationFactory;
import org.apache.pulsar.client.api.BatcherBuilder;
import org.apache.pulsar.client.api.CompressionType;
import org.apache.pulsar.client.api.Consumer;
import org.apache.pulsar.client.api.DeadLetterPolicy;
import org.apache.pulsar.client.api.Message;
import org.apache.pulsar.client.api.MessageId;
import org.apache.pulsar.client.api.Producer;
import org.apache.pulsar.client.api.ProducerAccessMode;
import org.apache.pulsar.client.api.PulsarClient;
import org.apache.pulsar.client.api.PulsarClientException;
import org.apache.pulsar.client.api.Reader;
import org.apache.pulsar.client.api.Schema;
import org.apache.pulsar.client.api.SubscriptionInitialPosition;
import org.apache.pulsar.client.api.SubscriptionType;
import org.apache.pulsar.client.api.TableView;
import org.apache.pulsar.client.api.schema.GenericRecord;
import org.apache.pulsar.client.api.schema.GenericSchema;
import org.apache.pulsar.client.api.schema.RecordSchemaBuilder;
import org.apache.pulsar.client.api.schema.SchemaBuilder;
import org.apache.pulsar.common.schema.SchemaType;

/**
 * What a Java client asks of a broker; one line "ok NAME" or "failed NAME: REASON" for each check.
 *
 * Usage: JavaClient.java SERVICE_URL [NAME]; the token is in PLL_CONTRACT_TOKEN.
 */
public class JavaClient {
    interface Check {
        void run(PulsarClient client) throws Exception;
    }

    private static final int SECONDS = 15;
    private static final Map<String, Check> CHECKS = new java.util.LinkedHashMap<>();

    static {
        CHECKS.put("messages come in order, whatever the codec", JavaClient::codecs);
        CHECKS.put("chunked messages of the default chunk size", JavaClient::chunks);
        CHECKS.put("each subscription type deals out as it should", JavaClient::types);
        CHECKS.put("a message of another schema than its producer's", JavaClient::schemaOfMessage);
        CHECKS.put("AUTO_CONSUME and AUTO_PRODUCE_BYTES follow the versions of a schema", JavaClient::autoSchemas);
        CHECKS.put("a schema of another type is refused", JavaClient::otherSchema);
        CHECKS.put("nacked messages reach the dead letter topic", JavaClient::deadLetter);
        CHECKS.put("reconsumeLater brings a message again, later, and then to the dead letter topic",
            JavaClient::retryLetter);
        CHECKS.put("delayed messages wait on a shared subscription", JavaClient::delayed);
        CHECKS.put("seek, reader and table view", JavaClient::positions);
        CHECKS.put("a pattern subscription finds a new topic", JavaClient::pattern);
        CHECKS.put("exclusive producers, waiting and fencing", JavaClient::accessModes);
        CHECKS.put("acknowledgements with receipts, of batch indexes and cumulative ones", JavaClient::acknowledgements);
        CHECKS.put("transactions are refused at once", JavaClient::transactions);
    }

    public static void main(String[] args) throws Exception {
        String url = args[0];
        String wanted = args.length > 1 ? args[1] : "";
        System.out.println("client " + org.apache.pulsar.PulsarVersion.getVersion());
        PulsarClient client = connect(url);
        for (Map.Entry<String, Check> each : CHECKS.entrySet()) {
            if (!each.getKey().contains(wanted)) continue;
            String outcome;
            try {
                each.getValue().run(client);
                outcome = "ok " + each.getKey();
            } catch (Throwable error) {
                java.io.StringWriter stack = new java.io.StringWriter();
                error.printStackTrace(new java.io.PrintWriter(stack));
                outcome = "failed " + each.getKey() + ": " + stack.toString().replace("\n", " | ");
            }
            System.out.println(outcome);
        }
        client.close();
        // Threads of a client that failed must not keep the process.
        System.exit(0);
    }

    private static PulsarClient connect(String url) throws Exception {
        return PulsarClient.builder()
            .serviceUrl(url)
            .authentication(AuthenticationFactory.token(System.getenv("PLL_CONTRACT_TOKEN")))
            .operationTimeout(SECONDS, TimeUnit.SECONDS)
            .statsInterval(0, TimeUnit.SECONDS)
            .build();
    }

    private static String topic() {
        return "persistent://public/default/java-" + UUID.randomUUID();
    }

    private static <T> Message<T> take(Consumer<T> consumer) throws Exception {
        Message<T> message = consumer.receive(SECONDS, TimeUnit.SECONDS);
        check(message != null, "no message came in " + SECONDS + " s");
        return message;
    }

    private static List<String> texts(Consumer<byte[]> consumer, int count) throws Exception {
        List<String> texts = new ArrayList<>();
        while (texts.size() < count) {
            Message<byte[]> message = take(consumer);
            consumer.acknowledge(message);
            texts.add(new String(message.getData(), UTF_8));
        }
        return texts;
    }

    private static void check(boolean holds, String otherwise) {
        if (!holds) throw new AssertionError(otherwise);
    }

    private static void equal(Object actual, Object expected) {
        check(expected.equals(actual), actual + " instead of " + expected);
    }

    private static void refused(Class<? extends Throwable> kind, Check run) throws Exception {
        try {
            run.run(null);
        } catch (Throwable error) {
            Throwable cause = error instanceof CompletionException ? error.getCause() : error;
            check(kind.isInstance(cause), "refused with " + cause + " instead of " + kind.getSimpleName());
            return;
        }
        throw new AssertionError("not refused with " + kind.getSimpleName());
    }

    private static void codecs(PulsarClient client) throws Exception {
        for (CompressionType codec : CompressionType.values()) {
            for (boolean batching : new boolean[] {true, false}) {
                String topic = topic();
                Consumer<byte[]> consumer = client.newConsumer().topic(topic).subscriptionName("s").subscribe();
                Producer<byte[]> producer =
                    client.newProducer().topic(topic).compressionType(codec).enableBatching(batching).create();
                List<String> sent = new ArrayList<>();
                for (int index = 0; index < 20; index++) {
                    sent.add((index + " ").repeat(200));
                    producer.sendAsync(sent.get(index).getBytes(UTF_8));
                }
                producer.flush();
                equal(texts(consumer, 20), sent);
            }
        }
    }

    private static void chunks(PulsarClient client) throws Exception {
        String topic = topic();
        Consumer<byte[]> consumer = client.newConsumer().topic(topic).subscriptionName("s").subscribe();
        byte[] body = new byte[12 << 20];
        new Random(1).nextBytes(body);
        client.newProducer().topic(topic).enableBatching(false).enableChunking(true).create().send(body);
        check(java.util.Arrays.equals(take(consumer).getData(), body), "the message is not what was sent");
    }

    private static void types(PulsarClient client) throws Exception {
        for (SubscriptionType type : SubscriptionType.values()) {
            String topic = topic();
            Map<String, List<Integer>> byKey = new HashMap<>();
            Map<String, Set<Integer>> owners = new HashMap<>();
            Set<Integer> seen = new HashSet<>();
            int consumers = type == SubscriptionType.Exclusive ? 1 : 3;
            for (int index = 0; index < consumers; index++) {
                int owner = index;
                client.newConsumer().topic(topic).subscriptionName("s").subscriptionType(type)
                    .messageListener((consumer, message) -> {
                        synchronized (seen) {
                            int value = Integer.parseInt(new String(message.getData(), UTF_8));
                            seen.add(value);
                            byKey.computeIfAbsent(message.getKey(), key -> new ArrayList<>()).add(value);
                            owners.computeIfAbsent(message.getKey(), key -> new HashSet<>()).add(owner);
                            consumer.acknowledgeAsync(message);
                        }
                    }).subscribe();
            }
            Producer<byte[]> producer =
                client.newProducer().topic(topic).batcherBuilder(BatcherBuilder.KEY_BASED).create();
            for (int index = 0; index < 200; index++) {
                producer.newMessage().key("k" + index % 20).value(("" + index).getBytes(UTF_8)).sendAsync();
            }
            producer.flush();
            long limit = System.nanoTime() + SECONDS * 1_000_000_000L;
            while (true) {
                synchronized (seen) {
                    if (seen.size() == 200) break;
                }
                check(System.nanoTime() < limit, type + ": " + seen.size() + " of 200 came");
                Thread.sleep(10);
            }
            if (type == SubscriptionType.Shared) continue;
            synchronized (seen) {
                for (List<Integer> values : byKey.values()) equal(values, values.stream().sorted().toList());
                for (Set<Integer> ids : owners.values()) equal(ids.size(), 1);
            }
        }
    }

    private static void schemaOfMessage(PulsarClient client) throws Exception {
        String topic = topic();
        Consumer<byte[]> consumer = client.newConsumer().topic(topic).subscriptionName("s").subscribe();
        Producer<byte[]> producer = client.newProducer().topic(topic).create();
        producer.newMessage(Schema.STRING).value("text").send();
        equal(texts(consumer, 1), List.of("text"));
        Consumer<GenericRecord> auto = client.newConsumer(Schema.AUTO_CONSUME()).topic(topic).subscriptionName("a")
            .subscriptionInitialPosition(SubscriptionInitialPosition.Earliest).subscribe();
        equal(take(auto).getValue().getNativeObject(), "text");
    }

    private static GenericSchema<GenericRecord> person(boolean hasAge) {
        RecordSchemaBuilder builder = SchemaBuilder.record("Person");
        builder.field("name").type(SchemaType.STRING);
        if (hasAge) builder.field("age").type(SchemaType.INT32).defaultValue(7);
        return Schema.generic(builder.build(SchemaType.AVRO));
    }

    private static void autoSchemas(PulsarClient client) throws Exception {
        String topic = topic();
        GenericSchema<GenericRecord> before = person(false);
        GenericSchema<GenericRecord> after = person(true);
        Producer<GenericRecord> old = client.newProducer(before).topic(topic).create();
        Consumer<GenericRecord> auto =
            client.newConsumer(Schema.AUTO_CONSUME()).topic(topic).subscriptionName("auto").subscribe();
        Consumer<GenericRecord> newer = client.newConsumer(after).topic(topic).subscriptionName("newer").subscribe();
        GenericRecord ann = before.newRecordBuilder().set("name", "Ann").build();
        old.send(ann);
        GenericRecord bob = after.newRecordBuilder().set("name", "Bob").set("age", 30).build();
        client.newProducer(after).topic(topic).create().send(bob);
        for (Consumer<GenericRecord> consumer : List.of(auto, newer)) {
            GenericRecord first = take(consumer).getValue();
            equal(first.getField("name"), "Ann");
            if (consumer == newer) equal(first.getField("age"), 7);
            GenericRecord second = take(consumer).getValue();
            equal(second.getField("name") + " " + second.getField("age"), "Bob 30");
        }
        client.newProducer(Schema.AUTO_PRODUCE_BYTES()).topic(topic).create().send(after.encode(bob));
        equal(take(auto).getValue().getField("age"), 30);
    }

    private static void otherSchema(PulsarClient client) throws Exception {
        String topic = topic();
        client.newProducer(Schema.STRING).topic(topic).create();
        refused(PulsarClientException.IncompatibleSchemaException.class,
            none -> client.newProducer(person(false)).topic(topic).create());
        refused(PulsarClientException.IncompatibleSchemaException.class,
            none -> client.newConsumer(Schema.INT32).topic(topic).subscriptionName("s").subscribe());
    }

    private static void deadLetter(PulsarClient client) throws Exception {
        String topic = topic();
        Consumer<byte[]> dead = client.newConsumer().topic(topic + "-dead").subscriptionName("s").subscribe();
        Consumer<byte[]> consumer = client.newConsumer().topic(topic).subscriptionName("s")
            .subscriptionType(SubscriptionType.Shared).negativeAckRedeliveryDelay(50, TimeUnit.MILLISECONDS)
            .deadLetterPolicy(
                DeadLetterPolicy.builder().maxRedeliverCount(1).deadLetterTopic(topic + "-dead").build())
            .subscribe();
        client.newProducer().topic(topic).create().send("poison".getBytes(UTF_8));
        for (int count = 0; count < 2; count++) {
            Message<byte[]> message = take(consumer);
            equal(message.getRedeliveryCount(), count);
            consumer.negativeAcknowledge(message);
        }
        // The client moves it when it would be received once more.
        check(consumer.receive(500, TimeUnit.MILLISECONDS) == null, "it came once more");
        equal(texts(dead, 1), List.of("poison"));
    }

    private static void retryLetter(PulsarClient client) throws Exception {
        String topic = topic();
        Consumer<byte[]> dead = client.newConsumer().topic(topic + "-dead").subscriptionName("s").subscribe();
        Consumer<byte[]> consumer = client.newConsumer().topic(topic).subscriptionName("s")
            .subscriptionType(SubscriptionType.Shared).enableRetry(true)
            .deadLetterPolicy(DeadLetterPolicy.builder().maxRedeliverCount(1)
                .retryLetterTopic(topic + "-retry").deadLetterTopic(topic + "-dead").build())
            .subscribe();
        client.newProducer().topic(topic).create().send("again".getBytes(UTF_8));
        Message<byte[]> first = take(consumer);
        long start = System.currentTimeMillis();
        consumer.reconsumeLater(first, 500, TimeUnit.MILLISECONDS);
        Message<byte[]> second = take(consumer);
        check(System.currentTimeMillis() - start >= 500, "it came before its time");
        equal(new String(second.getData(), UTF_8), "again");
        consumer.reconsumeLater(second, 1, TimeUnit.MILLISECONDS);
        equal(texts(dead, 1), List.of("again"));
    }

    private static void delayed(PulsarClient client) throws Exception {
        String topic = topic();
        Consumer<byte[]> consumer = client.newConsumer().topic(topic).subscriptionName("s")
            .subscriptionType(SubscriptionType.Shared).subscribe();
        Producer<byte[]> producer = client.newProducer().topic(topic).create();
        long due = System.currentTimeMillis() + 1000;
        producer.newMessage().deliverAt(due).value("late".getBytes(UTF_8)).send();
        producer.send("now".getBytes(UTF_8));
        equal(texts(consumer, 2), List.of("now", "late"));
        check(System.currentTimeMillis() >= due, "it came before its time");
    }

    private static void positions(PulsarClient client) throws Exception {
        String topic = topic();
        Consumer<byte[]> consumer = client.newConsumer().topic(topic).subscriptionName("s").subscribe();
        Producer<byte[]> producer = client.newProducer().topic(topic).create();
        List<MessageId> ids = new ArrayList<>();
        for (int index = 0; index < 5; index++) {
            ids.add(producer.newMessage().key("k" + index % 2).value(("" + index).getBytes(UTF_8)).send());
        }
        texts(consumer, 5);
        consumer.seek(ids.get(2));
        equal(texts(consumer, 2), List.of("3", "4"));
        consumer.seek(MessageId.earliest);
        equal(texts(consumer, 5), List.of("0", "1", "2", "3", "4"));
        try (Reader<byte[]> reader = client.newReader().topic(topic).startMessageId(MessageId.earliest).create()) {
            int count = 0;
            while (reader.hasMessageAvailable()) {
                check(reader.readNext(SECONDS, TimeUnit.SECONDS) != null, "the reader got nothing");
                count++;
            }
            equal(count, 5);
        }
        try (TableView<byte[]> table = client.newTableView().topic(topic).create()) {
            equal(new String(table.get("k0"), UTF_8), "4");
        }
    }

    private static void pattern(PulsarClient client) throws Exception {
        String stem = topic();
        client.newProducer().topic(stem + "-1").create().send("one".getBytes(UTF_8));
        Consumer<byte[]> consumer = client.newConsumer().topicsPattern(Pattern.compile(stem + "-.*"))
            .subscriptionInitialPosition(SubscriptionInitialPosition.Earliest)
            .patternAutoDiscoveryPeriod(1, TimeUnit.SECONDS).subscriptionName("s").subscribe();
        equal(texts(consumer, 1), List.of("one"));
        client.newProducer().topic(stem + "-2").create().send("two".getBytes(UTF_8));
        equal(texts(consumer, 1), List.of("two"));
    }

    private static void accessModes(PulsarClient client) throws Exception {
        String topic = topic();
        Producer<byte[]> first =
            client.newProducer().topic(topic).accessMode(ProducerAccessMode.Exclusive).create();
        refused(PulsarClientException.ProducerFencedException.class,
            none -> client.newProducer().topic(topic).accessMode(ProducerAccessMode.Exclusive).create());
        var waiting = client.newProducer().topic(topic).accessMode(ProducerAccessMode.WaitForExclusive).createAsync();
        first.close();
        Producer<byte[]> second = waiting.get(SECONDS, TimeUnit.SECONDS);
        second.send("x".getBytes(UTF_8));
        client.newProducer().topic(topic).accessMode(ProducerAccessMode.ExclusiveWithFencing).create();
        refused(PulsarClientException.ProducerFencedException.class, none -> second.send("y".getBytes(UTF_8)));
    }

    private static void acknowledgements(PulsarClient client) throws Exception {
        String topic = topic();
        Consumer<byte[]> consumer = client.newConsumer().topic(topic).subscriptionName("s")
            .subscriptionType(SubscriptionType.Shared).enableBatchIndexAcknowledgment(true)
            .isAckReceiptEnabled(true).subscribe();
        Producer<byte[]> producer =
            client.newProducer().topic(topic).batchingMaxPublishDelay(1, TimeUnit.SECONDS).create();
        for (int index = 0; index < 10; index++) producer.sendAsync(("" + index).getBytes(UTF_8));
        producer.flush();
        for (int index = 0; index < 10; index++) {
            Message<byte[]> message = take(consumer);
            if (index % 2 == 0) consumer.acknowledge(message);
        }
        consumer.redeliverUnacknowledgedMessages();
        equal(texts(consumer, 5), List.of("1", "3", "5", "7", "9"));
        Consumer<byte[]> ordered = client.newConsumer().topic(topic).subscriptionName("o").isAckReceiptEnabled(true)
            .subscriptionInitialPosition(SubscriptionInitialPosition.Earliest).subscribe();
        producer.send("10".getBytes(UTF_8));
        Message<byte[]> last = take(ordered);
        while (!"10".equals(new String(last.getData(), UTF_8))) last = take(ordered);
        ordered.acknowledgeCumulative(last);
        ordered.close();
        Consumer<byte[]> again = client.newConsumer().topic(topic).subscriptionName("o").subscribe();
        check(again.receive(300, TimeUnit.MILLISECONDS) == null, "something was left");
    }

    private static void transactions(PulsarClient client) throws Exception {
        String url = ((org.apache.pulsar.client.impl.PulsarClientImpl) client).getConfiguration().getServiceUrl();
        long start = System.nanoTime();
        refused(PulsarClientException.class, none -> PulsarClient.builder().serviceUrl(url).enableTransaction(true)
            .authentication(AuthenticationFactory.token(System.getenv("PLL_CONTRACT_TOKEN")))
            .operationTimeout(SECONDS, TimeUnit.SECONDS).build().close());
        check(System.nanoTime() - start < SECONDS * 1_000_000_000L, "only the time limit ended it");
    }
}
