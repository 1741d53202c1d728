/**
 * Which arguments minikube, helm and kubectl take, as far as the lab uses them: facts from `helm … --help` 4.3,
 * `kubectl … --help` 1.32 (both checked by a test where they are installed) and Minikube's reference for 1.38.
 */

/** `value`: always one; `switch`: none, or one behind `=`. */
export type FlagKind = "value" | "switch";

export interface Grammar {
  readonly flags: Readonly<Record<string, FlagKind>>;
  /** Fewest and most arguments that are no flags, after the command's own words. */
  readonly operands: readonly [number, number];
}

export const SHORT: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  minikube: { p: "profile", o: "output" },
  helm: { f: "values", o: "output", n: "namespace" },
  kubectl: { f: "filename", o: "output", n: "namespace", l: "selector" },
};

const GLOBAL: Readonly<Record<string, Readonly<Record<string, FlagKind>>>> = {
  minikube: { profile: "value" },
  helm: { "kube-context": "value", namespace: "value" },
  kubectl: { context: "value", namespace: "value", "request-timeout": "value" },
};

const chart = { repo: "value", version: "value" } as const;

const COMMANDS: Readonly<Record<string, Readonly<Record<string, Grammar>>>> = {
  minikube: {
    version: { flags: { output: "value" }, operands: [0, 0] },
    status: { flags: { output: "value" }, operands: [0, 0] },
    start: {
      flags: {
        cpus: "value",
        memory: "value",
        "disk-size": "value",
        driver: "value",
        wait: "value",
        interactive: "switch",
        "dry-run": "switch",
      },
      operands: [0, 0],
    },
    stop: { flags: {}, operands: [0, 0] },
    delete: { flags: {}, operands: [0, 0] },
  },
  helm: {
    version: { flags: { short: "switch" }, operands: [0, 0] },
    "show chart": { flags: chart, operands: [1, 1] },
    "show values": { flags: chart, operands: [1, 1] },
    upgrade: {
      flags: {
        ...chart,
        install: "switch",
        labels: "value",
        values: "value",
        wait: "switch",
        "rollback-on-failure": "switch",
        timeout: "value",
      },
      operands: [2, 2],
    },
    uninstall: {
      flags: { "ignore-not-found": "switch", wait: "switch", timeout: "value" },
      operands: [1, Infinity],
    },
    status: { flags: { output: "value" }, operands: [1, 1] },
  },
  kubectl: {
    version: { flags: { client: "switch", output: "value" }, operands: [0, 0] },
    "config view": { flags: { output: "value" }, operands: [0, 0] },
    get: {
      flags: {
        "all-namespaces": "switch",
        "field-selector": "value",
        "ignore-not-found": "switch",
        output: "value",
        selector: "value",
      },
      operands: [1, Infinity],
    },
    apply: {
      flags: {
        "server-side": "switch",
        "force-conflicts": "switch",
        "field-manager": "value",
        filename: "value",
      },
      operands: [0, 0],
    },
    delete: {
      flags: { selector: "value", "ignore-not-found": "switch", timeout: "value" },
      operands: [1, Infinity],
    },
    logs: {
      flags: {
        selector: "value",
        tail: "value",
        "max-log-requests": "value",
        "ignore-errors": "switch",
      },
      operands: [0, 2],
    },
    "rollout status": { flags: { timeout: "value" }, operands: [1, Infinity] },
    "port-forward": { flags: { address: "value" }, operands: [2, Infinity] },
  },
};

/** Helm 3 has the older name of a flag. */
const HELM_3: Readonly<Record<string, FlagKind>> = { atomic: "switch" };

export function commandsOf(tool: string): Readonly<Record<string, Grammar>> {
  return COMMANDS[tool] ?? {};
}

export function globalFlags(tool: string): Readonly<Record<string, FlagKind>> {
  return GLOBAL[tool] ?? {};
}

/**
 * Reads arguments as these programs do (all three use the same library).
 *
 * @returns what is wrong with them, or undefined
 */
export function misuse(tool: string, args: readonly string[], isHelm3 = false): string | undefined {
  const commands = commandsOf(tool);
  const operands: string[] = [];
  const flags: string[] = [];
  const known = (name: string): FlagKind | undefined => {
    const grammars = Object.entries(commands);
    const chosen = grammars.find(([words]) => operands.join(" ").startsWith(words));
    const own = chosen?.[1].flags[name] ?? (isHelm3 ? HELM_3[name] : undefined);
    return own ?? globalFlags(tool)[name];
  };
  for (let index = 0; index < args.length; index++) {
    const word = args[index]!;
    if (!/^-./.test(word)) {
      operands.push(word);
      continue;
    }
    const long = word.startsWith("--");
    const [given, ...rest] = (long ? word.slice(2) : word.slice(1)).split("=");
    const name = long ? given! : SHORT[tool]?.[given!];
    const kind = name === undefined ? undefined : known(name);
    if (kind === undefined) return `unknown flag: ${word}`;
    flags.push(name!);
    if (kind === "switch" || rest.length > 0) continue;
    if (index + 1 >= args.length) return `flag needs an argument: ${word}`;
    index++;
  }
  const chosen = Object.entries(commands).find(([words]) =>
    operands.join(" ") === words || operands.join(" ").startsWith(`${words} `)
  );
  if (chosen === undefined) return `unknown command "${operands[0] ?? ""}"`;
  const [words, grammar] = chosen;
  const left = operands.length - words.split(" ").length;
  const [least, most] = grammar.operands;
  if (left < least || left > most) return `"${words}" takes ${least} to ${most} arguments, not ${left}`;
  if (isHelm3 && flags.includes("rollback-on-failure")) return "unknown flag: --rollback-on-failure";
  return undefined;
}
