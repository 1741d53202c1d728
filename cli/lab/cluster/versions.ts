/** Versions of the programs, and the oldest that do. */
import type { ToolName, Tools } from "./tools.ts";
import { LabError } from "../../lab_error.ts";

export type Version = readonly [major: number, minor: number];

/** Oldest versions: labels of releases (helm 3.13), Kubernetes 1.29 for the load's Jobs, and a Minikube that installs such clusters. */
export const OLDEST: Readonly<Record<ToolName, Version>> = {
  minikube: [1, 30],
  helm: [3, 13],
  kubectl: [1, 28],
};

const QUESTIONS: Readonly<Record<ToolName, readonly string[]>> = {
  minikube: ["version", "-o", "json"],
  helm: ["version", "--short"],
  kubectl: ["version", "--client", "-o", "json"],
};

/** The first `1.2` in a text: every program writes its version in its own way. */
export function findVersion(text: string): Version | undefined {
  const match = /\bv?(\d+)\.(\d+)(?:\.\d+)?/.exec(text);
  return match === null ? undefined : [Number(match[1]), Number(match[2])];
}

export function isOlder(version: Version, than: Version): boolean {
  return version[0] < than[0] || (version[0] === than[0] && version[1] < than[1]);
}

/**
 * Asks a program for its version.
 *
 * @throws {LabError} when it is not installed, too old, or does not say
 */
export async function checkedVersion(tools: Tools, tool: ToolName): Promise<Version> {
  const { code, stdout, stderr } = await tools.ask({ tool, args: QUESTIONS[tool] });
  const version = code === 0 ? findVersion(stdout) : undefined;
  if (version === undefined) {
    const said = (stderr || stdout).trim().split("\n")[0] || `exit code ${code}`;
    throw new LabError(
      "OldProgram",
      `'${tool} ${QUESTIONS[tool].join(" ")}' does not tell a version: ${said}`,
    );
  }
  const oldest = OLDEST[tool];
  if (isOlder(version, oldest)) {
    throw new LabError(
      "OldProgram",
      `${tool} ${version.join(".")} is too old: ${oldest.join(".")} or later is needed`,
    );
  }
  return version;
}

/** Jobs that count failures by index, which a load needs to end without its failed pods (`backoffLimitPerIndex`). */
const OLDEST_SERVER: Version = [1, 29];

/**
 * Asks the cluster for its version; one that does not say is taken as it is.
 *
 * @throws {LabError} when its Jobs lack what a load needs
 */
export async function checkServer(tools: Tools, context: string): Promise<void> {
  const { code, stdout } = await tools.ask({
    tool: "kubectl",
    args: ["--context", context, "version", "-o", "json"],
  });
  const { serverVersion } = (code === 0 && stdout !== "" ? JSON.parse(stdout) : {}) as {
    serverVersion?: { gitVersion?: string };
  };
  const version = findVersion(serverVersion?.gitVersion ?? "");
  if (version === undefined || !isOlder(version, OLDEST_SERVER)) return;
  throw new LabError(
    "OldProgram",
    `the cluster of context '${context}' is Kubernetes ${version.join(".")}: the Jobs of a load need ` +
      `${OLDEST_SERVER.join(".")} or later`,
  );
}
