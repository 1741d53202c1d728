/** The sizes of a producer's messages as one list, whichever way they are configured. */
import type { SizeConfig } from "./run_config.ts";

/** Sizes among which are the smallest and the largest that occur, in bytes. */
export function sizesOf(size: SizeConfig): readonly number[] {
  switch (size.kind) {
    case "fixed":
      return [size.bytes];
    case "uniform":
      return [size.min, size.max];
    case "list":
      return size.sizes;
  }
}
