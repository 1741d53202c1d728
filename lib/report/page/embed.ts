/**
 * Makes `assets.json`, what a report page carries inline: the chart library, its licence, and our script and style.
 * A JSON module because compiled executables embed those, and nothing else, without unstable flags. `deno task check`
 * checks the types of the script with those of the DOM (`browser/check.json`), which no other file may use.
 *
 *     deno run --allow-read --allow-env --allow-write=lib/report/page lib/report/page/embed.ts
 */
import "uplot";

/** Modules of the page's script, each after those that it imports. */
const MODULES = ["numbers.js", "charts.js", "draw.js", "page.js"];

/** The text of `assets.json` as the sources beside it and the pinned chart library make it. */
export async function makeAssets(): Promise<string> {
  const library = import.meta.resolve("uplot");
  const read = (name: string, base: string): Promise<string> => Deno.readTextFile(new URL(name, base));
  const modules = await Promise.all(
    MODULES.map(async (name) => ({ name, source: await read(`./browser/${name}`, import.meta.url) })),
  );
  const assets = {
    uplotScript: await read("./uPlot.iife.min.js", library),
    uplotStyle: await read("./uPlot.min.css", library),
    uplotLicense: await read("../LICENSE", library),
    pageScript: joinModules(modules),
    pageStyle: await read("./page.css", import.meta.url),
  };
  return JSON.stringify(assets, null, 2) + "\n";
}

/**
 * One script of several modules, which share one scope: an inlined module could import nothing.
 *
 * @throws {SyntaxError} when the result is no script, as when two modules declare the same name; {RangeError} for an
 * import that renames, or of a module that does not come before
 */
export function joinModules(modules: readonly { readonly name: string; readonly source: string }[]): string {
  const before = new Set<string>();
  const parts = modules.map(({ name, source }) => {
    const text = source.replace(/^import \{([^}]*)\} from "\.\/([^"]+)";\n/gm, (_, names, from) => {
      if (!before.has(from) || / as /.test(names)) {
        throw new RangeError(
          `${name} imports {${names}} from ${from}: only from modules before it, and without other names`,
        );
      }
      return "";
    });
    before.add(name);
    // Types mean nothing to a browser.
    return text.replace(/^export (?=const|function)/gm, "").replace(/^\/\*\* @import .* \*\/\n/gm, "");
  });
  const script = `(() => {\n"use strict";\n${parts.join("\n")}})();\n`;
  // Parses, and never runs.
  new Function(script);
  return script;
}

if (import.meta.main) await Deno.writeTextFile(new URL("./assets.json", import.meta.url), await makeAssets());
