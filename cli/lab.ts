/** Entry point of `lab`; not to be imported. */
import { runLab } from "./lab_command.ts";

Deno.exit(await runLab(Deno.args));
