/** Where downloads of the tests live, shared by all clones of one user. */
import { join } from "node:path";

/** `PLL_TEST_CACHE`, else the user's cache folder, else `.cache` in the current folder. */
export function cacheRoot(env: (name: string) => string | undefined = Deno.env.get): string {
  const chosen = env("PLL_TEST_CACHE");
  if (chosen) return chosen;
  const home = env("HOME") ?? env("USERPROFILE");
  const base = env("XDG_CACHE_HOME") ?? (home ? join(home, ".cache") : undefined);
  return base ? join(base, "pulsar-local-lab") : ".cache";
}

/**
 * Makes a folder once, however many processes ask for it: the first one fills a neighbour and renames it.
 *
 * @param name name below the cache root; put a hash of what decides the content into it
 * @param fill fills the empty folder it is given
 * @returns the path of the finished folder
 * @throws whatever `fill` throws; nothing half-made stays under the final name
 */
export async function cachedFolder(name: string, fill: (folder: string) => Promise<void>): Promise<string> {
  const root = cacheRoot();
  const finished = join(root, name);
  if (await exists(finished)) return finished;
  await Deno.mkdir(root, { recursive: true });
  // The system drops the lock when its holder dies, so a killed run never blocks the next one.
  using lock = await Deno.open(join(root, `${name}.lock`), { create: true, write: true });
  await lock.lock(true);
  if (await exists(finished)) return finished;
  const draft = await Deno.makeTempDir({ dir: root, prefix: `${name}.` });
  try {
    await fill(draft);
    await Deno.rename(draft, finished);
  } catch (cause) {
    await Deno.remove(draft, { recursive: true });
    throw cause;
  }
  return finished;
}

async function exists(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
