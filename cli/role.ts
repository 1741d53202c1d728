/** Producer and consumer as programs: what they may not do is given up before they are loaded. */
import type { Role } from "../lib/config/run_config.ts";
import type { ExitCode } from "./exit_codes.ts";

export function isRole(name: string | undefined): name is Role {
  return name === "producer" || name === "consumer";
}

/** A load starts no other program: what the executable may start for `lab` is given up, for good. */
export async function runRole(role: Role, argv: readonly string[]): Promise<ExitCode> {
  Deno.permissions.revokeSync({ name: "run" });
  const { main } = await import("./main.ts");
  return await main(role, argv);
}
