/** Refuses settings that cannot work together and fills in settings that others imply, before anything starts. */
import type { Draft } from "./draft.ts";
import type { OptionKey } from "./option_spec.ts";
import { settleInstances } from "./conflicts_instances.ts";
import { noticeNative, settleNative } from "./conflicts_native.ts";
import { settleConsumer } from "./conflicts_consumer.ts";
import { settleProducer } from "./conflicts_producer.ts";
import { durationText } from "./units.ts";

/** Settles a draft whose values are each valid; problems and notices are left in it. */
export function settle(draft: Draft): void {
  settleTarget(draft);
  settleOutput(draft);
  settleInstances(draft);
  // It sets bounds that the role goes by.
  settleNative(draft);
  // Stages reset a duration of a lower layer, so the role comes before durations are compared.
  if (draft.role === "producer") settleProducer(draft);
  else settleConsumer(draft);
  settleLength(draft);
  noticeNative(draft);
}

function settleTarget(draft: Draft): void {
  const security: readonly OptionKey[] = ["tokenFile", "tokenEnv", "tlsCa", "tlsCert", "tlsKey"];
  const target: readonly OptionKey[] = ["serviceUrl", "adminUrl", "listenerName"];
  if (draft.get("embedded") !== undefined) {
    for (const key of [...target, ...security]) {
      draft.exclude(
        "embedded",
        key,
        "exclude each other: the embedded broker is in this process and needs none of it",
      );
    }
  }
  draft.exclude("tokenFile", "tokenEnv", "exclude each other: there is one token");
  const [cert, key] = [draft.get("tlsCert"), draft.get("tlsKey")];
  if (cert !== undefined && key === undefined) {
    draft.refuse(`${draft.nameOf("tlsCert")} needs --tls-key`, "tlsCert");
  }
  if (key !== undefined && cert === undefined) {
    draft.refuse(`${draft.nameOf("tlsKey")} needs --tls-cert`, "tlsKey");
  }

  const url = draft.get("serviceUrl") ?? "";
  const encrypted = url.startsWith("pulsar+ssl:") || draft.get("adminUrl")?.startsWith("https:");
  for (const setting of ["tlsCa", "tlsCert"] as const) {
    if (draft.get(setting) === undefined || encrypted) continue;
    draft.refuse(`${draft.nameOf(setting)} has no effect on '${url}': use pulsar+ssl://HOST:6651`, setting);
  }
}

function settleOutput(draft: Draft): void {
  // `--ui none` means the same as --quiet.
  if (draft.get("quiet") === true && draft.get("ui") !== "none") {
    draft.exclude("quiet", "ui", "exclude each other: --quiet shows no progress");
  }
  const targets = (["output", "events", "csv", "hdrLog", "html", "trace"] as const).filter((key) =>
    draft.get(key) !== undefined
  );
  const users = new Map<string, OptionKey>();
  if (draft.get("json") === true) users.set("-", "json");
  for (const key of targets) {
    const path = draft.get(key)!;
    const other = users.get(path);
    if (other !== undefined) {
      const place = path === "-" ? "standard output" : `'${path}'`;
      draft.refuse(`${draft.nameOf(other)} and ${draft.nameOf(key)} both write to ${place}`, other, key);
    }
    users.set(path, key);
  }
}

function settleLength(draft: Draft): void {
  const [duration, warmup] = [draft.get("durationMs"), draft.get("warmupMs") ?? 0];
  if (duration !== undefined && warmup >= duration) {
    draft.refuse(
      `${draft.nameOf("warmupMs")} '${durationText(warmup)}' must be shorter than ${
        draft.nameOf("durationMs")
      } ` +
        `'${durationText(duration)}'`,
      "warmupMs",
      "durationMs",
    );
  }
}
