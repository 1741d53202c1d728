/**
 * What `command` steps of a scenario can ask of the test that runs it: to kill its broker, to hurt its network. Each fault
 * has a name; the command posts it to an endpoint on loopback and waits for the answer, as `kubectl` would wait.
 */
import { join } from "node:path";

/** Resolves, when it is done, to what the step shall say. */
export type AskedFault = () => Promise<string> | string;

const ASK = join(import.meta.dirname!, "ask.ts");

export class FaultEndpoint implements AsyncDisposable {
  /** How often each was done. */
  readonly done = new Map<string, number>();
  readonly #faults: Readonly<Record<string, AskedFault>>;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  /** One after the other: a broker cannot be killed while it starts. */
  #last: Promise<unknown> = Promise.resolve();

  private constructor(faults: Readonly<Record<string, AskedFault>>) {
    this.#faults = faults;
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen: () => {} },
      (request) => this.#answer(new URL(request.url).pathname.slice(1)),
    );
  }

  static open(faults: Readonly<Record<string, AskedFault>>): FaultEndpoint {
    return new FaultEndpoint(faults);
  }

  /** What commands start; the executable has to be allowed that. */
  static readonly program = Deno.execPath();

  /** The text of a `command` step. */
  command(fault: string): string {
    if (this.#faults[fault] === undefined) throw new TypeError(`there is no fault '${fault}'`);
    const address = `127.0.0.1:${this.#server.addr.port}`;
    return [
      ...[FaultEndpoint.program, "run", "--quiet", "--no-config", "--no-check", `--allow-net=${address}`],
      ...[ASK, `http://${address}/${fault}`],
    ].join(" ");
  }

  async #answer(name: string): Promise<Response> {
    const fault = this.#faults[name];
    if (fault === undefined) return new Response(`there is no fault '${name}'`, { status: 404 });
    const turn = this.#last.then(fault);
    this.#last = turn.catch(() => {});
    try {
      const text = await turn;
      this.done.set(name, (this.done.get(name) ?? 0) + 1);
      return new Response(text);
    } catch (error) {
      return new Response(String(error), { status: 500 });
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server.shutdown();
  }
}
