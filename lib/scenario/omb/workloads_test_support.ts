/**
 * The 130 workloads of the repository openmessaging/benchmark (January 2026) as facts: of each file its name and the values
 * that it sets, in the order of `COLUMNS`. What it says about payloads is a file, or `random:RATIO:POOL`; a last word is the
 * key distributor.
 */

const COLUMNS = [
  "topics",
  "partitionsPerTopic",
  "messageSize",
  "subscriptionsPerTopic",
  "producersPerTopic",
  "consumerPerSubscription",
  "producerRate",
  "consumerBacklogSizeGB",
  "testDurationMinutes",
] as const;

export interface WorkloadFile {
  readonly name: string;
  readonly values: Readonly<Record<typeof COLUMNS[number], number>>;
  /** The file, written anew. */
  readonly text: string;
}

export function workloadFiles(): WorkloadFile[] {
  return FACTS.trim().split("\n").map((line) => {
    const [name, ...words] = line.split(" ");
    const values = Object.fromEntries(COLUMNS.map((column, index) => [column, Number(words[index])]));
    const [payload, distributor] = words.slice(COLUMNS.length);
    const [kind, ratio, pool] = payload!.split(":");
    const lines = [
      `name: ${name}`,
      ...Object.entries(values).map(([key, value]) => `${key}: ${value}`),
      ...(kind === "random"
        ? ["useRandomizedPayloads: true", `randomBytesRatio: ${ratio}`, `randomizedPayloadPoolSize: ${pool}`]
        : [`payloadFile: "${payload}"`]),
      ...(distributor === undefined ? [] : [`keyDistributor: "${distributor}"`]),
    ];
    return { name: name!, values: values as WorkloadFile["values"], text: lines.join("\n") + "\n" };
  });
}

