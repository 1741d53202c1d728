/**
 * The WebAssembly module behind `crc32c.ts`, assembled at load time.
 *
 * It imports one memory and exports `crc(state, from, to) → state`, the CRC-32C register (not inverted) after
 * the bytes `from … to - 1` of that memory. Two methods work together:
 *
 * - Tables: "slicing by 16" (Kounavis and Berry, "A Systematic Approach to Building High Performance
 *   Software-based CRC Generators", 2005), for short ranges and for what folding leaves over.
 * - Folding: a polynomial of few terms that is a multiple of the CRC polynomial lets a 16-byte vector be
 *   replaced by XORing it into a few later ones without changing the remainder, so no table is needed
 *   (the idea of Russell, "Chorba: A novel CRC32 implementation", 2024; here the terms are searched for
 *   CRC-32C and the unit is a whole vector). It is about four times as fast as the tables.
 */

/**
 * Exponents of `y^79 + y^75 + y^71 + y^58 + y^18 + y^12 + y + 1`, which the CRC-32C polynomial divides for
 * `y = x^(2^k)` and any k, so also for `y = x^128`, one vector. It is the eight-term multiple of lowest degree. The
 * six-term one (209, 144, 54, 39, 14, 0) does less work per vector, but its window of 3.3 KiB made it slower
 * below 64 KiB and no faster above.
 */
const TERMS: readonly number[] = [0, 1, 12, 18, 58, 71, 75, 79];
const VECTOR = 16;
/** Vectors, and bytes, between a vector and the furthest one it is XORed into. */
const REACH = 79;
const REACH_BYTES = REACH * VECTOR;
/** Shortest range worth folding, bytes. */
const FOLD_FROM = 2048;
/** Vectors folded before the window is moved back to its start: keeps it inside the L1 cache. */
const CHUNK = 1024;

/** Layout of the first page: 16 tables of 256 words, what folding leaves, the window of folded vectors. */
const TABLE_BYTES = 16 * 256 * 4;
const RESIDUE = TABLE_BYTES;
const WINDOW = RESIDUE + 2048;
/** Bytes of the memory that belong to the module; callers may use everything from here on. */
export const RESERVED_BYTES = 64 * 1024;

const I32 = 0x7f;
const BLOCK_VOID = 0x40;
/** Function indices. */
const TABLE = 0;
const STEPS = 1;
const CRC = 2;

const block = (...body: number[][]): number[] => [0x02, BLOCK_VOID, ...body.flat(), 0x0b];
const loop = (...body: number[][]): number[] => [0x03, BLOCK_VOID, ...body.flat(), 0x0b];
const branch = (depth: number): number[] => [0x0c, depth];
const branchIf = (depth: number): number[] => [0x0d, depth];
const get = (local: number): number[] => [0x20, local];
const set = (local: number): number[] => [0x21, local];
const call = (index: number): number[] => [0x10, index];
const RETURN = [0x0f];
const constant = (value: number): number[] => [0x41, ...signedLeb(value)];
const IS_ZERO = [0x45];
const LESS_UNSIGNED = [0x49];
const ADD = [0x6a];
const SUBTRACT = [0x6b];
const AND = [0x71];
const XOR = [0x73];
const SHIFT_LEFT = [0x74];
const SHIFT_RIGHT_UNSIGNED = [0x76];
const V128_XOR = [0xfd, 0x51];
const MEMORY_COPY = [0xfc, 10, 0, 0];
const MEMORY_FILL = [0xfc, 11, 0];
const SELECT = [0x1b];
const when = (...body: number[][]): number[] => [0x04, BLOCK_VOID, ...body.flat(), 0x0b];
const load = (offset: number): number[] => [0x28, 0, ...leb(offset)];
const loadByte = (offset: number): number[] => [0x2d, 0, ...leb(offset)];
const loadVector = (offset: number): number[] => [0xfd, 0x00, 0, ...leb(offset)];
const store = (offset: number): number[] => [0x36, 2, ...leb(offset)];
const storeVector = (offset: number): number[] => [0xfd, 0x0b, 0, ...leb(offset)];
const advance = (
  local: number,
  by: number,
): number[] => [...get(local), ...constant(by), ...ADD, ...set(local)];

