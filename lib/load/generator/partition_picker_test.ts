import assert from "node:assert/strict";
import { javaStringHash } from "../../wire/hash.ts";
import { keyText } from "./keys.ts";
import { PartitionPicker } from "./partition_picker.ts";

const take = (picker: PartitionPicker, keys: readonly number[]): number[] =>
  keys.map((key) => picker.next(key));
const NO_KEYS = Array(7).fill(-1);

Deno.test("round-robin takes turns, each worker from a place of its own", () => {
  assert.deepEqual(take(new PartitionPicker("round-robin", 3, 0), NO_KEYS), [0, 1, 2, 0, 1, 2, 0]);
  assert.deepEqual(take(new PartitionPicker("round-robin", 3, 4), NO_KEYS), [1, 2, 0, 1, 2, 0, 1]);
  assert.deepEqual(take(new PartitionPicker("round-robin", 3, 0), [5, 5, 5]), [0, 1, 2], "keys or not");
});

Deno.test("single stays where it is", () => {
  assert.deepEqual(take(new PartitionPicker("single", 4, 6), NO_KEYS), Array(7).fill(2));
});

Deno.test("a key always goes to the partition that other clients choose for it, common or rare", () => {
  const picker = new PartitionPicker("key-hash", 5, 0);
  for (const key of [0, 1, 17, 65_535, 65_536, 99_999_999]) {
    const partition = javaStringHash(keyText(key)) % 5;
    assert.deepEqual(take(picker, [key, key]), [partition, partition]);
    assert.equal(new TextDecoder().decode(picker.keyBytes(key)), keyText(key));
  }
  assert.equal(picker.keyBytes(3), picker.keyBytes(3), "remembered");
  assert.notEqual(
    picker.keyBytes(99_999_999),
    picker.keyBytes(99_999_999),
    "not remembered: memory is bounded",
  );
});

Deno.test("there is nothing to choose on one partition", () => {
  for (const routing of ["round-robin", "key-hash", "single"] as const) {
    assert.deepEqual(take(new PartitionPicker(routing, 1, 3), [-1, 8, 9]), [0, 0, 0]);
  }
});

Deno.test("partitions that are added get their turn, and keys go where other clients now send them", () => {
  const turns = new PartitionPicker("round-robin", 1, 0);
  turns.next(-1);
  turns.grow(3);
  assert.deepEqual(take(turns, NO_KEYS).slice(0, 4), [0, 1, 2, 0]);
  const keys = new PartitionPicker("key-hash", 2, 0);
  const all = Array.from({ length: 50 }, (_, key) => key);
  take(keys, all);
  keys.grow(5);
  assert.deepEqual(take(keys, all), all.map((key) => javaStringHash(keyText(key)) % 5));
  const single = new PartitionPicker("single", 2, 1);
  single.grow(4);
  assert.deepEqual(take(single, NO_KEYS), Array(7).fill(1));
});
