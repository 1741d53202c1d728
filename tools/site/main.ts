/** Writes the site to dist/site: `deno task site`. */
import { dirname, join } from "node:path";
import { buildSite } from "./build.ts";

const FOLDER = "dist/site";

/** Writes a site into a folder that is made anew. */
export async function writeSite(folder: string): Promise<number> {
  await Deno.remove(folder, { recursive: true }).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
  const { pages, files } = buildSite();
  for (const [path, html] of pages) {
    await Deno.mkdir(join(folder, dirname(path)), { recursive: true });
    await Deno.writeTextFile(join(folder, path), html);
  }
  for (const [path, source] of files) {
    await Deno.mkdir(join(folder, dirname(path)), { recursive: true });
    await Deno.copyFile(source, join(folder, path));
  }
  return pages.size;
}

if (import.meta.main) console.log(`wrote ${await writeSite(FOLDER)} pages to ${FOLDER}`);