function leb(value: number): number[] {
  const bytes: number[] = [];
  for (; value > 0x7f; value >>>= 7) bytes.push(value & 0x7f | 0x80);
  return [...bytes, value];
}

function signedLeb(value: number): number[] {
  const bytes: number[] = [];
  for (; value < -64 || value > 63; value >>= 7) bytes.push(value & 0x7f | 0x80);
  return [...bytes, value & 0x7f];
}

/** Table `number` (0 = the byte furthest from the end) at byte `lane` of the word in `local`. */
function lookup(local: number, lane: number, number: number): number[] {
  const shift = 8 * lane - 2;
  // The byte is left multiplied by 4, the size of a table entry, so shift and mask are all the arithmetic.
  const scaled = shift < 0
    ? [...get(local), ...constant(-shift), ...SHIFT_LEFT]
    : [...get(local), ...constant(shift), ...SHIFT_RIGHT_UNSIGNED];
  return [...scaled, ...constant(0x3fc), ...AND, ...load(number * 1024)];
}

/** Parameters 0 state, 1 from, 2 to; locals 3…6 the four words of a step. */
function tableBody(): number[] {
  const lookups: number[][] = [];
  for (const word of [3, 2, 1, 0]) {
    for (let lane = 0; lane < 4; lane++) lookups.push(lookup(3 + word, lane, 15 - 4 * word - lane));
  }
  return [
    ...block(loop(
      [...get(2), ...get(1), ...SUBTRACT, ...constant(16), ...LESS_UNSIGNED, ...branchIf(1)],
      [...get(1), ...load(0), ...get(0), ...XOR, ...set(3)],
      ...[1, 2, 3].map((word) => [...get(1), ...load(4 * word), ...set(3 + word)]),
      ...lookups.map((each, i) => i === 0 ? each : [...each, ...XOR]),
      set(0),
      advance(1, 16),
      branch(0),
    )),
    ...block(loop(
      [...get(1), ...get(2), ...LESS_UNSIGNED, ...IS_ZERO, ...branchIf(1)],
      [...get(1), ...loadByte(0), ...get(0), ...XOR, ...set(3)],
      [...lookup(3, 0, 0), ...get(0), ...constant(8), ...SHIFT_RIGHT_UNSIGNED, ...XOR, ...set(0)],
      advance(1, 1),
      branch(0),
    )),
    ...get(0),
  ];
}

/** Parameters 0 in, 1 window, 2 out, 3 count: `out[i] = in[i] ⊕ window[i + term] …` for `count` vectors. */
function stepsBody(): number[] {
  const vector = (i: number): number[] => [
    ...get(2),
    ...get(0),
    ...loadVector(i * VECTOR),
    ...TERMS.slice(0, -1).flatMap((term) => [...get(1), ...loadVector((term + i) * VECTOR), ...V128_XOR]),
    ...storeVector(i * VECTOR),
  ];
  const steps = (unroll: number): number[] =>
    block(loop(
      [...get(3), ...constant(unroll), ...LESS_UNSIGNED, ...branchIf(1)],
      ...Array.from({ length: unroll }, (_, i) => vector(i)),
      ...[0, 1, 2].map((pointer) => advance(pointer, unroll * VECTOR)),
      advance(3, -unroll),
      branch(0),
    ));
  return [...steps(4), ...steps(1)];
}

