/** A headless Chromium: enough to open a page, press keys and look at it. */
import { execFileSync } from "node:child_process";
import { type KeyInput, launch } from "puppeteer-core";

export interface Page {
  /** Evaluates an expression in the page and returns its JSON value. */
  evaluate<T>(expression: string): Promise<T>;
  press(key: KeyInput): Promise<void>;
  colorScheme(scheme: "light" | "dark"): Promise<void>;
  media(media: "screen" | "print"): Promise<void>;
  /** PNG of the whole page, or of the first screen only. */
  screenshot(options?: { readonly whole?: boolean }): Promise<Uint8Array>;
  pdf(): Promise<Uint8Array>;
  /** Console messages of level error or warning, uncaught exceptions, and refused or failed requests. */
  readonly complaints: readonly string[];
  /** Addresses that the page asked for, itself included. */
  readonly requests: readonly string[];
}

export interface Viewport {
  readonly width: number;
  readonly height: number;
}

/** Two frames: one to react, one to have drawn. */
const SETTLED = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))";

/** Opens a page in a browser of its own, which is closed however `use` ends. */
export async function withPage(
  url: string,
  viewport: Viewport,
  use: (page: Page) => Promise<void>,
): Promise<void> {
  const browser = await launch({
    executablePath: execFileSync("which", ["chromium"], { encoding: "utf8" }).trim(),
    args: ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-dev-shm-usage"],
    defaultViewport: viewport,
  });
  try {
    const complaints: string[] = [];
    const requests: string[] = [];
    const page = await browser.newPage();
    page.on("pageerror", (error) => complaints.push(String(error)));
    page.on("console", (message) => {
      if (["error", "warn"].includes(message.type())) complaints.push(`${message.type()}: ${message.text()}`);
    });
    page.on("request", (request) => requests.push(request.url()));
    page.on("requestfailed", (request) => complaints.push(`failed: ${request.url()}`));
    await page.goto(url);
    await use({
      complaints,
      requests,
      evaluate: async <T>(expression: string) => await page.evaluate(expression) as T,
      press: (key) => page.keyboard.press(key),
      async colorScheme(value) {
        await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value }]);
        await page.evaluate(SETTLED);
      },
      async media(media) {
        await page.emulateMediaType(media);
        await page.evaluate(SETTLED);
      },
      screenshot: ({ whole = true } = {}) => page.screenshot({ fullPage: whole }),
      pdf: () => page.pdf({ printBackground: true }),
    });
  } finally {
    await browser.close();
  }
}
