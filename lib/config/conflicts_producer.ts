/** Conflicts and consequences that only a producer has. */
import { DEFAULT_MAX_MESSAGE_SIZE } from "../wire/enums.ts";
import type { Draft } from "./draft.ts";
import { sizesOf } from "./size_bounds.ts";
import { bytesText, countText } from "./units.ts";

/** Room for the binary verification header at the start of a payload, with a body checksum in strict mode. */
export const SMALLEST_VERIFIED = { count: 32, strict: 36 } as const;
/** Room for a JSON payload with its header and a producer's name; the generator knows the exact size. */
const SMALLEST_VERIFIED_JSON = 192;
const USUAL_KEY_COUNT = 1000;

export function settleProducer(draft: Draft): void {
  settleRate(draft);
  settleBatches(draft);
  settlePayload(draft);
  settleVerification(draft);
  settleKeys(draft);
}

function settleRate(draft: Draft): void {
  if (draft.get("stages")!.length > 0) {
    for (const key of ["rate", "durationMs", "count"] as const) {
      draft.exclude("stages", key, "exclude each other: stages set rate and duration");
    }
    // Stages of a lower layer may just have been reset.
    if (draft.get("stages")!.length > 0) return;
  }
  const rate = draft.get("rate");
  if (rate === "max" && draft.get("count") !== undefined) {
    draft.refuse(
      `${draft.nameOf("count")} cannot be reached by --rate max, which ends when it has found the rate`,
      "count",
    );
  }
  if (draft.get("burst")! === 0 || typeof rate === "number") return;
  if (draft.rank("rate") > draft.rank("burst")) draft.reset("burst", "rate");
  else draft.refuse(`${draft.nameOf("burst")} needs a --rate in messages per second, not '${rate}'`, "burst");
}

function settleBatches(draft: Draft): void {
  if (draft.get("batching") === false) return;
  const [most, window] = [draft.get("batchMessages")!, draft.get("maxInFlight")!];
  if (most > window) {
    const same = draft.rank("batchMessages") === draft.rank("maxInFlight");
    if (same && draft.isGiven("maxInFlight")) {
      draft.refuse(
        `${draft.nameOf("batchMessages")} '${countText(most)}' can never fill up with ` +
          `${draft.nameOf("maxInFlight")} '${countText(window)}'`,
        "batchMessages",
        "maxInFlight",
      );
    } else if (draft.rank("batchMessages") > draft.rank("maxInFlight")) {
      // Two batches: one on its way while the next is filled.
      draft.imply("maxInFlight", 2 * most, "batchMessages");
    } else {
      draft.imply("batchMessages", window, "maxInFlight");
    }
  }
  const bytes = draft.get("batchBytes")!;
  if (bytes > DEFAULT_MAX_MESSAGE_SIZE) {
    draft.refuse(
      `${draft.nameOf("batchBytes")} '${bytesText(bytes)}' is more than a broker accepts in one message, ` +
        `'${bytesText(DEFAULT_MAX_MESSAGE_SIZE)}'`,
      "batchBytes",
    );
  }
}

function settlePayload(draft: Draft): void {
  draft.exclude("payloadFile", "template", "exclude each other: payloads are made in one way");
  for (const [key, kind] of [["payloadFile", "file"], ["template", "template"]] as const) {
    if (draft.get(key) === undefined) {
      if (draft.get("payload") === kind) {
        const flag = key === "payloadFile" ? "--payload-file" : "--template";
        draft.refuse(`${draft.nameOf("payload")} ${kind} needs ${flag}`, "payload");
      }
    } else if (draft.get("payload") !== kind) {
      if (draft.rank("payload") < draft.rank(key)) draft.imply("payload", kind, key);
      else draft.refuse(`${draft.nameOf(key)} has no effect with --payload ${draft.get("payload")}`, key);
    }
  }
  if (draft.get("compressibility")! > 0 && draft.get("payload") !== "random") {
    if (draft.rank("payload") < draft.rank("compressibility")) {
      draft.imply("payload", "random", "compressibility");
    } else draft.refuse(`${draft.nameOf("compressibility")} only shapes --payload random`, "compressibility");
  }
}

/** Payloads too small for JSON become random bytes rather than unverified, with a notice. */
function settleVerification(draft: Draft): void {
  const mode = draft.get("verify")!;
  const smallest = Math.min(...sizesOf(draft.get("size")!));
  if (draft.get("payload") === "json" && smallest < SMALLEST_VERIFIED_JSON && !draft.isGiven("payload")) {
    draft.imply("payload", "random", "size");
    draft.notices.push(
      `payloads of ${bytesText(smallest)} are too small for JSON: random bytes are sent instead`,
    );
  }
  const payload = draft.get("payload");
  // Payloads of a file or a template keep their size; the header goes in front of them.
  if (mode === "off" || payload === "file" || payload === "template") return;
  const needed = payload === "json" ? SMALLEST_VERIFIED_JSON : SMALLEST_VERIFIED[mode];
  if (smallest >= needed) return;
  const lack = `'${bytesText(smallest)}' is too small for the verification header, which needs '${
    bytesText(needed)
  }'`;
  if (draft.isGiven("verify")) {
    draft.refuse(`${draft.nameOf("size")} ${lack}: use a larger size or --verify off`, "size", "verify");
    return;
  }
  draft.imply("verify", "off", "size");
  draft.notices.push(`--size ${lack}: this run is not verified`);
}

function settleKeys(draft: Draft): void {
  const [keys, keyCount, routing] = [draft.get("keys")!, draft.get("keyCount")!, draft.get("routing")!];
  if (keys === "none") {
    if (keyCount > 0) {
      draft.refuse(`${draft.nameOf("keyCount")} needs --keys round-robin, random or zipf`, "keyCount");
    }
  } else if (keys === "zipf" && keyCount < 2) {
    draft.refuse(`${draft.nameOf("keys")} zipf needs a --key-count of at least 2`, "keys", "keyCount");
  } else if (keyCount === 0) {
    draft.imply("keyCount", USUAL_KEY_COUNT, "keys");
  }
  if (routing !== "key-hash") return;
  if (keys === "none") {
    draft.refuse(
      `${draft.nameOf("routing")} key-hash needs keys: --keys round-robin, random or zipf`,
      "routing",
    );
  }
  if (draft.get("partitions") === 0) {
    draft.refuse(`${draft.nameOf("routing")} key-hash needs a partitioned topic: --partitions N`, "routing");
  }
}
