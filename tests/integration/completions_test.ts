/** The completion scripts in the shells themselves. */
import assert from "node:assert/strict";
import { join } from "node:path";
import type { Shell } from "../../cli/completions/spec.ts";
import { completionScript, programOf } from "../../cli/completions/completions.ts";
import { LAB } from "../../cli/completions/program_test_support.ts";
import { installed, run } from "../support/process.ts";

/** A line as typed up to the cursor, and the words that are offered, sorted. */
const CASES: readonly (readonly [line: string, offered: readonly string[]])[] = [
  ["producer --compression l", ["lz4"]],
  ["producer --compression=z", ["zlib", "zstd"]],
  ["producer --compress", ["--compressibility", "--compression"]],
  ["producer -d 1s --thr", ["--threshold"]],
  ["producer --no-batch", ["--no-batching"]],
  ["producer --embedded=", ["memory", "null"]],
  ["producer --topic ", []],
  ["producer -c l", ["lab.yaml"]],
  ["producer --profile l", ["lab.yaml", "low-latency"]],
  ["producer comp", ["completions"]],
  ["producer completions ", ["bash", "fish", "zsh"]],
  ["lab re", ["report"]],
  ["lab ", ["doctor", "report"]],
  ["lab report r", ["result.json"]],
  ["lab report --output r", ["result.json"]],
  ["lab report --out", ["--output"]],
];

interface Driver {
  /** Arguments that make the shell check the script without running it. */
  readonly check: (script: string) => readonly string[];
  /** The words offered for a line. */
  readonly complete: (script: string, line: string, folder: string) => Promise<readonly string[]>;
}

const BASH = `source "$1"; shift
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
"_$1"; printf '%s\\n' "\${COMPREPLY[@]}"`;

/** Types the line into an interactive zsh and records what its completion system is given to offer. */
const ZSH = `zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "PROMPT=; autoload -U compinit; compinit -u -D; source '$1'; out='$2'"
zpty -w shell 'compadd() {
  if [[ \${@[1,(i)(-|--)]} == *-(O|A|D)\\ * ]]; then builtin compadd "$@"; return; fi
  local -a offered; builtin compadd -A offered "$@"; (( $#offered )) && print -rl -- $offered >> $out
  builtin compadd "$@"
}'
zpty -w shell 'finish() { print > $out.done }; zle -N finish; bindkey "^X" finish; print > $out.ready'
repeat 1500; do [[ -e $2.ready ]] && break; sleep 0.02; done
zpty -w -n shell "$3"$'\\t\\x18'
repeat 1500; do [[ -e $2.done ]] && break; sleep 0.02; done
zpty -d shell
[[ ! -e $2 ]] || cat $2`;

const DRIVERS: Readonly<Record<Shell, Driver>> = {
  bash: {
    check: (script) => ["-n", script],
    complete: async (script, line, cwd) => {
      // What readline does before it calls the function: split at blanks and at '='.
      const words = line.split(/ +|(=)/).filter((word) => word !== undefined && word !== "");
      if (/ $/.test(line)) words.push("");
      return lines(await run("bash", ["--norc", "-c", BASH, "bash", script, ...words], { cwd }));
    },
  },
  zsh: {
    check: (script) => ["-n", script],
    complete: async (script, line, cwd) => {
      const out = join(await Deno.makeTempDir({ dir: cwd, prefix: ".zsh" }), "offered");
      return lines(await run("zsh", ["-f", "-c", ZSH, "zsh", script, out, line], { cwd }));
    },
  },
  fish: {
    check: (script) => ["--no-config", "--no-execute", script],
    complete: async (script, line, cwd) => {
      const code = 'source "$argv[1]"; complete -C "$argv[2]"';
      const found = lines(await run("fish", ["--no-config", "-c", code, script, line], { cwd }));
      // A description follows a tab; after '=' fish offers whole words.
      return found.map((word) => word.split("\t")[0]!.replace(/^--[\w-]+=/, ""));
    },
  },
};

function lines(result: { code: number; output: string }): string[] {
  assert.equal(result.code, 0, result.output);
  return result.output.split("\n").map((line) => line.trim()).filter(Boolean);
}

for (const shell of ["bash", "zsh", "fish"] as const) {
  const isInstalled = await installed(shell);
  const reason = isInstalled ? "" : ` (skipped: no ${shell} here)`;
  // CI installs all three shells; a missing one there is a mistake, not a reason to skip.
  const ignore = !isInstalled && Deno.env.get("CI") === undefined;
  Deno.test({ name: `${shell} completes what the programs understand${reason}`, ignore }, async (context) => {
    const folder = await Deno.makeTempDir();
    try {
      for (const name of ["lab.yaml", "result.json"]) await Deno.writeTextFile(join(folder, name), "");
      const scripts = new Map<string, string>();
      for (const program of [programOf("producer"), programOf("consumer"), LAB]) {
        const script = join(folder, `.${program.name}.${shell}`);
        await Deno.writeTextFile(script, completionScript(shell, program));
        scripts.set(program.name, script);
        const checked = await run(shell, DRIVERS[shell].check(script));
        assert.equal(checked.code, 0, `${program.name}: ${checked.output}`);
      }
      for (const [line, offered] of CASES) {
        await context.step(`'${line}'`, async () => {
          const script = scripts.get(line.split(" ")[0]!)!;
          const found = await DRIVERS[shell].complete(script, line, folder);
          assert.deepEqual([...new Set(found)].sort(), [...offered]);
        });
      }
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}
