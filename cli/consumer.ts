/** Entry point of `consumer`. */
import { main } from "./main.ts";

if (import.meta.main) Deno.exit(await main("consumer", Deno.args));
