/** The site as people see it: in a real Chromium, light and dark, on a wide screen and at 400 pixels. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { writeSite } from "../../tools/site/main.ts";
import { type Page, withPage } from "../support/chromium.ts";
import { missingPrograms, testUnless } from "../support/shared_broker.ts";

const test = testUnless(await missingPrograms("chromium"));

const PAGES = ["index", "docs/latency", "docs/first-figure", "docs/reference/producer", "docs/comparison"];

/** Set it to a folder to keep pictures of what the tests saw. */
const PICTURES = Deno.env.get("PLL_TEST_PICTURES");

async function withSite(use: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await writeSite(join(folder, "site"));
    await use(join(folder, "site"));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function eachPage(width: number, look: (page: Page, name: string) => Promise<void>): Promise<void> {
  await withSite(async (folder) => {
    for (const name of PAGES) {
      await withPage(`file://${folder}/${name}.html`, { width, height: 900 }, async (page) => {
        await look(page, name);
        assert.deepEqual(page.complaints, [], name);
        assert.ok(
          page.requests.every((url) => url.startsWith(`file://${folder}/`)),
          page.requests.join("\n"),
        );
      });
    }
  });
}

async function picture(page: Page, name: string): Promise<void> {
  if (PICTURES === undefined) return;
  await Deno.writeFile(
    join(PICTURES, `site-${name.replaceAll("/", "-")}.png`),
    await page.screenshot({ whole: false }),
  );
}

for (const width of [1280, 400]) {
  test(`at ${width} pixels only tables and commands scroll sideways, and text stands out from its paper, light and dark`, () =>
    eachPage(width, async (page, name) => {
      const surplus = await page.evaluate<number>("document.documentElement.scrollWidth - innerWidth");
      assert.ok(surplus <= 0, `${name} is ${surplus} pixels too wide`);
      const isOpen = await page.evaluate<boolean>("document.querySelector('.menu').open");
      assert.equal(isOpen, width === 1280);
      const marked = await page.evaluate<number>(
        "document.querySelectorAll('nav [aria-current=page]').length",
      );
      assert.equal(marked, 1);
      for (const scheme of ["light", "dark"] as const) {
        await page.colorScheme(scheme);
        await assertReadable(page, name, scheme);
        await picture(page, `${name}-${width}-${scheme}`);
      }
    }));
}

async function assertReadable(page: Page, name: string, scheme: "light" | "dark"): Promise<void> {
  const [paper, ink, link] = await page.evaluate<[string, string, string]>(
    `[getComputedStyle(document.body).backgroundColor, getComputedStyle(document.body).color,
      getComputedStyle(document.querySelector("main p a, main td a")).color]`,
  );
  assert.equal(luminance(paper) > 0.5, scheme === "light");
  for (const [what, color] of [["text", ink], ["links", link]] as const) {
    // The bar of WCAG for text of this size.
    assert.ok(contrast(paper, color) >= 4.5, `${name}: ${what} ${color} on ${paper}`);
  }
}

test("pictures of a page are drawn", () =>
  withSite((folder) =>
    withPage(`file://${folder}/docs/latency.html`, { width: 1280, height: 5000 }, async (page) => {
      const widths = await page.evaluate<number[]>(
        `Promise.all([...document.images].map((image) => image.decode().then(() => image.naturalWidth)))`,
      );
      assert.equal(widths.length, 2);
      assert.ok(widths.every((width) => width > 0), widths.join());
    })
  ));

function contrast(one: string, other: string): number {
  const [low, high] = [luminance(one), luminance(other)].sort((a, b) => a - b) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

/** WCAG's relative luminance of `rgb(…)`. */
function luminance(color: string): number {
  const [red, green, blue] = color.match(/\d+/g)!.map((text) => {
    const part = Number(text) / 255;
    return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
