/** A headless Chromium driven over its DevTools protocol: enough to open a page, press keys and look at it. */

export interface Page {
  /** Evaluates an expression in the page and returns its JSON value. */
  evaluate<T>(expression: string): Promise<T>;
  press(key: string): Promise<void>;
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

const START_LIMIT_MS = 30_000;

/** Opens a page in a browser of its own, which is closed however `use` ends. */
export async function withPage(
  url: string,
  viewport: Viewport,
  use: (page: Page) => Promise<void>,
): Promise<void> {
  const profile = await Deno.makeTempDir();
  const browser = new Deno.Command("chromium", {
    args: [
      "--headless=new",
      "--no-sandbox",
      "--disable-gpu",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-dev-shm-usage",
      "--remote-debugging-port=0",
      `--user-data-dir=${profile}`,
      "about:blank",
    ],
    stdout: "null",
    stderr: "null",
  }).spawn();
  try {
    const port = await debuggingPort(profile);
    const target = await (await fetch(`http://127.0.0.1:${port}/json/new?about:blank`, { method: "PUT" }))
      .json();
    const session = await DevTools.open(target.webSocketDebuggerUrl);
    try {
      await use(await openPage(session, url, viewport));
    } finally {
      await session.close();
    }
  } finally {
    browser.kill("SIGKILL");
    await browser.status;
    // Its helper processes may still be writing.
    await removeWithPatience(profile);
  }
}

async function openPage(session: DevTools, url: string, viewport: Viewport): Promise<Page> {
  const complaints: string[] = [];
  const requests: string[] = [];
  session.on(
    "Runtime.exceptionThrown",
    ({ exceptionDetails }) => complaints.push(describe(exceptionDetails)),
  );
  session.on("Runtime.consoleAPICalled", ({ type, args }) => {
    if (type === "error" || type === "warning") complaints.push(`console.${type}: ${JSON.stringify(args)}`);
  });
  session.on("Log.entryAdded", ({ entry }) => {
    const { level, text } = entry as { level: string; text: string };
    if (level === "error" || level === "warning") complaints.push(`${level}: ${text}`);
  });
  session.on("Network.requestWillBeSent", ({ request }) => requests.push((request as { url: string }).url));
  for (const domain of ["Page", "Runtime", "Log", "Network"]) await session.call(`${domain}.enable`);
  await session.call("Emulation.setDeviceMetricsOverride", {
    ...viewport,
    deviceScaleFactor: 1,
    mobile: false,
  });
  const loaded = session.next("Page.loadEventFired");
  await session.call("Page.navigate", { url });
  await loaded;
  const evaluate = async <T>(expression: string): Promise<T> => {
    const answer = await session.call("Runtime.evaluate", {
      expression,
      returnByValue: true,
      awaitPromise: true,
    });
    if (answer.exceptionDetails !== undefined) throw new Error(describe(answer.exceptionDetails));
    return (answer.result as { value: T }).value;
  };
  return {
    complaints,
    requests,
    evaluate,
    async press(key) {
      for (const type of ["rawKeyDown", "keyUp"]) {
        await session.call("Input.dispatchKeyEvent", {
          type,
          key,
          code: key,
          windowsVirtualKeyCode: KEY_CODES[key],
        });
      }
    },
    async colorScheme(value) {
      await session.call("Emulation.setEmulatedMedia", {
        features: [{ name: "prefers-color-scheme", value }],
      });
      await settle(evaluate);
    },
    async media(media) {
      await session.call("Emulation.setEmulatedMedia", { media });
      await settle(evaluate);
    },
    async screenshot(options = {}) {
      const whole = options.whole ?? true;
      const height = whole
        ? await evaluate<number>("document.documentElement.scrollHeight")
        : viewport.height;
      const { data } = await session.call("Page.captureScreenshot", {
        format: "png",
        captureBeyondViewport: whole,
        clip: { x: 0, y: 0, width: viewport.width, height, scale: 1 },
      });
      return Uint8Array.fromBase64(data as string);
    },
    async pdf() {
      const { data } = await session.call("Page.printToPDF", { printBackground: true });
      return Uint8Array.fromBase64(data as string);
    },
  };
}

const KEY_CODES: Readonly<Record<string, number>> = {
  Tab: 9,
  Enter: 13,
  End: 35,
  Home: 36,
  ArrowLeft: 37,
  ArrowRight: 39,
};

/** Two frames: one to react, one to have drawn. */
async function settle(evaluate: (expression: string) => Promise<unknown>): Promise<void> {
  await evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))");
}

function describe(details: unknown): string {
  const { text, exception } = details as { text: string; exception?: { description?: string } };
  return `${text} ${exception?.description ?? ""}`;
}

/** Chromium writes the port it chose into its profile once it listens. */
async function debuggingPort(profile: string): Promise<number> {
  const limit = Date.now() + START_LIMIT_MS;
  while (Date.now() < limit) {
    try {
      const [port] = (await Deno.readTextFile(`${profile}/DevToolsActivePort`)).split("\n");
      if (port) return Number(port);
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`Chromium did not listen within ${START_LIMIT_MS} ms`);
}

async function removeWithPatience(folder: string): Promise<void> {
  for (let attempt = 0; attempt < 50; attempt++) {
    try {
      return await Deno.remove(folder, { recursive: true });
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

type Answer = Record<string, unknown>;

/** One DevTools connection: numbered calls and named events. */
class DevTools {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<
    number,
    { resolve: (answer: Answer) => void; reject: (error: Error) => void }
  >();
  readonly #listeners = new Map<string, ((event: Answer) => void)[]>();
  #calls = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.onmessage = ({ data }) => this.#receive(JSON.parse(data));
  }

  static async open(url: string): Promise<DevTools> {
    const socket = new WebSocket(url);
    await new Promise<void>((resolve, reject) => {
      socket.onopen = () => resolve();
      socket.onerror = () => reject(new Error(`no DevTools connection to '${url}'`));
    });
    return new DevTools(socket);
  }

  call(method: string, params: Answer = {}): Promise<Answer> {
    const id = ++this.#calls;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#socket.send(JSON.stringify({ id, method, params }));
    });
  }

  on(event: string, listener: (event: Answer) => void): void {
    this.#listeners.set(event, [...this.#listeners.get(event) ?? [], listener]);
  }

  next(event: string): Promise<Answer> {
    return new Promise((resolve) => this.on(event, resolve));
  }

  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#socket.onclose = () => resolve();
      this.#socket.close();
    });
  }

  #receive(
    message: { id?: number; method?: string; params?: Answer; result?: Answer; error?: { message: string } },
  ): void {
    if (message.id !== undefined) {
      const waiting = this.#waiting.get(message.id);
      this.#waiting.delete(message.id);
      if (message.error) waiting?.reject(new Error(message.error.message));
      else waiting?.resolve(message.result ?? {});
    } else if (message.method !== undefined) {
      for (const listener of this.#listeners.get(message.method) ?? []) listener(message.params ?? {});
    }
  }
}
