/** Payload sizes: fixed, uniform or from a list. */
import type { SizeConfig } from "../../config/run_config.ts";
import { sizesOf } from "../../config/size_bounds.ts";
import { GeneratorError } from "./errors.ts";
import type { Random } from "./random.ts";

/** Draws payload sizes. `peek` describes the next message until `take` moves on. */
export class SizePicker {
  readonly smallest: number;
  readonly largest: number;
  readonly #config: SizeConfig;
  readonly #random: Random;
  #index = 0;
  #next: number;

  /**
   * @param minimum smallest size that the payload kind can have
   * @param what the payload kind, and why it needs that much, for the error message
   * @throws {GeneratorError} `size-invalid`, `size-too-small`
   */
  constructor(config: SizeConfig, random: Random, minimum: number, what: string) {
    this.#config = config;
    this.#random = random;
    const sizes = sizesOf(config);
    const bad = sizes.find((size) => !Number.isInteger(size) || size < 0);
    if (sizes.length === 0 || bad !== undefined) {
      throw new GeneratorError("size-invalid", `size '${bad ?? ""}' must be a whole number of bytes`);
    }
    if (config.kind === "uniform" && config.min > config.max) {
      throw new GeneratorError(
        "size-invalid",
        `size range '${config.min}-${config.max}' must not be reversed`,
      );
    }
    this.smallest = Math.min(...sizes);
    this.largest = Math.max(...sizes);
    if (this.smallest < minimum) {
      throw new GeneratorError(
        "size-too-small",
        `size '${this.smallest}' is too small: ${what} needs at least ${minimum} bytes`,
      );
    }
    this.#next = this.#draw();
  }

  /** The one size of all messages, if there is only one. */
  get fixed(): number | undefined {
    return this.smallest === this.largest ? this.smallest : undefined;
  }

  peek(): number {
    return this.#next;
  }

  take(): void {
    this.#next = this.#draw();
  }

  #draw(): number {
    const config = this.#config;
    switch (config.kind) {
      case "fixed":
        return config.bytes;
      case "uniform":
        return config.min + this.#random.below(config.max - config.min + 1);
      case "list": {
        const size = config.sizes[this.#index]!;
        this.#index = (this.#index + 1) % config.sizes.length;
        return size;
      }
    }
  }
}
