/** The commands that make and unmake the lab, in their order. Pure: what is printed by a dry run is what is run. */
import { chartArgs, type ChartSource } from "./chart.ts";
import type { Size } from "./machine.ts";
import { MANAGED_BY, NAMESPACE, RELEASE, RELEASE_LABELS } from "./names.ts";
import { type Manifest, manifestText } from "./resources.ts";
import type { Command } from "./tools.ts";
import { isOlder, type Version } from "./versions.ts";

export interface Step {
  readonly title: string;
  readonly command: Command;
  /** Asked first: when it finds something, the step is not needed. */
  readonly unless?: Command;
}

export function startMinikube(
  profile: string,
  size: Size,
  driver: string | undefined,
  dryRun = false,
): Command {
  const mib = (bytes: number): string => `${Math.floor(bytes / 1024 ** 2)}m`;
  return {
    tool: "minikube",
    args: [
      "start",
      "-p",
      profile,
      `--cpus=${size.cpus}`,
      `--memory=${mib(size.memoryBytes)}`,
      `--disk-size=${mib(size.diskBytes)}`,
      ...(driver === undefined ? [] : [`--driver=${driver}`]),
      ...(dryRun ? ["--dry-run"] : ["--wait=all"]),
      "--interactive=false",
    ],
  };
}

/** @param folder of the values files; @param helm its version, since a flag was renamed in 4 */
export function installChart(
  context: string,
  source: ChartSource,
  files: readonly string[],
  folder: string,
  helm: Version,
  timeout: string,
): Command {
  // A first installation that fails is taken back whole, a later one goes back to what was there.
  const takeBack = isOlder(helm, [4, 0]) ? "--atomic" : "--rollback-on-failure";
  return {
    tool: "helm",
    args: [
      "upgrade",
      "--install",
      RELEASE,
      ...chartArgs(source),
      "--kube-context",
      context,
      "--namespace",
      NAMESPACE,
      ...files.flatMap((file) => ["-f", `${folder}/${file}`]),
      `--labels=${RELEASE_LABELS}`,
      "--wait",
      takeBack,
      `--timeout=${timeout}`,
    ],
  };
}

export function kubectl(context: string, ...args: string[]): Command {
  return { tool: "kubectl", args: ["--context", context, "--namespace", NAMESPACE, ...args] };
}

/** Reads from the API server, and gives up soon: this is where it turns out that a cluster does not answer. */
export function kubectlGet(context: string, ...args: string[]): Command {
  return kubectl(context, "get", ...args, "--request-timeout", "15s");
}

/** The namespace with the lab's mark. */
export const namespaceManifest: Manifest = {
  apiVersion: "v1",
  kind: "Namespace",
  metadata: { name: NAMESPACE, labels: MANAGED_BY },
};

/** Server-side: dashboards are larger than what kubectl may note down on an object. */
export function apply(context: string, manifests: readonly Manifest[]): Command {
  return {
    ...kubectl(
      context,
      "apply",
      "--server-side",
      "--force-conflicts",
      "--field-manager=pulsar-local-lab",
      "-f",
      "-",
    ),
    input: manifestText(manifests),
  };
}

export function rollout(context: string, deployment: string, timeout: string): Command {
  return kubectl(context, "rollout", "status", `deployment/${deployment}`, `--timeout=${timeout}`);
}

/** Removes what the lab made; with `data` also the volumes and the namespace. */
export function removeSteps(context: string, data: boolean): Step[] {
  const steps: Step[] = [
    {
      title: "Removing Pulsar",
      command: {
        tool: "helm",
        args: [
          "uninstall",
          RELEASE,
          "--kube-context",
          context,
          "--namespace",
          NAMESPACE,
          "--ignore-not-found",
          "--wait",
          "--timeout=5m",
        ],
      },
    },
  ];
  steps.push(
    data
      ? {
        title: "Removing the namespace with its volumes",
        command: kubectl(context, "delete", "namespace", NAMESPACE, "--ignore-not-found", "--timeout=5m"),
      }
      : {
        title: "Removing Prometheus and Grafana",
        command: kubectl(
          context,
          "delete",
          "deployment,service,configmap,secret,serviceaccount,role,rolebinding,job,cronjob",
          "-l",
          RELEASE_LABELS,
          "--ignore-not-found",
        ),
      },
  );
  return steps;
}
