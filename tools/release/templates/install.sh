#!/bin/sh
# Installs @TITLE@: the executable 'lab' with its names 'producer' and 'consumer', completions and manual pages.
#
#   curl -fsSL @LATEST@/install.sh | sh
#
# PREFIX   where to (default: ~/.local, or /usr/local for root)
# VERSION  which release (default: @VERSION@)
# BASE_URL where archives and SHA256SUMS are (default: the release's downloads)
#
# Nothing is installed unless the archive has the checksum that SHA256SUMS gives.
set -eu

main() {
  version="${VERSION:-@VERSION@}"
  base_url="${BASE_URL:-@HOMEPAGE@/releases/download/v$version}"
  if [ "$(id -u)" -eq 0 ]; then prefix="${PREFIX:-/usr/local}"; else prefix="${PREFIX:-$HOME/.local}"; fi

  system="$(uname -s)/$(uname -m)"
  case "$system" in
@CASES@
    *) fail "there is no executable for $system; there are: @NAMES@" ;;
  esac
  folder="@NAME@-$version-$target"
  archive="$folder.tar.gz"

  work="$(mktemp -d)"
  trap 'rm -rf "$work"' EXIT
  trap 'exit 1' HUP INT TERM
  download "$base_url/SHA256SUMS" "$work/SHA256SUMS"
  download "$base_url/$archive" "$work/$archive"

  wanted="$(awk -v file="$archive" '$2 == file || $2 == "*" file { print $1 }' "$work/SHA256SUMS")"
  [ -n "$wanted" ] || fail "SHA256SUMS of $base_url does not list $archive"
  found="$(checksum "$work/$archive")"
  [ "$found" = "$wanted" ] || fail "$archive has the SHA-256 $found, but SHA256SUMS says $wanted: not installed"

  tar -xzf "$work/$archive" -C "$work"
  mkdir -p "$prefix/bin" "$prefix/share"
  # Under another name first: a program that runs cannot be written over.
  cp "$work/$folder/bin/lab" "$prefix/bin/.lab.$$"
  chmod 755 "$prefix/bin/.lab.$$"
  mv -f "$prefix/bin/.lab.$$" "$prefix/bin/lab"
  for name in producer consumer; do ln -sf lab "$prefix/bin/$name"; done
  cp -R "$work/$folder/share/." "$prefix/share/"

  echo "installed $("$prefix/bin/lab" --version) in $prefix/bin"
  case ":$PATH:" in
    *":$prefix/bin:"*) ;;
    *) echo "$prefix/bin is not on your PATH: add it" ;;
  esac
}

fail() {
  echo "install.sh: $1" >&2
  exit 1
}

download() {
  if command -v curl >/dev/null; then
    curl -fsSL --retry 2 -o "$2" "$1" || fail "cannot download $1"
  elif command -v wget >/dev/null; then
    wget -q -O "$2" "$1" || fail "cannot download $1"
  else
    fail "neither curl nor wget is there"
  fi
}

checksum() {
  if command -v sha256sum >/dev/null; then
    sha256sum "$1" | cut -d ' ' -f 1
  elif command -v shasum >/dev/null; then
    shasum -a 256 "$1" | cut -d ' ' -f 1
  else
    fail "neither sha256sum nor shasum is there: the archive cannot be checked"
  fi
}

# At the end: a download that broke off runs nothing.
main
