/** How values of OMB's files are read: numbers as its own reader takes them, and with the units of this lab besides. */
import { NUMBER, parseCount, parseRate, ValueError } from "../../config/units.ts";

const PLAIN = new RegExp(`^${NUMBER}$`, "i");

/** A whole number. */
export function whole(min: number, max: number): (text: string) => number {
  return (text) => parseCount(text, { min, max });
}

/**
 * A number without unit, such as minutes or a share.
 *
 * @param least above 0, which is taken too
 */
export function plain(least: number, max: number, what: string): (text: string) => number {
  return (text) => {
    const value = PLAIN.test(text) ? Number(text.replaceAll("_", "")) : NaN;
    if (value === 0 || (value >= least && value <= max)) return value;
    throw new ValueError(text, `${what} from ${least} to ${max}${least > 0 ? ", or 0" : ""}`);
  };
}

const LEAST_RATE = 0.001;

/** Messages per second; 0 has a meaning of its own. */
export function rateOrZero(max: number): (text: string) => number {
  return (text) => {
    const rate = parseRate(text, { min: 0, max });
    if (rate > 0 && rate < LEAST_RATE) {
      throw new ValueError(text, `0, or at least ${LEAST_RATE} messages per second`);
    }
    return rate;
  };
}