/** Parameters 0 state, 1 from, 2 to; locals 3 vectors left to fold, 4 vectors of this chunk. */
function crcBody(): number[] {
  return [
    ...[...get(2), ...get(1), ...SUBTRACT, ...constant(FOLD_FROM), ...LESS_UNSIGNED],
    ...when(
      [...get(0), ...get(1), ...get(2), ...call(TABLE), ...RETURN],
    ),
    // Zeros before the first vector, and the register where only the first four bytes will meet it.
    ...[...constant(WINDOW), ...constant(0), ...constant(REACH_BYTES), ...MEMORY_FILL],
    ...[...constant(0), ...get(0), ...store(WINDOW)],
    ...[...get(2), ...get(1), ...SUBTRACT, ...constant(4), ...SHIFT_RIGHT_UNSIGNED, ...constant(REACH)],
    ...[...SUBTRACT, ...set(3)],
    ...block(loop(
      [...get(3), ...IS_ZERO, ...branchIf(1)],
      [...get(3), ...constant(CHUNK), ...get(3), ...constant(CHUNK), ...LESS_UNSIGNED, ...SELECT, ...set(4)],
      [...get(1), ...constant(WINDOW), ...constant(WINDOW + REACH_BYTES), ...get(4), ...call(STEPS)],
      [...get(1), ...vectorsInBytes(4), ...ADD, ...set(1)],
      [...get(3), ...get(4), ...SUBTRACT, ...set(3)],
      [...constant(WINDOW), ...vectorsInBytes(4), ...constant(WINDOW), ...ADD],
      [...constant(REACH_BYTES), ...MEMORY_COPY],
      branch(0),
    )),
    // The last vectors only receive: nothing of themselves may be folded past the end.
    ...[...constant(WINDOW + REACH_BYTES), ...constant(0), ...constant(REACH_BYTES), ...MEMORY_FILL],
    ...[...get(1), ...constant(WINDOW), ...constant(RESIDUE), ...constant(REACH), ...call(STEPS)],
    ...advance(1, REACH_BYTES),
    ...[...constant(0), ...constant(RESIDUE), ...constant(RESIDUE + REACH_BYTES), ...call(TABLE)],
    ...[...get(1), ...get(2), ...call(TABLE)],
  ];
}

const vectorsInBytes = (local: number): number[] => [...get(local), ...constant(4), ...SHIFT_LEFT];

function section(id: number, items: readonly number[][]): number[] {
  const body = [...leb(items.length), ...items.flat()];
  return [id, ...leb(body.length), ...body];
}

const name = (text: string): number[] => [text.length, ...new TextEncoder().encode(text)];

function func(locals: number, body: readonly number[]): number[] {
  const code = [...(locals === 0 ? [0] : [1, locals, I32]), ...body, 0x0b];
  return [...leb(code.length), ...code];
}

/**
 * The module's bytes.
 *
 * @param pages size of the imported memory `m.m` in 64 KiB pages, both initial and maximum
 */
export function crc32cModule(pages: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
    ...section(1, [[0x60, 3, I32, I32, I32, 1, I32], [0x60, 4, I32, I32, I32, I32, 0]]),
    ...section(2, [[...name("m"), ...name("m"), 0x02, 0x01, ...leb(pages), ...leb(pages)]]),
    ...section(3, [[0], [1], [0]]),
    ...section(7, [[...name("crc"), 0, CRC]]),
    ...section(10, [func(4, tableBody()), func(0, stepsBody()), func(2, crcBody())]),
  ]);
}

/** The 16 lookup tables, to be placed at address 0, of the reflected polynomial 0x82F63B78, one after the other. */
export function crc32cTables(): Uint32Array<ArrayBuffer> {
  const tables = new Uint32Array(TABLE_BYTES / 4);
  for (let byte = 0; byte < 256; byte++) {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) value = (value & 1) !== 0 ? value >>> 1 ^ 0x82f63b78 : value >>> 1;
    tables[byte] = value;
  }
  for (let i = 256; i < tables.length; i++) {
    const previous = tables[i - 256]!;
    tables[i] = tables[previous & 0xff]! ^ previous >>> 8;
  }
  return tables;
}
