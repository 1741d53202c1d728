/** Entry point of `consumer`, run from source; not to be imported. */
import { start } from "./start.ts";

Deno.exit(await start("consumer", Deno.args));
