/** Entry point of `producer`; not to be imported. */
import { main } from "./main.ts";

Deno.exit(await main("producer", Deno.args));
