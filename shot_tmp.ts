import { withPage } from "./tests/support/chromium.ts";
const [name, width, scheme, ...offsets] = Deno.args;
await withPage(`file:///tmp/wt/pics/${name}.html`, { width: Number(width), height: 1500 }, async (page) => {
  await page.colorScheme(scheme as "light");
  for (const offset of offsets) {
    await page.evaluate(`window.scrollTo(0, ${offset}); new Promise((d) => requestAnimationFrame(() => requestAnimationFrame(d)))`);
    Deno.writeFileSync(`/tmp/wt/pics/${name}-${width}-${scheme}-${offset}.png`, await page.screenshot({ whole: false }));
  }
});
