/** Everything that reads what others wrote. */
import type { FuzzTarget } from "./engine.ts";
import { TEXT_TARGETS } from "./targets_text.ts";
import { WIRE_TARGETS } from "./targets_wire.ts";

export const TARGETS: readonly FuzzTarget[] = [...WIRE_TARGETS, ...TEXT_TARGETS];
