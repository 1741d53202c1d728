/** Entry point of `consumer`; not to be imported. */
import { main } from "./main.ts";

Deno.exit(await main("consumer", Deno.args));
