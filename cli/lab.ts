/** Entry point of `lab`. */
import { demo } from "./demo.ts";

if (import.meta.main) {
  const [command, ...rest] = Deno.args;
  if (command === "demo") Deno.exit(await demo(rest));
}
