/** Entry point of `lab`; not to be imported. */
import { runLab } from "./lab/command.ts";

Deno.exit(await runLab(Deno.args));
