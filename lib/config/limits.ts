/** Limits that several layers must agree on. */

/** Workers of one process at the same time: shared memory has a metrics block for each. */
export const MAX_WORKERS = 64;
/** Processes of one role that share a run: their numbers take ten bits of a stream's id. */
export const MAX_INSTANCES = 1024;
