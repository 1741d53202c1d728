import assert from "node:assert/strict";
import { parse } from "yaml";
import { formula } from "./homebrew.ts";
import { installationNotes, manifests } from "./manifests.ts";
import { archiveName, downloadUrl } from "./product.ts";
import { exampleSum, RELEASE, VERSION } from "./release_test_support.ts";
import { RELEASE_TARGETS, type ReleaseTarget } from "./targets.ts";
import { scoopManifest, wingetManifests } from "./windows.ts";

const TARGETS: readonly ReleaseTarget[] = RELEASE_TARGETS;
const urlOf = (target: ReleaseTarget): string => downloadUrl(RELEASE, archiveName(target, VERSION));
const windows = TARGETS.filter(({ os }) => os === "windows");

Deno.test("the formula has each archive of macOS and Linux with its checksum, in the block of its system", () => {
  const text = formula(RELEASE);
  for (const target of TARGETS.filter(({ os }) => os !== "windows")) {
    assert.ok(text.includes(`url "${urlOf(target)}"\n      sha256 "${exampleSum(target)}"`), target.name);
    const block = text.slice(text.indexOf(`on_${target.os} do`));
    assert.ok(block.slice(0, block.indexOf("\n  end")).includes(target.name), target.name);
  }
  assert.ok(!text.includes("windows"));
  assert.match(text, /^class PulsarLocalLab < Formula$/m);
});

Deno.test("winget's manifests name each archive for Windows, its checksum and the executable in it", () => {
  const files = wingetManifests(RELEASE);
  const [installer] = Object.entries(files).filter(([name]) => name.endsWith(".installer.yaml"));
  const { Installers } = parse(installer![1]);
  assert.deepEqual(
    Installers.map((
      one: Record<string, unknown>,
    ) => [one.Architecture, one.InstallerUrl, one.InstallerSha256]),
    windows.map((target) => [target.arch, urlOf(target), exampleSum(target)]),
  );
  assert.equal(
    Installers[0].NestedInstallerFiles[0].RelativeFilePath,
    "pulsar-local-lab-1.2.3-windows-x64\\bin\\lab.exe",
  );
  for (const text of Object.values(files)) assert.equal(parse(text).PackageVersion, VERSION);
});

Deno.test("Scoop gives the executable its three names, and its next version the same addresses", () => {
  const manifest = JSON.parse(scoopManifest(RELEASE));
  const [x64] = windows;
  assert.equal(manifest.architecture["64bit"].url, urlOf(x64!));
  assert.equal(manifest.architecture["64bit"].hash, exampleSum(x64!));
  assert.equal(manifest.autoupdate.architecture["64bit"].url.replaceAll("$version", VERSION), urlOf(x64!));
  assert.deepEqual(manifest.bin.slice(1).map((bin: string[]) => bin.slice(1)), [["producer", "producer"], [
    "consumer",
    "consumer",
  ]]);
});

Deno.test("install scripts know every target and leave no placeholder", async () => {
  const files = await manifests(RELEASE);
  for (const name of ["install.sh", "install.ps1"]) {
    assert.doesNotMatch(files[name]!, /@[A-Z]+@/);
    const own = TARGETS.filter(({ os }) => (os === "windows") === name.endsWith("ps1"));
    for (const target of own) assert.ok(files[name]!.includes(target.name), target.name);
  }
  assert.match(files["install.sh"]!, /^ {4}Darwin\/aarch64 \| Darwin\/arm64\) target=macos-arm64 ;;$/m);
  assert.match(files["install.ps1"]!, /Arm64 = "windows-arm64"/);
});

Deno.test("the notes say how to install exactly this version", () => {
  assert.match(installationNotes(RELEASE), /someone\/lab\/releases\/download\/v1\.2\.3\/install\.sh \| sh/);
});
