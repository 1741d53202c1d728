/** Entry point of `lab`, and of the executable that is also `producer` and `consumer`; not to be imported. */
import process from "node:process";
import { programOf, start } from "./start.ts";

Deno.exit(await start(programOf(process.argv0), Deno.args));
