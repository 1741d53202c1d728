/** Waits for work to end, however it does, but not longer than so many milliseconds. Returns whether it ended. */
export async function within(timeoutMs: number, work: Promise<unknown>): Promise<boolean> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeout = new Promise<false>((resolve) => timer = setTimeout(() => resolve(false), timeoutMs));
  const ended = await Promise.race([work.then(() => true, () => true), timeout]);
  clearTimeout(timer);
  return ended;
}
