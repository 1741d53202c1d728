/** A program to complete, for the tests of the scripts and of the shells themselves. */
import type { CompletionProgram } from "./spec.ts";

/** A program with commands, awkward sentences, and an argument that is a file. */
export const LAB: CompletionProgram = {
  name: "lab",
  help: "",
  options: [{ flags: ["-h", "--help"], help: "Show [this]: it's help" }],
  commands: [
    {
      name: "report",
      help: "Write a report (HTML): it's one file",
      options: [{ flags: ["-o", "--output"], help: "Where to", value: { name: "file", files: true } }],
      arguments: { files: true },
    },
    { name: "doctor", help: "Check everything", options: [] },
  ],
};
