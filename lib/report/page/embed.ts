/**
 * Makes `assets.json`, what a report page carries inline: the chart library, its licence, and our script and style.
 * A JSON module because compiled executables embed those, and nothing else, without unstable flags.
 *
 *     deno run --allow-read --allow-env --allow-write=lib/report/page lib/report/page/embed.ts
 */
import "uplot";

/** The text of `assets.json` as the sources beside it and the pinned chart library make it. */
export async function makeAssets(): Promise<string> {
  const library = import.meta.resolve("uplot");
  const read = (name: string, base: string): Promise<string> => Deno.readTextFile(new URL(name, base));
  const assets = {
    uplotScript: await read("./uPlot.iife.min.js", library),
    uplotStyle: await read("./uPlot.min.css", library),
    uplotLicense: await read("../LICENSE", library),
    pageScript: await read("./numbers.js", import.meta.url) + await read("./page.js", import.meta.url),
    pageStyle: await read("./page.css", import.meta.url),
  };
  return JSON.stringify(assets, null, 2) + "\n";
}

if (import.meta.main) await Deno.writeTextFile(new URL("./assets.json", import.meta.url), await makeAssets());
