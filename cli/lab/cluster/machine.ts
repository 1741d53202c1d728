/** What this machine has, and what the lab wants of it. */
import { statfs } from "node:fs/promises";
import { bytesText } from "../../../lib/config/units.ts";
import { LabError } from "../../lab_error.ts";

const GIB = 1024 ** 3;

export interface Machine {
  readonly cpus: number;
  readonly memoryBytes: number;
  /** Free space where Minikube keeps its disk; undefined where that cannot be found out. */
  readonly freeDiskBytes: number | undefined;
}

export interface Size {
  readonly cpus: number;
  readonly memoryBytes: number;
  readonly diskBytes: number;
}

/** What values-minikube.yaml and k8s/monitoring are made for. */
export const USUAL_SIZE: Size = { cpus: 4, memoryBytes: 8 * GIB, diskBytes: 30 * GIB };
/** Below this the limits of the pods do not fit. */
export const LEAST_MEMORY = 7 * GIB;
/**
 * What all pods request: Kubernetes' own 0.75 (kubeadm's defaults), Pulsar 1.15, Prometheus and Grafana 0.2. Two CPUs
 * do not fit that, and init containers ask for more at the start.
 */
export const LEAST_CPUS = 3;
/** Images and some data. */
export const LEAST_DISK = 12 * GIB;

export async function thisMachine(): Promise<Machine> {
  return {
    cpus: navigator.hardwareConcurrency,
    memoryBytes: Deno.systemMemoryInfo().total,
    freeDiskBytes: await freeDisk(Deno.cwd()),
  };
}

async function freeDisk(path: string): Promise<number | undefined> {
  try {
    const { bavail, bsize } = await statfs(path);
    return bavail * bsize;
  } catch {
    return undefined;
  }
}

/**
 * @throws {LabError} naming what is too small and what would do
 */
export function checkMachine(machine: Machine, wanted: Size): void {
  if (wanted.memoryBytes < LEAST_MEMORY) {
    throw small(
      `--memory '${bytesText(wanted.memoryBytes)}' is too little: the pods need ${gib(LEAST_MEMORY)}`,
    );
  }
  if (wanted.cpus < LEAST_CPUS) {
    throw small(`--cpus '${wanted.cpus}' is too little: use ${LEAST_CPUS} or more`);
  }
  if (machine.memoryBytes < wanted.memoryBytes) {
    throw small(
      `this machine has ${gib(machine.memoryBytes)} of memory, ${
        gib(wanted.memoryBytes)
      } are wanted: use a larger ` +
        `one, or --memory with ${gib(LEAST_MEMORY)} or more`,
    );
  }
  if (machine.cpus < wanted.cpus) {
    throw small(
      `this machine has ${machine.cpus} CPUs, ${wanted.cpus} are wanted: ${
        machine.cpus < LEAST_CPUS ? `${LEAST_CPUS} are needed` : `use --cpus ${machine.cpus}`
      }`,
    );
  }
  if (machine.freeDiskBytes !== undefined && machine.freeDiskBytes < LEAST_DISK) {
    throw small(
      `${gib(machine.freeDiskBytes)} of disk are free, ${gib(LEAST_DISK)} are needed for images and data`,
    );
  }
}

/** @throws {LabError} when the pods cannot fit what the nodes give to pods */
export function checkNodes(nodes: { readonly cpus: number; readonly memoryBytes: number }): void {
  // The system's own pods are in there too.
  const least = LEAST_MEMORY - GIB / 2;
  if (nodes.cpus < LEAST_CPUS) {
    throw small(
      `the cluster gives ${nodes.cpus} CPUs to pods, ${LEAST_CPUS} are needed: make it anew with 'lab down --delete' and ` +
        `'lab up --cpus ${USUAL_SIZE.cpus}'`,
    );
  }
  if (nodes.memoryBytes >= least) return;
  throw small(
    `the cluster gives ${gib(nodes.memoryBytes)} of memory to pods, ${
      gib(least)
    } are needed: make it anew with ` +
      `'lab down --delete' and 'lab up --memory 8g'`,
  );
}

export function gib(bytes: number): string {
  return `${(bytes / GIB).toFixed(1)} GiB`;
}

function small(message: string): LabError {
  return new LabError("TooSmall", message);
}

/** Kubernetes' quantities of memory and CPU, as far as nodes use them. */
export function parseQuantity(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(m|k|Ki|M|Mi|G|Gi|T|Ti)?$/.exec(text);
  if (match === null) return NaN;
  const scale = { m: 1e-3, k: 1e3, Ki: 1024, M: 1e6, Mi: 1024 ** 2, G: 1e9, Gi: GIB, T: 1e12, Ti: 1024 ** 4 };
  const unit = match[2] as keyof typeof scale | undefined;
  return Number(match[1]) * (unit === undefined ? 1 : scale[unit]);
}
