/** What a result of OMB says about its workload, beside the figures. */
export interface OmbFacts {
  /** Its name. */
  readonly workload: string;
  /** The driver's name. */
  readonly driver: string;
  readonly messageSize: number;
  readonly topics: number;
  /** Of each topic. */
  readonly partitions: number;
  readonly producersPerTopic: number;
  /** Of each subscription, as OMB has it under this name. */
  readonly consumersPerTopic: number;
  readonly subscriptionsPerTopic: number;
}
