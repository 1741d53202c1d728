/**
 * Compression of batch bodies: every kind, against the npm codecs that work on raw blocks.
 *
 * `deno bench tests/bench/compression_bench.ts`; bytes per nanosecond = size / time.
 */
import lz4js from "lz4js";
import snappyjs from "snappyjs";
import { compress, decompress } from "../../lib/wire/compression.ts";
import { CompressionKind, type CompressionName } from "../../lib/wire/enums.ts";

function jsonLines(size: number): Uint8Array<ArrayBuffer> {
  let text = "";
  for (let id = 0; text.length < size; id++) {
    text += JSON.stringify({
      id,
      user: `user-${id * 7919 % 1000}`,
      at: 17e11 + id * 13,
      amount: id * 31 % 10007,
    });
  }
  return new TextEncoder().encode(text.slice(0, size));
}

for (const size of [1024, 131_072]) {
  const body = jsonLines(size);
  for (const name of ["lz4", "snappy", "zlib", "zstd"] satisfies CompressionName[]) {
    const kind = CompressionKind[name];
    const small = compress(kind, body).slice();
    const ratio = (body.length / small.length).toFixed(2);
    Deno.bench(`${name}, ratio ${ratio}, ${size} B`, { group: `compress ${size} B` }, () => {
      compress(kind, body);
    });
    Deno.bench(`${name}, ${size} B`, { group: `decompress ${size} B` }, () => {
      decompress(kind, small, 0, small.length, body.length, body.length);
    });
  }
  const table = new Uint32Array(1 << 16);
  const room = new Uint8Array(2 * size);
  const back = new Uint8Array(size);
  const block = compress(CompressionKind.lz4, body).slice();
  Deno.bench(`lz4js, ${size} B`, { group: `compress ${size} B` }, () => {
    table.fill(0);
    lz4js.compressBlock(body, room, 0, body.length, table);
  });
  Deno.bench(`lz4js, ${size} B`, { group: `decompress ${size} B` }, () => {
    lz4js.decompressBlock(block, back, 0, block.length, 0);
  });
  const snappy = compress(CompressionKind.snappy, body).slice();
  Deno.bench(`snappyjs, ${size} B`, { group: `compress ${size} B` }, () => {
    snappyjs.compress(body);
  });
  Deno.bench(`snappyjs, ${size} B`, { group: `decompress ${size} B` }, () => {
    snappyjs.uncompress(snappy);
  });
}
