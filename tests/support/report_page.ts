/** A report page in a browser, as somebody opens the file. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { type Page, withPage } from "./chromium.ts";

/** Opens the page from a file of its own, `width` CSS pixels wide; it must neither complain nor load anything. */
export async function withReportPage(
  html: string,
  width: number,
  use: (page: Page) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  const file = join(folder, "report.html");
  try {
    await Deno.writeTextFile(file, html);
    await withPage(`file://${file}`, { width, height: 900 }, async (page) => {
      await use(page);
      assert.deepEqual(page.complaints, []);
      assert.deepEqual(page.requests, [`file://${file}`], "the page must load nothing");
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
