/** Compares a text with a file that is part of the repository (test support). */
import assert from "node:assert/strict";

/**
 * Asserts that `cli/snapshots/NAME` holds exactly `text`. `deno test … -- --update` writes it instead; the
 * change is then to be read like any other.
 */
export function assertSnapshot(name: string, text: string): void {
  const file = new URL(`./snapshots/${name}`, import.meta.url);
  if (Deno.args.includes("--update")) Deno.writeTextFileSync(file, text);
  else {assert.equal(
      text,
      Deno.readTextFileSync(file),
      `${name} has changed; see cli/snapshot_test_support.ts`,
    );}
}
