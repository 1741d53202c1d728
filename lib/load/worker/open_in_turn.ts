/** Opens a worker's producers or consumers, some at the same time: a broker takes a round trip or two for each. */

/** Opened at the same time while a worker starts. */
export const AT_ONCE = 32;

/**
 * Opens what is not open yet, and appends it to `lanes` in the order of its index.
 *
 * @param atOnce how many at the same time. With 1, what is not in `lanes` after an error is not open either
 * @param isOver whether nothing new is to be opened
 * @throws the first error; what was opened in front of it is in `lanes`
 */
export async function openInTurn<T>(
  count: number,
  lanes: T[],
  atOnce: number,
  open: (index: number) => Promise<T>,
  isOver: () => boolean,
): Promise<void> {
  while (lanes.length < count && !isOver()) {
    const from = lanes.length;
    const size = Math.min(atOnce, count - from);
    const opened = await Promise.allSettled(Array.from({ length: size }, (_, index) => open(from + index)));
    for (const one of opened) {
      if (one.status === "rejected") throw one.reason;
      lanes.push(one.value);
    }
  }
}
