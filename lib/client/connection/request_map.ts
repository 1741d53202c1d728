/** The pending requests of one connection, by request id. */
import type { Command } from "../../wire/command.ts";
import { serverErrorName } from "../../wire/enums.ts";
import { ClosedError, PulsarError, RequestTimeoutError } from "../errors.ts";

export interface RequestOptions {
  readonly timeoutMs?: number | undefined;
  /** Cancels the request: it rejects with {@link ClosedError}. */
  readonly signal?: AbortSignal | undefined;
}

interface Pending {
  readonly action: string;
  /** Stops the timer and the listener of the signal. */
  release(): void;
  resolve(command: Command): void;
  reject(error: Error): void;
}

export class RequestMap {
  readonly #pending = new Map<number, Pending>();

  get size(): number {
    return this.#pending.size;
  }

  /** @param action what is being done and where, for error messages */
  add(id: number, action: string, peer: string, timeoutMs: number, signal?: AbortSignal): Promise<Command> {
    const { promise, resolve, reject } = Promise.withResolvers<Command>();
    if (signal?.aborted) {
      reject(new ClosedError(`${action}: given up`));
      return promise;
    }
    const timer = setTimeout(() => {
      const seconds = timeoutMs / 1000;
      this.#end(id)?.reject(
        new RequestTimeoutError(`${action}: no answer from ${peer} within ${seconds} s`),
      );
    }, timeoutMs);
    const abort = (): void => this.#end(id)?.reject(new ClosedError(`${action}: given up`));
    signal?.addEventListener("abort", abort, { once: true });
    const release = (): void => {
      clearTimeout(timer);
      signal?.removeEventListener("abort", abort);
    };
    this.#pending.set(id, { action, release, resolve, reject });
    return promise;
  }

  answer(command: Command): void {
    if (!("requestId" in command.body)) return;
    const id = Number(command.body.requestId);
    this.#end(id)?.resolve(command);
  }

  /** @returns false when no request with this id is pending */
  fail(id: number, code: number, message: string): boolean {
    const pending = this.#end(id);
    pending?.reject(new PulsarError(serverErrorName(code), message, pending.action));
    return pending !== undefined;
  }

  failAll(error: Error): void {
    for (const id of [...this.#pending.keys()]) this.#end(id)!.reject(error);
  }

  #end(id: number): Pending | undefined {
    const pending = this.#pending.get(id);
    this.#pending.delete(id);
    pending?.release();
    return pending;
  }
}
