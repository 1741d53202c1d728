/** For tests: entry point of a worker thread that also crashes on request, by an uncaught error as a bug would cause. */
import "./main.ts";

self.addEventListener("message", (event) => {
  if ((event as MessageEvent<{ kind: string }>).data.kind !== "crash") return;
  setTimeout(() => {
    throw new Error("crash on request");
  });
});
