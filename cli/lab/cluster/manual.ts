/** Examples of the commands that have to do with a cluster, for the help. */
export const CLUSTER_EXAMPLES =
  `  lab up                                     a monitored Pulsar in Minikube; 'lab doctor' looks first
  lab port-forward                           Pulsar at pulsar://localhost:6650 until Ctrl-C
  lab open grafana                           dashboards
  lab load --pods 4 --consumers 2 -r 100k -d 1m
`;
