/** Entry point of `producer`. */
import { main } from "./main.ts";

if (import.meta.main) Deno.exit(await main("producer", Deno.args));
