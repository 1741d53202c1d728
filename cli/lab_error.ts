/** What keeps the lab from being set up: one line that says what is wrong and what to do. */

export type LabErrorCode =
  | "MissingProgram"
  | "OldProgram"
  | "TooSmall"
  | "WrongContext"
  | "NoCluster"
  | "Forbidden"
  | "NotOurs"
  | "Chart"
  | "Command"
  | "NotInstalled"
  | "Usage"
  | "Load";

export class LabError extends Error {
  override readonly name = "LabError";
  constructor(readonly code: LabErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
  }
}
