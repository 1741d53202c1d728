/** A configuration before it is frozen: values with their sources, and the conflicts between them. */
import type { OptionKey, OptionValue } from "./option_spec.ts";
import { optionOf } from "./options.ts";
import type { Role, RunConfig } from "./run_config.ts";
import type { Problem, Source } from "./source.ts";

/** Precedence of a source; what is implied ranks as a default, since everything overrides it. */
const RANK: Readonly<Record<Source["kind"], number>> = {
  flag: 4,
  env: 3,
  file: 2,
  profile: 1,
  implied: 0,
  default: 0,
};

export class Draft {
  readonly role: Role;
  readonly problems: Problem[] = [];
  readonly notices: string[] = [];
  readonly #values = new Map<OptionKey, unknown>();
  readonly #sources = new Map<OptionKey, Source>();

  constructor(role: Role) {
    this.role = role;
  }

  get sources(): ReadonlyMap<OptionKey, Source> {
    return this.#sources;
  }

  set(key: OptionKey, value: unknown, source: Source): void {
    if (value === undefined) this.#values.delete(key);
    else this.#values.set(key, value);
    this.#sources.set(key, source);
  }

  get<K extends OptionKey>(key: K): OptionValue<K> | undefined {
    return this.#values.get(key) as OptionValue<K> | undefined;
  }

  rank(key: OptionKey): number {
    return RANK[this.#sources.get(key)?.kind ?? "default"];
  }

  /** Whether the setting was given: on the command line, in the environment, a file, or a profile. */
  isGiven(key: OptionKey): boolean {
    return this.rank(key) > 0;
  }

  /** Name of a setting in errors: the one under which it was given. */
  nameOf(key: OptionKey): string {
    const source = this.#sources.get(key);
    if (source?.kind === "env") return source.name;
    const flag = `--${optionOf(key).flag}`;
    if (source?.kind === "file") return `${flag} (${source.path}:${source.line}:${source.column})`;
    return source?.kind === "profile" ? `${flag} (profile ${source.name})` : flag;
  }

  /** Records a conflict. The setting of the highest rank among `keys` is the one to correct. */
  refuse(message: string, ...keys: OptionKey[]): void {
    const key = keys.reduce((best, candidate) => this.rank(candidate) > this.rank(best) ? candidate : best);
    this.problems.push({ message, source: this.#sources.get(key) ?? { kind: "default" } });
  }

  /** Sets a value that another setting requires. */
  imply<K extends OptionKey>(key: K, value: OptionValue<K> | undefined, by: OptionKey): void {
    this.set(key, value, { kind: "implied", by: `--${optionOf(by).flag}` });
  }

  /**
   * Two settings that exclude each other: the layer of higher precedence wins, and the other setting goes back
   * to its default; given in the same layer, both are refused.
   *
   * @param why completes "A and B …"
   */
  exclude(a: OptionKey, b: OptionKey, why: string): void {
    if (!this.isGiven(a) || !this.isGiven(b)) return;
    if (this.rank(a) === this.rank(b)) this.refuse(`${this.nameOf(a)} and ${this.nameOf(b)} ${why}`, a, b);
    else if (this.rank(a) > this.rank(b)) this.reset(b, a);
    else this.reset(a, b);
  }

  /** Resets a setting to its default because of another. */
  reset(key: OptionKey, by: OptionKey): void {
    this.set(key, optionOf(key).default, { kind: "implied", by: `--${optionOf(by).flag}` });
  }

  /** The finished configuration, deeply frozen. */
  freeze(): RunConfig {
    // The table's type guarantees that every field of the role's configuration has been set by now.
    return deepFreeze({ role: this.role, ...Object.fromEntries(this.#values) }) as unknown as RunConfig;
  }
}

function deepFreeze<T extends object>(value: T): T {
  for (const inner of Object.values(value)) {
    if (typeof inner === "object" && inner !== null) deepFreeze(inner);
  }
  return Object.freeze(value);
}
