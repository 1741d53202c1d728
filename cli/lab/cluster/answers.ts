/** What a program's refusal means: the cluster is out of reach, it does not permit, or the thing is not there. */
import { LabError } from "../../lab_error.ts";
import type { Answer } from "./tools.ts";

export type Refusal = "unreachable" | "forbidden" | "absent" | "other";

/** As kubectl 1.25 to 1.37 and Helm 3 and 4 word it; both hand on what Go's network and the API server say. */
const UNREACHABLE =
  /refused|unreachable|unable to connect|no such host|no route to host|timed? ?out|deadline exceeded|TLS handshake|x509|\bEOF\b|connection reset|couldn't get current server API group list/i;
const FORBIDDEN = /forbidden|unauthorized|must be logged in|cannot \w+ resource|provide credentials/i;
const ABSENT = /not ?found/i;

/** @param stderr of a call that failed */
export function refusalOf(stderr: string): Refusal {
  // An unreachable cluster's error may name what was asked for, and a forbidden one says that it is not found.
  if (UNREACHABLE.test(stderr)) return "unreachable";
  if (FORBIDDEN.test(stderr)) return "forbidden";
  return ABSENT.test(stderr) ? "absent" : "other";
}

/**
 * The error of a call that failed.
 *
 * @param absent what it means that the thing is not there, and what to do then
 * @param doing what was tried, as a noun: `listing pods`
 */
export function refused(context: string, answer: Answer, doing: string, absent: string): LabError {
  const said = firstLine(answer.stderr);
  switch (refusalOf(answer.stderr)) {
    case "unreachable":
      return unreachable(context, answer.stderr);
    case "forbidden":
      return new LabError("Forbidden", `context '${context}' does not permit ${doing}: ${said}`);
    case "absent":
      return new LabError("NotInstalled", absent);
    case "other":
      return new LabError("NoCluster", `${doing} in context '${context}' failed: ${said}`);
  }
}

/** The error of a cluster that cannot be reached. */
export function unreachable(context: string, stderr: string): LabError {
  return new LabError(
    "NoCluster",
    `the cluster of context '${context}' does not answer: ${firstLine(stderr)}`,
  );
}

/** The line that counts of what a program said on stderr. */
export function firstLine(text: string): string {
  const lines = text.split("\n").map((line) => line.trim()).filter((line) =>
    line !== "" && !/^E\d{4} /.test(line)
  );
  return lines[0] ?? "it gave no reason";
}
