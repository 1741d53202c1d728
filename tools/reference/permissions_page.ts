/** The page of permissions: what each executable may do, from the sets in deno.json, and why. */
import { PROGRAMS } from "../compile.ts";
import config from "../../deno.json" with { type: "json" };
import { code, page, table } from "./markdown.ts";

/** Why a program needs a permission; a permission without a line here fails the generator. */
const WHY: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  read: {
    ".": "the project's own files",
    "true":
      "files that options name: configuration, profiles, payloads, tokens, certificates, results; only the user knows where they are",
  },
  write: {
    ".": "results, CSV, HDR logs and reports in the project's folder",
    "true": "files that options name: results, CSV, HDR logs, reports",
  },
  net: {
    "127.0.0.1": "the broker inside",
    localhost: "the broker inside",
    "true": "brokers that options name and those that they redirect to; the port of the metrics",
  },
  sys: {
    hostname: "name of the machine in the result",
    osRelease: "version of the system in the result",
    systemMemoryInfo: "memory of the machine in the result",
  },
  env: {
    "PLL_*": "options, and variables that may hold a token",
    "PULSAR_*": "options that other Pulsar tools know too, and variables that may hold a token",
    CONSUMER_NUM_WORKERS: "an option's other name",
    CONSUMER_SUBSCRIPTION_TYPE: "an option's other name",
    PRODUCER_NUM_WORKERS: "an option's other name",
    JOB_COMPLETION_INDEX: "number of the pod in a Kubernetes Job",
    NO_COLOR: "whether colours are wanted",
    CLICOLOR_FORCE: "whether colours are wanted (read by a library)",
    FORCE_COLOR: "whether colours are wanted (read by a library)",
    COLORFGBG: "background of the terminal",
    COLORTERM: "colours that the terminal has",
    TERM: "what the terminal can do",
    TERM_PROGRAM: "what the terminal can do",
    WT_SESSION: "what the terminal can do",
    LANG: "whether the terminal shows Unicode",
    LC_ALL: "whether the terminal shows Unicode",
    LC_CTYPE: "whether the terminal shows Unicode",
    CI: "no moving panels in a build",
    LOG_STREAM: "read by the YAML parser when it starts",
    LOG_TOKENS: "read by the YAML parser when it starts",
  },
  run: {
    minikube: "`lab up`, `lab down`, `lab doctor`",
    helm: "`lab up`, `lab down`, `lab doctor`",
    kubectl: "all commands that have to do with a cluster",
    "xdg-open": "`lab open` on Linux",
    open: "`lab open` on macOS",
    rundll32: "`lab open` on Windows",
  },
  ffi: { "true": "the native client, which is a library of machine code" },
};

type Permissions = Readonly<Record<string, true | readonly string[]>>;
export const PERMISSION_SETS = config.permissions as unknown as Readonly<Record<string, Permissions>>;

/** The rows of one set: permission, what it is for, why. @throws {Error} for a permission without a reason */
export function permissionRows(set: string): string[][] {
  return Object.entries(PERMISSION_SETS[set] ?? {}).flatMap(([kind, given]) =>
    (given === true ? ["true"] : given).map((what) => {
      const why = WHY[kind]?.[what];
      if (why === undefined) {
        throw new Error(
          `permission set '${set}': '${kind}' '${what}' has no reason in tools/reference/permissions_page.ts`,
        );
      }
      return [code(`--allow-${kind}`), what === "true" ? "all" : code(what), why];
    })
  );
}

/** What a user starts: executables, and the tasks that run a program from source, each with its set. */
function programs(): { readonly name: string; readonly set: string }[] {
  const tasks = Object.entries(
    config.tasks as Readonly<Record<string, string | { readonly command: string }>>,
  )
    .flatMap(([task, given]) => {
      const command = typeof given === "string" ? given : given.command;
      const set = /^deno task --quiet program -P=([\w-]+) /.exec(command)?.[1];
      return set === undefined ? [] : [{ name: `deno task ${task}`, set }];
    });
  return [...PROGRAMS.map(({ name, permissions }) => ({ name, set: permissions })), ...tasks];
}

export function permissionsPage(): string {
  const all = programs();
  const sets = [...new Set(all.map(({ set }) => set))];
  return page(
    "# Permissions",
    "Executables and tasks run in Deno's sandbox with what is listed here and nothing else; an executable's list is fixed when it is built, and " +
      "nothing asks for more while it runs. The lists are the permission sets of `deno.json`.",
    table(["Program", "Set"], all.map(({ name, set }) => [code(name), `[${set}](#set-${set})`])),
    `Sets that may run other programs: ${havingKind(sets, "run")}. Sets that may load native libraries: ${
      havingKind(sets, "ffi")
    }.`,
    ...sets.flatMap((set) => [
      `## Set ${set}`,
      table(["Permission", "For", "Why"], permissionRows(set)),
    ]),
  );
}

function havingKind(sets: readonly string[], kind: string): string {
  return sets.filter((set) => PERMISSION_SETS[set]?.[kind] !== undefined).join(", ") || "none";
}
