/** Properties files of a small cluster whose ZooKeeper, bookie and broker are processes of their own. */
import { CHART_BOOKIE, CHART_BROKER } from "./chart_settings.ts";

export interface ClusterPorts {
  readonly zookeeper: number;
  readonly zookeeperMetrics: number;
  readonly bookie: number;
  readonly bookieMetrics: number;
  readonly pulsar: number;
  readonly http: number;
}

export type Properties = Readonly<Record<string, string | number | boolean>>;

export const CLUSTER = "lab";

export function zookeeperProperties(ports: ClusterPorts): Properties {
  return {
    tickTime: 2000,
    dataDir: "zookeeper",
    clientPortAddress: "127.0.0.1",
    clientPort: ports.zookeeper,
    "admin.enableServer": false,
    "metricsProvider.className": "org.apache.zookeeper.metrics.prometheus.PrometheusMetricsProvider",
    "metricsProvider.httpHost": "127.0.0.1",
    "metricsProvider.httpPort": ports.zookeeperMetrics,
    "metricsProvider.exportJvmInfo": true,
  };
}

/** As in the official image: DbLedgerStorage, and metrics on the bookie's HTTP server. */
export function bookieProperties(ports: ClusterPorts): Properties {
  return {
    ...CHART_BOOKIE,
    metadataServiceUri: `zk+hierarchical://127.0.0.1:${ports.zookeeper}/ledgers`,
    bookiePort: ports.bookie,
    advertisedAddress: "127.0.0.1",
    listeningInterface: "lo",
    allowLoopback: true,
    journalDirectories: "bookie/journal",
    ledgerDirectories: "bookie/ledgers",
    ledgerStorageClass: "org.apache.bookkeeper.bookie.storage.ldb.DbLedgerStorage",
    dbStorage_writeCacheMaxSizeMb: 32,
    dbStorage_readAheadCacheMaxSizeMb: 16,
    // The write cache is small and flushed often, so that reads of old entries come from disk.
    flushInterval: 2000,
    gcWaitTime: 5000,
    journalSyncData: true,
    journalPreAllocSizeMB: 4,
    journalMaxSizeMB: 64,
    logSizeLimit: 33_554_432,
    entryLogFilePreallocationEnabled: false,
    autoRecoveryDaemonEnabled: true,
    diskUsageThreshold: 0.99,
    diskUsageWarnThreshold: 0.98,
    statsProviderClass: "org.apache.bookkeeper.stats.prometheus.PrometheusMetricsProvider",
    // Quantiles cover this long; a minute would outlast the test.
    prometheusStatsLatencyRolloverSeconds: 5,
    prometheusStatsHttpEnable: false,
    httpServerEnabled: true,
    httpServerClass: "org.apache.bookkeeper.http.vertx.VertxHttpServer",
    httpServerHost: "127.0.0.1",
    httpServerPort: ports.bookieMetrics,
  };
}

/** @param extra any broker setting; wins over ours */
export function brokerProperties(ports: ClusterPorts, extra: Properties): Properties {
  return {
    ...CHART_BROKER,
    clusterName: CLUSTER,
    metadataStoreUrl: `zk:127.0.0.1:${ports.zookeeper}`,
    configurationMetadataStoreUrl: `zk:127.0.0.1:${ports.zookeeper}`,
    brokerServicePort: ports.pulsar,
    webServicePort: ports.http,
    bindAddress: "127.0.0.1",
    advertisedAddress: "127.0.0.1",
    managedLedgerDefaultEnsembleSize: 1,
    managedLedgerDefaultWriteQuorum: 1,
    managedLedgerDefaultAckQuorum: 1,
    allowAutoTopicCreation: true,
    brokerDeleteInactiveTopicsEnabled: false,
    webSocketServiceEnabled: false,
    transactionCoordinatorEnabled: true,
    // Rates and the `_le_` buckets are of the last period; the usual 60 s would outlast the test.
    statsUpdateFrequencyInSecs: 2,
    managedLedgerStatsPeriodSeconds: 2,
    managedLedgerPrometheusStatsLatencyRolloverSeconds: 5,
    ...extra,
  };
}

export function propertiesText(properties: Properties): string {
  return Object.entries(properties).map(([name, value]) => `${name}=${value}\n`).join("");
}

/**
 * Of the worker inside the broker, where `functionsWorkerEnabled` is set: as in the official image, but that functions
 * are threads of the broker instead of pods.
 */
export const FUNCTION_WORKER: Readonly<Record<string, unknown>> = {
  functionRuntimeFactoryClassName: "org.apache.pulsar.functions.runtime.thread.ThreadRuntimeFactory",
  functionRuntimeFactoryConfigs: { threadGroupName: "functions" },
  schedulerClassName: "org.apache.pulsar.functions.worker.scheduler.RoundRobinScheduler",
  pulsarFunctionsNamespace: "public/functions",
  functionMetadataTopicName: "metadata",
  clusterCoordinationTopicName: "coordinate",
  functionAssignmentTopicName: "assignments",
  numFunctionPackageReplicas: 1,
  assignmentWriteMaxRetries: 60,
  initialBrokerReconnectMaxRetries: 60,
  failureCheckFreqMs: 30_000,
  rescheduleTimeoutMs: 60_000,
  instanceLivenessCheckFreqMs: 30_000,
  topicCompactionFrequencySec: 1800,
  downloadDirectory: "functions",
  narExtractionDirectory: "functions",
};
