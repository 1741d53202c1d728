/** The process around the commands of a cluster: programs, the machine, the person at the terminal. Tests have their own. */
import type { Machine } from "./machine.ts";
import type { Tools } from "./tools.ts";

/** What the commands of the lab need of the world. */
export interface LabWorld {
  readonly tools: Tools;
  readonly machine: () => Promise<Machine>;
  /** Progress, for people. */
  say(text: string): void;
  /** Results, on standard output. */
  print(text: string): void;
  /** Asks the person at the terminal; undefined where there is none. */
  ask?(question: string): Promise<string | undefined>;
}
