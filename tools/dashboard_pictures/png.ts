/** Pictures of few colours made small: PNG with a palette of 256 (PNG specification, sections 7–11). */
import { Buffer } from "node:buffer";
import { crc32, deflateSync, inflateSync } from "node:zlib";

const SIGNATURE = [137, 80, 78, 71, 13, 10, 26, 10];

interface Pixels {
  readonly width: number;
  readonly height: number;
  /** 0xRRGGBB. */
  readonly colors: Uint32Array;
}

/**
 * The same picture with at most 256 colours: the most frequent ones, and for the others the nearest of them.
 *
 * @param png 8 bits per channel, RGB or RGBA, not interlaced, as Chromium makes them
 */
export function withPalette(png: Uint8Array): Uint8Array {
  const { width, height, colors } = decode(png);
  const frequency = new Map<number, number>();
  for (const color of colors) frequency.set(color, (frequency.get(color) ?? 0) + 1);
  const palette = [...frequency].sort((a, b) => b[1] - a[1]).slice(0, 256).map(([color]) => color);
  const indexOf = new Map(palette.map((color, index) => [color, index]));
  const rows = new Uint8Array(height * (width + 1));
  for (let y = 0, from = 0, to = 0; y < height; y++) {
    rows[to++] = 0;
    for (let x = 0; x < width; x++) {
      const color = colors[from++]!;
      let index = indexOf.get(color);
      if (index === undefined) indexOf.set(color, index = nearest(palette, color));
      rows[to++] = index;
    }
  }
  const header = new Uint8Array(13);
  new DataView(header.buffer).setUint32(0, width);
  new DataView(header.buffer).setUint32(4, height);
  header.set([8, 3, 0, 0, 0], 8);
  const entries = Uint8Array.from(palette.flatMap((color) => [color >> 16, color >> 8 & 255, color & 255]));
  return Buffer.concat([
    Uint8Array.from(SIGNATURE),
    chunk("IHDR", header),
    chunk("PLTE", entries),
    chunk("IDAT", deflateSync(rows, { level: 9 })),
    chunk("IEND", new Uint8Array()),
  ]);
}

function nearest(palette: readonly number[], color: number): number {
  let [best, distance] = [0, Infinity];
  palette.forEach((candidate, index) => {
    const red = (candidate >> 16) - (color >> 16);
    const green = (candidate >> 8 & 255) - (color >> 8 & 255);
    const blue = (candidate & 255) - (color & 255);
    const found = red * red + green * green + blue * blue;
    if (found < distance) [best, distance] = [index, found];
  });
  return best;
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(data.length + 12);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, data.length);
  bytes.set(new TextEncoder().encode(type), 4);
  bytes.set(data, 8);
  view.setUint32(data.length + 8, crc32(bytes.subarray(4, data.length + 8)));
  return bytes;
}

function decode(png: Uint8Array): Pixels {
  const view = new DataView(png.buffer, png.byteOffset, png.byteLength);
  const [width, height] = [view.getUint32(16), view.getUint32(20)];
  const [depth, kind, , , interlaced] = png.subarray(24, 29);
  if (depth !== 8 || (kind !== 2 && kind !== 6) || interlaced !== 0) {
    throw new Error(`PNG of depth ${depth}, colour type ${kind}, interlace ${interlaced} cannot be read`);
  }
  const data: Uint8Array[] = [];
  for (let at = 8; at < png.length;) {
    const length = view.getUint32(at);
    if (new TextDecoder().decode(png.subarray(at + 4, at + 8)) === "IDAT") {
      data.push(png.subarray(at + 8, at + 8 + length));
    }
    at += length + 12;
  }
  const channels = kind === 2 ? 3 : 4;
  const stride = width * channels;
  const raw = new Uint8Array(inflateSync(Buffer.concat(data)));
  const colors = new Uint32Array(width * height);
  let above = new Uint8Array(stride);
  for (let y = 0; y < height; y++) {
    const at = y * (stride + 1);
    const row = raw.subarray(at + 1, at + 1 + stride);
    unfilter(raw[at]!, row, above, channels);
    for (let x = 0; x < width; x++) {
      const from = x * channels;
      colors[y * width + x] = row[from]! << 16 | row[from + 1]! << 8 | row[from + 2]!;
    }
    above = row;
  }
  return { width, height, colors };
}

function unfilter(kind: number, row: Uint8Array, above: Uint8Array, channels: number): void {
  for (let i = 0; i < row.length; i++) {
    const left = i < channels ? 0 : row[i - channels]!;
    const up = above[i]!;
    const corner = i < channels ? 0 : above[i - channels]!;
    const guess = kind === 0
      ? 0
      : kind === 1
      ? left
      : kind === 2
      ? up
      : kind === 3
      ? (left + up) >> 1
      : paeth(left, up, corner);
    row[i]! += guess;
  }
}

function paeth(left: number, up: number, corner: number): number {
  const guess = left + up - corner;
  const [toLeft, toUp, toCorner] = [Math.abs(guess - left), Math.abs(guess - up), Math.abs(guess - corner)];
  if (toLeft <= toUp && toLeft <= toCorner) return left;
  return toUp <= toCorner ? up : corner;
}
