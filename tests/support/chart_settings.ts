/**
 * What the official chart 4.7.0 sets with `k8s/helm/values-minikube.yaml`, as rendered by Helm 4.3.1; addresses, ports,
 * folders and replica counts aside. A test cluster that lacks these exports other series than users' clusters do.
 */
import type { Properties } from "./bookie_settings.ts";

/** ConfigMap `pulsar-broker`, and what our values set beside it. */
export const CHART_BROKER: Properties = {
  aggregatePublisherStatsByProducerName: true,
  bookkeeperClientExposeStatsToPrometheus: true,
  exposeBundlesMetricsInPrometheus: true,
  exposeConsumerLevelMetricsInPrometheus: false,
  exposeManagedCursorMetricsInPrometheus: true,
  exposeManagedLedgerMetricsInPrometheus: true,
  exposePreciseBacklogInPrometheus: true,
  exposeProducerLevelMetricsInPrometheus: true,
  exposePublisherStats: true,
  exposeTopicLevelMetricsInPrometheus: true,
  metadataStoreBatchingEnabled: true,
  metadataStoreBatchingMaxDelayMillis: 5,
  metadataStoreBatchingMaxOperations: 1000,
  metadataStoreBatchingMaxSizeKb: 128,
  metadataStoreCacheExpirySeconds: 300,
  metadataStoreOperationTimeoutSeconds: 30,
  metadataStoreSessionTimeoutMillis: 30_000,
  metadataStoreAllowReadOnlyOperations: false,
  numHttpServerThreads: 8,
  replicationMetricsEnabled: true,
  splitTopicAndPartitionLabelInPrometheus: true,
};

/** ConfigMap `pulsar-bookie`. */
export const CHART_BOOKIE: Properties = {
  dbStorage_rocksDB_blockCacheSize: 8_388_608,
  dbStorage_rocksDB_writeBufferSizeMB: 8,
  diskCheckInterval: 1800,
  diskUsageLwmThreshold: 0.85,
  entryLocationCompactionInterval: 86_400,
  isForceGCAllowWhenNoSpace: true,
  journalMaxBackups: 0,
  majorCompactionInterval: 10_800,
  majorCompactionThreshold: 0.8,
  minorCompactionInterval: 360,
  minorCompactionThreshold: 0.2,
  zkTimeout: 30_000,
};
