/** Entry point of `lab`. */
import { runLab } from "./lab_command.ts";

if (import.meta.main) Deno.exit(await runLab(Deno.args));
