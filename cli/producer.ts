/** Entry point of `producer`, run from source; not to be imported. */
import { start } from "./start.ts";

Deno.exit(await start("producer", Deno.args));
