/// <reference lib="deno.worker" />
/** Entry of the pacer's thread; see `pacer.ts`. */
import { type PacerRequest, runPacer } from "./pacer.ts";
import { WakeBoard } from "./wake_board.ts";

const scope = globalThis as unknown as DedicatedWorkerGlobalScope;

scope.onmessage = (event: MessageEvent<PacerRequest>): void => {
  const { memory, byteOffset, workers } = event.data;
  runPacer(new WakeBoard(memory, byteOffset, workers));
  scope.postMessage("ended");
};
