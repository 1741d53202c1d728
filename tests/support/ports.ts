/** Free loopback ports for servers that cannot report the port they chose. */

/**
 * `count` different ports that nobody listens on now. They lie below the range from which the system serves
 * outgoing connections and port 0, so that only another caller of this function could take one meanwhile.
 */
export function freePorts(count: number, random: () => number = Math.random): number[] {
  const ports = new Set<number>();
  for (let attempt = 0; ports.size < count; attempt++) {
    if (attempt > 1000) {
      throw new Error(`found only ${ports.size} of ${count} free ports between 20000 and 31999`);
    }
    const port = 20_000 + Math.floor(random() * 12_000);
    if (ports.has(port)) continue;
    try {
      Deno.listen({ hostname: "127.0.0.1", port }).close();
      ports.add(port);
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
  return [...ports];
}