const FACTS = `
1-topic-1-partition-100b 1 1 100 1 1 1 50000 0 15 payload/payload-100b.data
1-topic-1-partition-1kb 1 1 1024 1 1 1 50000 0 15 payload/payload-1Kb.data NO_KEY
1-topic-100-partitions-1kb-4p-4c-1000k 1 100 1024 1 4 4 1000000 0 5 random:0.5:1000
1-topic-100-partitions-1kb-4p-4c-2000k 1 100 1024 1 4 4 2000000 0 5 random:0.5:1000
1-topic-100-partitions-1kb-4p-4c-200k-backlog 1 100 1024 1 4 4 200000 512 5 random:0.5:1000
1-topic-100-partitions-1kb-4p-4c-200k 1 100 1024 1 4 4 200000 0 5 random:0.5:1000
1-topic-100-partitions-1kb-4p-4c-500k 1 100 1024 1 4 4 500000 0 5 random:0.5:1000
1-topic-100-partitions-1kb 1 100 1024 1 1 1 50000 0 240 payload/payload-1Kb.data
1-topic-10000-partitions-1kb-4p-4c-1000k 1 10000 1024 1 4 4 1000000 0 5 random:0.5:1000
1-topic-10000-partitions-1kb-4p-4c-2000k 1 10000 1024 1 4 4 2000000 0 5 random:0.5:1000
1-topic-10000-partitions-1kb-4p-4c-200k 1 10000 1024 1 4 4 200000 0 5 random:0.5:1000
1-topic-10000-partitions-1kb-4p-4c-500k 1 10000 1024 1 4 4 500000 0 5 random:0.5:1000
1-topic-16-partition-100b 1 16 100 1 1 1 50000 0 15 payload/payload-100b.data
1-topic-16-partitions-1kb 1 16 1024 1 1 1 50000 0 15 payload/payload-1Kb.data
1-topic-3-partition-100b-3producers 1 3 100 1 3 1 0 0 15 payload/payload-100b.data
1-topic-6-partition-100b 1 6 100 1 1 1 50000 0 15 payload/payload-100b.data
100-topic-1kb-4p-4c-2000k 100 1 1024 1 4 4 2000000 0 5 random:0.5:1000
100-topic-1kb-4p-4c-500k 100 1 1024 1 4 4 500000 0 5 random:0.5:1000
100-topics-1-partitions-1kb 100 1 1024 3 1 1 150000 0 240 payload/payload-1Kb.data
100k-topic-1kb-4p-4c-100k 100000 1 1024 1 4 4 100000 0 5 random:0.5:1000
100k-topic-1kb-4p-4c-2000k 100000 1 1024 1 4 4 2000000 0 5 random:0.5:1000
100k-topic-1kb-4p-4c-500k 100000 1 1024 1 4 4 500000 0 5 random:0.5:1000
10k-topic-1kb-4p-4c-100k 10000 1 1024 1 4 4 100000 0 5 random:0.5:1000
10k-topic-1kb-4p-4c-2000k 10000 1 1024 1 4 4 2000000 0 5 random:0.5:1000
10k-topic-1kb-4p-4c-500k 10000 1 1024 1 4 4 500000 0 5 random:0.5:1000
1k-topic-1kb-4p-4c-100k 1000 1 1024 1 4 4 100000 0 5 random:0.5:1000
1k-topic-1kb-4p-4c-2000k 1000 1 1024 1 4 4 2000000 0 5 random:0.5:1000
1k-topic-1kb-4p-4c-500k 1000 1 1024 1 4 4 500000 0 5 random:0.5:1000
1m-10-topics-1-partition-100b 10 1 100 1 1 1 1000000 0 15 random:0.5:1000
1m-10-topics-16-partitions-100b 10 16 100 1 1 1 1000000 0 15 random:0.5:1000
1m-10-topics-2-partitions-100b 10 2 100 1 1 1 1000000 0 15 random:0.5:1000
1m-10-topics-3-partitions-100b 10 3 100 1 1 1 1000000 0 15 random:0.5:1000
1m-10-topics-4-partitions-100b 10 4 100 1 1 1 1000000 0 15 random:0.5:1000
1m-10-topics-6-partitions-100b 10 6 100 1 1 1 1000000 0 15 random:0.5:1000
1m-10-topics-9-partitions-100b 10 9 100 1 1 1 1000000 0 15 random:0.5:1000
1m-topic-1kb-4p-4c-2000k 1000000 1 1024 1 4 4 2000000 0 5 random:0.5:1000
1m-topic-1kb-4p-4c-500k 1000000 1 1024 1 4 4 500000 0 5 random:0.5:1000
200k-topic-1kb-4p-4c-100k 200000 1 1024 1 4 4 100000 0 5 random:0.5:1000
200k-topic-1kb-4p-4c-2000k 200000 1 1024 1 4 4 2000000 0 5 random:0.5:1000
200k-topic-1kb-4p-4c-500k 200000 1 1024 1 4 4 500000 0 5 random:0.5:1000
300k-topic-1kb-4p-4c-2000k 300000 1 1024 1 4 4 2000000 0 5 random:0.5:1000
300k-topic-1kb-4p-4c-500k 300000 1 1024 1 4 4 500000 0 5 random:0.5:1000
400k-topic-1kb-4p-4c-2000k 400000 1 1024 1 4 4 2000000 0 5 random:0.5:1000
400k-topic-1kb-4p-4c-500k 400000 1 1024 1 4 4 500000 0 5 random:0.5:1000
500-topic-1kb-4p-4c-2000k 500 1 1024 1 4 4 2000000 0 5 random:0.5:1000
500-topic-1kb-4p-4c-500k 500 1 1024 1 4 4 500000 0 5 random:0.5:1000
500k-topic-1kb-4p-4c-2000k 500000 1 1024 1 4 4 2000000 0 5 random:0.5:1000
500k-topic-1kb-4p-4c-500k 500000 1 1024 1 4 4 500000 0 5 random:0.5:1000
50k-topic-1kb-4p-4c-100k 50000 1 1024 1 4 4 100000 0 5 random:0.5:1000
50k-topic-1kb-4p-4c-2000k 50000 1 1024 1 4 4 2000000 0 5 random:0.5:1000
50k-topic-1kb-4p-4c-500k 50000 1 1024 1 4 4 500000 0 5 random:0.5:1000
5k-topic-1kb-4p-4c-100k 5000 1 1024 1 4 4 100000 0 5 random:0.5:1000
5k-topic-1kb-4p-4c-2000k 5000 1 1024 1 4 4 2000000 0 5 random:0.5:1000
5k-topic-1kb-4p-4c-500k 5000 1 1024 1 4 4 500000 0 5 random:0.5:1000
600k-topic-1kb-4p-4c-2000k 600000 1 1024 1 4 4 2000000 0 5 random:0.5:1000
600k-topic-1kb-4p-4c-600k 600000 1 1024 1 4 4 500000 0 5 random:0.5:1000
700k-topic-1kb-4p-4c-2000k 700000 1 1024 1 4 4 2000000 0 5 random:0.5:1000
700k-topic-1kb-4p-4c-500k 700000 1 1024 1 4 4 500000 0 5 random:0.5:1000
800k-topic-1kb-4p-4c-2000k 800000 1 1024 1 4 4 2000000 0 5 random:0.5:1000
800k-topic-1kb-4p-4c-500k 800000 1 1024 1 4 4 500000 0 5 random:0.5:1000
900k-topic-1kb-4p-4c-2000k 900000 1 1024 1 4 4 2000000 0 5 random:0.5:1000
900k-topic-1kb-4p-4c-500k 900000 1 1024 1 4 4 500000 0 5 random:0.5:1000
backlog-1-topic-1-partition-1kb 1 1 1024 1 1 1 100000 100 5 payload/payload-1Kb.data
backlog-1-topic-16-partitions-1kb 1 16 1024 1 1 1 100000 100 5 payload/payload-1Kb.data
max-rate-1-topic-1-partition-1p-1c-100b 1 1 100 1 1 1 10000000 0 5 random:0.5:1000
max-rate-1-topic-1-partition-1p-1c-1kb 1 1 1024 1 1 1 10000000 0 5 random:0.5:1000
max-rate-1-topic-1-partition-1p-1c-64kb 1 1 65536 1 1 1 10000000 0 5 random:0.5:100
max-rate-1-topic-1-partition-4p-1c-1kb 1 1 1024 1 4 1 10000000 0 5 random:0.5:1000
max-rate-1-topic-10-partitions-10p-10c-100b 1 10 100 1 10 10 10000000 0 5 random:0.5:1000
max-rate-1-topic-10-partitions-10p-10c-1kb 1 10 1024 1 10 10 10000000 0 5 random:0.5:1000
max-rate-1-topic-10-partitions-10p-10c-64kb 1 10 65536 1 10 10 10000000 0 5 random:0.5:100
max-rate-1-topic-10-partitions-1p-1c-100b 1 10 100 1 1 1 10000000 0 5 random:0.5:1000
max-rate-1-topic-10-partitions-1p-1c-1kb 1 10 1024 1 1 1 10000000 0 5 random:0.5:1000
max-rate-1-topic-10-partitions-1p-1c-64kb 1 10 65536 1 1 1 10000000 0 5 random:0.5:100
max-rate-1-topic-100-partitions-100b 1 100 100 1 1 1 0 0 5 payload/payload-100b.data
max-rate-1-topic-100-partitions-100p-100c-100b 1 100 100 1 100 100 10000000 0 5 random:0.5:1000
max-rate-1-topic-100-partitions-100p-100c-1kb 1 100 1024 1 100 100 10000000 0 5 random:0.5:1000
max-rate-1-topic-100-partitions-100p-100c-64kb 1 100 65536 1 100 100 10000000 0 5 random:0.5:100
max-rate-1-topic-100-partitions-1kb 1 100 1024 1 1 1 0 0 5 payload/payload-1Kb.data
max-rate-1-topic-100-partitions-1p-1c-100b 1 100 100 1 1 1 10000000 0 5 payload/payload-100b.data
max-rate-1-topic-100-partitions-1p-1c-1kb 1 100 1024 1 1 1 10000000 0 5 payload/payload-1Kb.data
max-rate-1-topic-16-partitions-100b 1 16 100 1 1 1 0 0 5 payload/payload-100b.data
max-rate-1-topic-16-partitions-1kb 1 16 1024 1 1 1 0 0 5 payload/payload-1Kb.data
max-rate-1-topic-20-partitions-20p-20c-100b 1 20 100 1 20 20 10000000 0 5 random:0.5:1000
max-rate-1-topic-20-partitions-20p-20c-1kb 1 20 1024 1 20 20 10000000 0 5 random:0.5:1000
max-rate-1-topic-20-partitions-20p-20c-64kb 1 20 65536 1 20 20 10000000 0 5 random:0.5:100
max-rate-1-topic-30-partitions-30p-30c-100b 1 30 100 1 30 30 10000000 0 5 payload/payload-100b.data
max-rate-1-topic-30-partitions-30p-30c-1kb 1 30 1024 1 30 30 10000000 0 5 payload/payload-1Kb.data
max-rate-1-topic-40-partitions-40p-40c-100b 1 40 100 1 40 40 10000000 0 5 random:0.5:1000
max-rate-1-topic-40-partitions-40p-40c-1kb 1 40 1024 1 40 40 10000000 0 5 random:0.5:1000
max-rate-1-topic-40-partitions-40p-40c-64kb 1 40 65536 1 40 40 10000000 0 5 random:0.5:100
max-rate-1-topic-50-partitions-50p-50c-100b 1 50 100 1 50 50 10000000 0 5 payload/payload-100b.data
max-rate-1-topic-50-partitions-50p-50c-1kb 1 50 1024 1 50 50 10000000 0 5 payload/payload-1Kb.data
max-rate-1-topic-60-partitions-60p-60c-100b 1 60 100 1 60 60 10000000 0 5 random:0.5:1000
max-rate-1-topic-60-partitions-60p-60c-1kb 1 60 1024 1 60 60 10000000 0 5 random:0.5:1000
max-rate-1-topic-60-partitions-60p-60c-64kb 1 60 65536 1 60 60 10000000 0 5 random:0.5:100
max-rate-1-topic-70-partitions-70p-70c-100b 1 70 100 1 70 70 10000000 0 5 payload/payload-100b.data
max-rate-1-topic-70-partitions-70p-70c-1kb 1 70 1024 1 70 70 10000000 0 5 payload/payload-1Kb.data
max-rate-1-topic-80-partitions-80p-80c-100b 1 80 100 1 80 80 10000000 0 5 random:0.5:1000
max-rate-1-topic-80-partitions-80p-80c-1kb 1 80 1024 1 80 80 10000000 0 5 random:0.5:1000
max-rate-1-topic-80-partitions-80p-80c-64kb 1 80 65536 1 80 80 10000000 0 5 random:0.5:100
max-rate-1-topic-90-partitions-90p-90c-100b 1 90 100 1 90 90 10000000 0 5 payload/payload-100b.data
max-rate-1-topic-90-partitions-90p-90c-1kb 1 90 1024 1 90 90 10000000 0 5 payload/payload-1Kb.data
max-rate-10-topics-1-partition-100b 10 1 100 1 1 1 10000000 0 5 random:0.5:1000
max-rate-10-topics-1-partition-1kb 10 1 1024 1 1 1 10000000 0 5 random:0.5:1000
max-rate-10-topics-1-partition-64kb 10 1 65536 1 1 1 10000000 0 5 random:0.5:100
max-rate-100-topics-1-partition-100b 100 1 100 1 1 1 10000000 0 5 random:0.5:1000
max-rate-100-topics-1-partition-1kb 100 1 1024 1 1 1 10000000 0 5 random:0.5:1000
max-rate-100-topics-1-partition-64kb 100 1 65536 1 1 1 10000000 0 5 random:0.5:100
max-rate-20-topics-1-partition-100b 20 1 100 1 1 1 10000000 0 5 random:0.5:1000
max-rate-20-topics-1-partition-1kb 20 1 1024 1 1 1 10000000 0 5 random:0.5:1000
max-rate-20-topics-1-partition-64kb 20 1 65536 1 1 1 10000000 0 5 random:0.5:100
max-rate-30-topics-1-partition-100b 30 1 100 1 1 1 10000000 0 5 payload/payload-100b.data
max-rate-30-topics-1-partition-1kb 30 1 1024 1 1 1 10000000 0 5 payload/payload-1Kb.data
max-rate-40-topics-1-partition-100b 40 1 100 1 1 1 10000000 0 5 random:0.5:1000
max-rate-40-topics-1-partition-1kb 40 1 1024 1 1 1 10000000 0 5 random:0.5:1000
max-rate-40-topics-1-partition-64kb 40 1 65536 1 1 1 10000000 0 5 random:0.5:100
max-rate-50-topics-1-partition-100b 50 1 100 1 1 1 10000000 0 5 payload/payload-100b.data
max-rate-50-topics-1-partition-1kb 50 1 1024 1 1 1 10000000 0 5 payload/payload-1Kb.data
max-rate-60-topics-1-partition-100b 60 1 100 1 1 1 10000000 0 5 random:0.5:1000
max-rate-60-topics-1-partition-1kb 60 1 1024 1 1 1 10000000 0 5 random:0.5:1000
max-rate-60-topics-1-partition-64kb 60 1 65536 1 1 1 10000000 0 5 random:0.5:100
max-rate-70-topics-1-partition-100b 70 1 100 1 1 1 10000000 0 5 payload/payload-100b.data
max-rate-70-topics-1-partition-1kb 70 1 1024 1 1 1 10000000 0 5 payload/payload-1Kb.data
max-rate-80-topics-1-partition-100b 80 1 100 1 1 1 10000000 0 5 random:0.5:1000
max-rate-80-topics-1-partition-1kb 80 1 1024 1 1 1 10000000 0 5 random:0.5:1000
max-rate-80-topics-1-partition-64kb 80 1 65536 1 1 1 10000000 0 5 random:0.5:100
max-rate-90-topics-1-partition-100b 90 1 100 1 1 1 10000000 0 5 payload/payload-100b.data
max-rate-90-topics-1-partition-1kb 90 1 1024 1 1 1 10000000 0 5 payload/payload-1Kb.data
simple-workload 1 10 1024 1 1 1 10000 0 5 payload/payload-1Kb.data
`;
