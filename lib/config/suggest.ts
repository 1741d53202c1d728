/** "Did you mean": the known word nearest to a mistyped one. */

/**
 * The candidate with the fewest edits from `word` (case, dashes and underscores ignored), or undefined when
 * none is close enough to be what was meant.
 */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  const wanted = simplify(word);
  let best: string | undefined;
  // A third of the word may be wrong: more than that suggests noise.
  let fewest = Math.max(1, Math.floor(wanted.length / 3)) + 1;
  for (const candidate of candidates) {
    const simple = simplify(candidate);
    // At least so many have to be inserted: a word of a whole file's length is compared with nothing.
    if (Math.abs(simple.length - wanted.length) >= fewest) continue;
    const edits = distance(wanted, simple);
    if (edits < fewest) [best, fewest] = [candidate, edits];
  }
  return best;
}

/** ` (did you mean 'x'?)`, or nothing. */
export function hint(word: string, candidates: Iterable<string>): string {
  const found = nearest(word, candidates);
  return found === undefined ? "" : ` (did you mean '${found}'?)`;
}

function simplify(word: string): string {
  return word.toLowerCase().replace(/[-_\s]/g, "");
}

/** Optimal string alignment distance: insertions, deletions, substitutions, swaps of neighbours. */
function distance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      let edits = Math.min(last[column]! + 1, current[column - 1]! + 1, last[column - 1]! + (same ? 0 : 1));
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) {
        edits = Math.min(edits, beforeLast[column - 2]! + 1);
      }
      current.push(edits);
    }
    [beforeLast, last] = [last, current];
  }
  return last[b.length]!;
}
