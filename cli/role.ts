/** Producer and consumer as programs: what they may not do is given up before they are loaded. */
import type { Role } from "../lib/config/run_config.ts";
import type { ExitCode } from "./exit_codes.ts";

export function isRole(name: string | undefined): name is Role {
  return name === "producer" || name === "consumer";
}

/**
 * A load starts no other program: what the executable may start for `lab` is given up, for good. Whoever allows everything
 * (`-A`, from source) keeps that: devices need it.
 */
export async function runRole(role: Role, argv: readonly string[]): Promise<ExitCode> {
  const run = { name: "run" } as const;
  if (Deno.permissions.querySync(run).state !== "granted") Deno.permissions.revokeSync(run);
  const { main } = await import("./main.ts");
  return await main(role, argv);
}
