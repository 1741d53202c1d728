/**
 * Where a value lives in a histogram: pure arithmetic, shared by the `Histogram` of a reader and the raw cells
 * that workers write in shared memory.
 */

/** Cells of the first, linear stretch; half of it is added for every further power of two. */
const SUB_BUCKETS = 2048;
const HALF = SUB_BUCKETS / 2;
const HALF_BITS = 10;

/** Largest value that keeps its three digits: one hour in microseconds. */
export const MAX_VALUE = 3_600_000_000;

/** 2048 · 2^21 is the first power above one hour: 22 stretches of which the first counts double. */
export const CELLS = 23 * HALF;

/** Cell of a value 0 … 2^32 − 1; a fraction is cut off. */
export function bucketIndex(value: number): number {
  const v = value >>> 0;
  if (v < SUB_BUCKETS) return v;
  const exponent = 21 - Math.clz32(v);
  return (exponent << HALF_BITS) + (v >>> exponent);
}

/** Lowest value of a cell. */
export function lowestOf(index: number): number {
  if (index < SUB_BUCKETS) return index;
  const exponent = (index >>> HALF_BITS) - 1;
  return (index - exponent * HALF) * 2 ** exponent;
}

/** Values per cell there. */
function widthOf(index: number): number {
  return index < SUB_BUCKETS ? 1 : 2 ** ((index >>> HALF_BITS) - 1);
}

/** Highest value of a cell. */
export function highestOf(index: number): number {
  return lowestOf(index) + widthOf(index) - 1;
}

/** Middle of a cell as HdrHistogram takes it: the upper of the two middle values. */
export function medianOf(index: number): number {
  const width = widthOf(index);
  return lowestOf(index) + (width >>> 1);
}

/**
 * Adds `count` ≥ 2 values evenly spaced over [lowest, highest] to cells that start at `at`. Needs
 * 0 ≤ lowest < highest ≤ `MAX_VALUE`.
 *
 * Inside one power of two the cells are linear, so equal steps of value are equal steps of index: the loop is one
 * addition and one store per value there, and one per cell once several values share it.
 */
export function spreadInto(
  cells: Uint32Array,
  at: number,
  lowest: number,
  highest: number,
  count: number,
): void {
  const step = (highest - lowest) / (count - 1);
  let value = lowest + 0.5;
  let left = count;
  while (left > 0) {
    const v = value >>> 0;
    const exponent = v < SUB_BUCKETS ? 0 : 21 - Math.clz32(v);
    const scale = 2 ** -exponent;
    const segmentEnd = SUB_BUCKETS * 2 ** exponent;
    const indexStep = step * scale;
    // Relative to the histogram; below 2^15.
    const position = exponent * HALF + value * scale;
    // How many of the values lie before the next power of two.
    let here = Math.ceil((segmentEnd - value) / step);
    if (here > left) here = left;
    if (here < 1) here = 1;
    left -= here;
    value += here * step;
    if (here > FIXED_POINT_MAX) addRuns(cells, at, position, indexStep, here);
    else if (indexStep >= 0.5) addEach(cells, at, position, indexStep, here);
    else addShortRuns(cells, at, position, indexStep, here);
  }
}

/** Values up to which 16 fractional bits are off by less than a sixteenth of a cell. */
const FIXED_POINT_MAX = 8192;

/** Value by value, in fixed point: 15 bits of cell, 16 bits of fraction. */
function addEach(
  cells: Uint32Array,
  at: number,
  from: number,
  step: number,
  count: number,
): void {
  let position = from * 65536 | 0;
  const increment = step * 65536 + 0.5 | 0;
  for (let i = 0; i < count; i++) {
    cells[at + (position >>> 16)]! += 1;
    position = position + increment | 0;
  }
}

/**
 * Cell by cell: how many values lie before each upper edge? The first value lies at 0, and one exactly on an edge is in
 * the next cell, so the edge is rounded up. In fixed point: 14 bits of values, 16 bits of fraction.
 */
function addShortRuns(
  cells: Uint32Array,
  at: number,
  from: number,
  step: number,
  count: number,
): void {
  const end = count << 16;
  const perCell = Math.min(65536 / step, end) | 0;
  let cell = from >>> 0;
  let edge = Math.min((cell + 1 - from) * 65536 / step, end) + 65535 | 0;
  cell += at;
  let before = 0;
  while (edge < end) {
    const until = edge >>> 16;
    cells[cell]! += until - before;
    before = until;
    cell++;
    edge = edge + perCell | 0;
  }
  cells[cell]! += count - before;
}

/** The same in floating point, for any number of values. */
function addRuns(
  cells: Uint32Array,
  at: number,
  from: number,
  step: number,
  count: number,
): void {
  const perCell = 1 / step;
  let cell = Math.floor(from);
  let edge = (cell + 1 - from) * perCell;
  let before = 0;
  while (before < count) {
    const until = Math.min(count, Math.ceil(edge));
    cells[at + cell]! += until - before;
    before = until;
    cell++;
    edge += perCell;
  }
}
