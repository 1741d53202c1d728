/** The shape of one line of the option table, and the names that are made from it. */
import type { ConsumerConfig, ProducerConfig, Role } from "./run_config.ts";
import type { ValueKind } from "./value_kinds.ts";

export const ROLES: readonly Role[] = ["producer", "consumer"];

/** Headings of the help, in its order. */
export const GROUPS = [
  "Target",
  "Security",
  "Load",
  "Several processes",
  "Batching",
  "Payload",
  "Subscription",
  "Acknowledgement",
  "Results",
  "Display",
] as const;
export type Group = typeof GROUPS[number];

/** Every setting: all fields of both configurations but the role and what is found out at run time. */
export type OptionKey = Exclude<
  keyof ProducerConfig | keyof ConsumerConfig,
  "role" | "keyFirst" | "together"
>;

type FieldOf<C, K> = K extends keyof C ? Exclude<C[K], undefined> : never;
/** The type of a setting in `RunConfig`, when it is there. */
export type OptionValue<K extends OptionKey> = FieldOf<ProducerConfig, K> | FieldOf<ConsumerConfig, K>;

export interface OptionSpec<T> {
  /** Long flag without dashes. The environment variable and the file key are made from it. */
  readonly flag: string;
  /** One letter, for the options that are typed often. */
  readonly short?: string;
  /** Name of the value in the help, without brackets. Absent for booleans. */
  readonly placeholder?: string;
  /** Value of a flag that is given without one. */
  readonly preset?: string;
  readonly kind: ValueKind<T>;
  /** Absent: the setting is optional and not set. */
  readonly default?: T;
  readonly roles: readonly Role[];
  readonly group: Group;
  /** Place among the common options, which the help shows first; absent for all others. */
  readonly common?: number;
  /** One sentence without a full stop; a second form where the roles differ. */
  readonly help: string | Readonly<Record<Role, string>>;
  /** The value is never shown. */
  readonly secret?: true;
  /** In files only in the `producer:` or `consumer:` section, because it means different things to the two roles. */
  readonly perRole?: true;
  /** Further environment variables, after `PLL_…`; `value` replaces what the variable holds. */
  readonly env?: readonly EnvAlias[];
}

export interface EnvAlias {
  readonly name: string;
  readonly role?: Role;
  readonly value?: string;
}

/** `batch-messages` → `batchMessages`: the key in files. */
export function fileKey(spec: Pick<OptionSpec<never>, "flag">): string {
  return spec.flag.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}

/** `batch-messages` → `PLL_BATCH_MESSAGES`. */
export function envName(spec: Pick<OptionSpec<never>, "flag">): string {
  return `PLL_${spec.flag.replaceAll("-", "_").toUpperCase()}`;
}

/** The environment variables of an option for one role; the first that is set counts. */
export function envNames(spec: Pick<OptionSpec<never>, "flag" | "env">, role: Role): readonly EnvAlias[] {
  const aliases = (spec.env ?? []).filter((alias) => alias.role === undefined || alias.role === role);
  return [{ name: envName(spec) }, ...aliases];
}

/** The help sentence for one role. */
export function helpText(spec: Pick<OptionSpec<never>, "help">, role: Role): string {
  return typeof spec.help === "string" ? spec.help : spec.help[role];
}
