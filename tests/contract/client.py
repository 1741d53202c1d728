"""What a client written in Python (over the C++ one) asks of a broker; one line of JSON for each check.

Usage: client.py SERVICE_URL ADMIN_URL [NAME]; the token is in PLL_CONTRACT_TOKEN.
"""

import json
import os
import re
import sys
import time
import traceback
import urllib.request
import uuid

import pulsar
from pulsar.schema import AvroSchema, Integer, JsonSchema, Record, String, StringSchema

SERVICE_URL, ADMIN_URL = sys.argv[1:3]
TOKEN = os.environ["PLL_CONTRACT_TOKEN"]
TIMEOUT = 15_000
CHECKS = []


def check(name):
    def add(run):
        CHECKS.append((name, run))
        return run

    return add


def connect(token=TOKEN, seconds=15):
    return pulsar.Client(
        SERVICE_URL,
        authentication=pulsar.AuthenticationToken(token),
        operation_timeout_seconds=seconds,
        logger=pulsar.ConsoleLogger(pulsar.LoggerLevel.Error),
    )


def topic(stem="t"):
    return f"persistent://public/default/{stem}-{uuid.uuid4().hex[:8]}"


def admin(method, path, body=None):
    request = urllib.request.Request(
        f"{ADMIN_URL}/admin/v2/{path}",
        method=method,
        data=None if body is None else json.dumps(body).encode(),
        headers={"Authorization": f"Bearer {TOKEN}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=15) as response:
        text = response.read()
    return json.loads(text) if text else None


def take(consumer, count, ack=True):
    messages = []
    while len(messages) < count:
        message = consumer.receive(TIMEOUT)
        if ack:
            consumer.acknowledge(message)
        messages.append(message)
    return messages


def nothing_more(consumer, ms=300):
    try:
        message = consumer.receive(ms)
    except pulsar.Timeout:
        return
    raise AssertionError(f"{message.data()!r} came, though nothing should")


def refused(kind, run):
    try:
        run()
    except kind:
        return
    raise AssertionError(f"it was not refused with {kind}")


def equal(actual, expected):
    assert actual == expected, f"{actual!r} instead of {expected!r}"


@check("a wrong token is refused")
def _(client):
    other = connect("wrong", seconds=1)
    # Real brokers say the same as the embedded one, an ERROR for no request: this client tries again until its time is over.
    refused((pulsar.AuthenticationError, pulsar.Timeout), lambda: other.create_producer(topic()))
    other.close()


@check("messages come in order, with key, properties, event time and batch index")
def _(client):
    name = topic()
    consumer = client.subscribe(name, "s")
    producer = client.create_producer(name, batching_enabled=True, batching_max_messages=10)
    for index in range(100):
        producer.send_async(
            f"m{index}".encode(),
            None,
            properties={"ключ": f"värde {index}"},
            partition_key="k",
            event_timestamp=1000 + index,
        )
    producer.flush()
    messages = take(consumer, 100)
    equal([m.data().decode() for m in messages], [f"m{i}" for i in range(100)])
    equal(messages[7].properties(), {"ключ": "värde 7"})
    equal(messages[7].partition_key(), "k")
    equal(messages[7].event_timestamp(), 1007)
    assert any(m.message_id().batch_index() > 0 for m in messages)
    for payload in (b"", b"x"):
        producer.send(payload)
        equal(take(consumer, 1)[0].data(), payload)


@check("every codec, batched and single")
def _(client):
    kinds = pulsar.CompressionType
    for kind in (kinds.NONE, kinds.LZ4, kinds.ZLib, kinds.ZSTD, kinds.SNAPPY):
        for batching in (True, False):
            name = topic()
            consumer = client.subscribe(name, "s")
            producer = client.create_producer(name, compression_type=kind, batching_enabled=batching)
            bodies = [f"{i} ".encode() * 500 for i in range(10)]
            for body in bodies:
                producer.send_async(body, None)
            producer.flush()
            equal([m.data() for m in take(consumer, 10)], bodies)


@check("chunked messages of the default chunk size, longer than a message may be")
def _(client):
    name = topic()
    consumer = client.subscribe(name, "s")
    producer = client.create_producer(name, batching_enabled=False, chunking_enabled=True)
    body = os.urandom(12 << 20)
    producer.send(body)
    assert take(consumer, 1)[0].data() == body, "the message is not what was sent"
    refused(pulsar.MessageTooBig, lambda: client.create_producer(name).send(body))


@check("an exclusive subscription is for one consumer, a failover one goes over")
def _(client):
    name = topic()
    first = client.subscribe(name, "e")
    refused(pulsar.ConsumerBusy, lambda: client.subscribe(name, "e"))
    first.close()
    kind = pulsar.ConsumerType.Failover
    active = client.subscribe(name, "f", consumer_type=kind, consumer_name="a")
    standby = client.subscribe(name, "f", consumer_type=kind, consumer_name="b")
    producer = client.create_producer(name)
    producer.send(b"1")
    equal(take(active, 1)[0].data(), b"1")
    active.close()
    producer.send(b"2")
    equal(take(standby, 1)[0].data(), b"2")


@check("a shared subscription deals messages out, each once")
def _(client):
    name = topic()
    kind = pulsar.ConsumerType.Shared
    consumers = [client.subscribe(name, "s", consumer_type=kind) for _ in range(3)]
    producer = client.create_producer(name, batching_enabled=False)
    for index in range(90):
        producer.send_async(str(index).encode(), None)
    producer.flush()
    got = []
    # How many each one gets is the broker's business.
    until(lambda: got.extend(drain(consumers)) or len(got) >= 90)
    equal(sorted(got), list(range(90)))


def drain(consumers):
    """What has come by now."""
    got = []
    for consumer in consumers:
        try:
            while True:
                message = consumer.receive(20)
                consumer.acknowledge(message)
                got.append(int(message.data()))
        except pulsar.Timeout:
            pass
    return got


@check("a key-shared subscription keeps each key with one consumer, in order")
def _(client):
    name = topic()
    kind = pulsar.ConsumerType.KeyShared
    got = {}

    def listen(index):
        def listener(consumer, message):
            got.setdefault(message.partition_key(), []).append((index, int(message.data())))
            consumer.acknowledge(message)

        return listener

    for index in range(3):
        client.subscribe(name, "s", consumer_type=kind, message_listener=listen(index))
    producer = client.create_producer(name, batching_type=pulsar.BatchingType.KeyBased)
    for index in range(300):
        producer.send_async(str(index).encode(), None, partition_key=f"k{index % 30}")
    producer.flush()
    until(lambda: sum(map(len, got.values())) == 300)
    for pairs in got.values():
        equal(len({index for index, _ in pairs}), 1)
        equal([value for _, value in pairs], sorted(value for _, value in pairs))
    assert len({pairs[0][0] for pairs in got.values()}) > 1, "one consumer got all keys"


def until(condition):
    limit = time.monotonic() + TIMEOUT / 1000
    while not condition():
        assert time.monotonic() < limit, "it did not come to be"
        time.sleep(0.02)


@check("nacks bring messages again with their count, and then to the dead letter topic")
def _(client):
    name, dead = topic(), topic("dead")
    last = client.subscribe(dead, "s")
    consumer = client.subscribe(
        name,
        "s",
        consumer_type=pulsar.ConsumerType.Shared,
        negative_ack_redelivery_delay_ms=100,
        dead_letter_policy=pulsar.ConsumerDeadLetterPolicy(
            max_redeliver_count=2, dead_letter_topic=dead, initial_subscription_name="s"
        ),
    )
    client.create_producer(name).send(b"poison")
    for count in range(3):
        message = consumer.receive(TIMEOUT)
        equal(message.redelivery_count(), count)
        consumer.negative_acknowledge(message)
    equal(take(last, 1)[0].data(), b"poison")


@check("a delayed message waits on a shared subscription and does not on an exclusive one")
def _(client):
    name = topic()
    shared = client.subscribe(name, "shared", consumer_type=pulsar.ConsumerType.Shared)
    exclusive = client.subscribe(name, "exclusive")
    producer = client.create_producer(name)
    due = time.time() + 1
    producer.send(b"late", deliver_at=int(due * 1000) + 1)
    producer.send(b"now")
    equal([m.data() for m in take(exclusive, 2)], [b"late", b"now"])
    equal([m.data() for m in take(shared, 2)], [b"now", b"late"])
    assert time.time() >= due, "it came before its time"


@check("cumulative acknowledgement and what is left after it")
def _(client):
    name = topic()
    consumer = client.subscribe(name, "s")
    producer = client.create_producer(name, batching_enabled=False)
    for index in range(10):
        producer.send(str(index).encode())
    consumer.acknowledge_cumulative(take(consumer, 6, ack=False)[-1])
    consumer.close()
    again = client.subscribe(name, "s")
    equal([int(m.data()) for m in take(again, 4)], [6, 7, 8, 9])


@check("seek by message id and by time")
def _(client):
    name = topic()
    consumer = client.subscribe(name, "s")
    producer = client.create_producer(name, batching_enabled=False)
    ids = [producer.send(str(index).encode()) for index in range(5)]
    time.sleep(0.05)
    between = int(time.time() * 1000)
    time.sleep(0.05)
    producer.send(b"5")
    take(consumer, 6)
    consumer.seek(ids[2])
    equal(int(take(consumer, 1)[0].data()), 3)
    consumer.seek(between)
    equal(int(take(consumer, 1)[0].data()), 5)
    consumer.seek(pulsar.MessageId.earliest)
    equal([int(m.data()) for m in take(consumer, 6)], list(range(6)))


@check("a reader reads what is there and knows when it has read all")
def _(client):
    name = topic()
    producer = client.create_producer(name)
    for index in range(20):
        producer.send(str(index).encode())
    reader = client.create_reader(name, pulsar.MessageId.earliest)
    got = []
    while reader.has_message_available():
        got.append(int(reader.read_next(TIMEOUT).data()))
    equal(got, list(range(20)))


@check("a pattern subscribes to all topics that fit")
def _(client):
    stem = f"pattern-{uuid.uuid4().hex[:6]}"
    names = [f"persistent://public/default/{stem}-{index}" for index in range(3)]
    producers = [client.create_producer(name) for name in names]
    consumer = client.subscribe(re.compile(f"persistent://public/default/{stem}-.*"), "s")
    for index, producer in enumerate(producers):
        producer.send(str(index).encode())
    equal(sorted(int(m.data()) for m in take(consumer, 3)), [0, 1, 2])


@check("a partitioned topic made by the admin interface")
def _(client):
    name = topic()
    path = name.replace("://", "/")
    admin("PUT", f"{path}/partitions", 3)
    equal(len(client.get_topic_partitions(name)), 3)
    consumer = client.subscribe(name, "s")
    producer = client.create_producer(
        name,
        batching_enabled=False,
        message_routing_mode=pulsar.PartitionsRoutingMode.RoundRobinDistribution,
    )
    for index in range(30):
        producer.send(str(index).encode())
    equal(sorted(int(m.data()) for m in take(consumer, 30)), list(range(30)))
    stats = admin("GET", f"{path}/partitioned-stats")
    equal([part["msgInCounter"] for part in stats["partitions"].values()], [10, 10, 10])


@check("what is sent twice with one sequence id is stored once")
def _(client):
    name = topic()
    consumer = client.subscribe(name, "s")
    producer = client.create_producer(name, producer_name="same", batching_enabled=False)
    for sequence_id, body in ((1, b"a"), (2, b"b"), (2, b"b again"), (1, b"a again"), (3, b"c")):
        producer.send(body, sequence_id=sequence_id)
    equal([m.data() for m in take(consumer, 3)], [b"a", b"b", b"c"])
    nothing_more(consumer)
    producer.close()
    equal(client.create_producer(name, producer_name="same").last_sequence_id(), 3)


@check("one exclusive producer, and names that are taken")
def _(client):
    name = topic()
    mode = pulsar.ProducerAccessMode.Exclusive
    first = client.create_producer(name, access_mode=mode)
    refused(Exception, lambda: client.create_producer(name, access_mode=mode))
    refused(pulsar.ProducerBusy, lambda: client.create_producer(name))
    first.close()
    client.create_producer(name, producer_name="n")
    refused(pulsar.ProducerBusy, lambda: client.create_producer(name, producer_name="n"))


class Person(Record):
    _avro_namespace = "contract"
    name = String()


# Its next version: the same name, and a field that has a default.
PersonWithAge = type(
    "Person",
    (Record,),
    {"_avro_namespace": "contract", "name": String(), "age": Integer(default=7, required_default=True)},
)


@check("schemas of strings, JSON and AVRO")
def _(client):
    for schema, value in (
        (StringSchema(), "häuser"),
        (JsonSchema(Person), Person(name="ä")),
        (AvroSchema(Person), Person(name="ä")),
    ):
        name = topic()
        consumer = client.subscribe(name, "s", schema=schema)
        client.create_producer(name, schema=schema).send(value)
        got = take(consumer, 1)[0].value()
        equal(getattr(got, "name", got), getattr(value, "name", value))


@check("an AVRO schema that got a field reads both versions")
def _(client):
    name = topic()
    old = client.create_producer(name, schema=AvroSchema(Person))
    consumer = client.subscribe(
        name, "s", initial_position=pulsar.InitialPosition.Earliest, schema=AvroSchema(PersonWithAge)
    )
    old.send(Person(name="old"))
    client.create_producer(name, schema=AvroSchema(PersonWithAge)).send(PersonWithAge(name="new", age=30))
    got = [message.value() for message in take(consumer, 2)]
    equal([(each.name, each.age) for each in got], [("old", 7), ("new", 30)])


@check("a schema of another type is refused")
def _(client):
    name = topic()
    client.create_producer(name, schema=StringSchema())
    refused(pulsar.IncompatibleSchema, lambda: client.create_producer(name, schema=AvroSchema(Person)))


@check("a topic that is not persistent is refused")
def _(client):
    refused(pulsar.NotAllowedError, lambda: client.create_producer("non-persistent://public/default/x"))


@check("a client that fills the memory does not keep another from sending, and goes on once it is emptied")
def _(client):
    full, other = topic("full"), topic("other")
    reader = client.subscribe(full, "s")
    filler = connect()
    sent = []
    producer = filler.create_producer(full, batching_enabled=False, max_pending_messages=1000, send_timeout_millis=0)
    for _ in range(100):
        producer.send_async(bytes(1 << 20), lambda result, _: sent.append(result))
    until(lambda: stands_still(sent))
    assert len(sent) < 100, "the memory took everything, so this proves nothing"
    consumer = client.subscribe(other, "s")
    client.create_producer(other, send_timeout_millis=TIMEOUT).send(bytes(4 << 20))
    equal(len(take(consumer, 1)[0].data()), 4 << 20)
    for message in take(reader, 100):
        equal(len(message.data()), 1 << 20)
    until(lambda: len(sent) == 100)
    equal(set(sent), {pulsar.Result.Ok})
    filler.close()


def stands_still(sent):
    """Whether no receipt comes any more, as when the memory is full."""
    before = len(sent)
    time.sleep(0.3)
    return before > 20 and len(sent) == before


def main():
    wanted = sys.argv[3] if len(sys.argv) > 3 else ""
    for name, run in CHECKS:
        if wanted not in name:
            continue
        client = connect()
        started = time.monotonic()
        try:
            run(client)
            error = None
        except BaseException:  # A check that fails must not keep the others from being made.
            error = traceback.format_exc()
        seconds = round(time.monotonic() - started, 1)
        print(json.dumps({"check": name, "seconds": seconds, "error": error}), flush=True)
        client.close()
    # Threads of a client that failed must not keep the process.
    os._exit(0)


main()
