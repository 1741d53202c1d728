/** The same work for many things, some of it at the same time. */

/**
 * Works on each item, `atOnce` of them at the same time; answers are in the order of the items.
 *
 * @throws what the first work that fails throws; nothing after its group is begun
 */
export async function eachOf<I, O>(
  items: readonly I[],
  atOnce: number,
  work: (item: I) => Promise<O>,
): Promise<O[]> {
  const answers: O[] = [];
  for (let from = 0; from < items.length; from += atOnce) {
    answers.push(...await Promise.all(items.slice(from, from + atOnce).map(work)));
  }
  return answers;
}
