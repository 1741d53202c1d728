import assert from "node:assert/strict";
import { releaseNotes } from "./notes.ts";
import { plan } from "./plan.ts";
import { PRODUCT, repositoryOf, sumOf, versionOf } from "./product.ts";
import { RELEASE } from "./release_test_support.ts";
import { RELEASE_TARGETS, type ReleaseTarget, targetOf } from "./targets.ts";

const CHANGELOG = `# Changelog

## Unreleased

## ${PRODUCT.version} - 2026-08-20

### Added

- Something.

## 0.0.1

Nothing to list.
`;

Deno.test("a tag must be that of the version in deno.json", () => {
  assert.equal(versionOf("v1.2.3", "1.2.3"), "1.2.3");
  assert.equal(versionOf("v1.2.3-rc.1", "1.2.3-rc.1"), "1.2.3-rc.1");
  assert.throws(() => versionOf("v1.2.4", "1.2.3"), /tag 'v1\.2\.4'.*'v1\.2\.3'/);
  assert.throws(() => versionOf("1.2.3", "1.2.3"), /'1\.2\.3'.*'v1\.2\.3'/);
  assert.throws(() => versionOf("v1.2", "1.2"), /version '1\.2' is no semantic version/);
});

Deno.test("the notes are the version's section of the changelog, without its heading", () => {
  assert.equal(releaseNotes(CHANGELOG, PRODUCT.version), "### Added\n\n- Something.\n");
  assert.equal(releaseNotes("## [1.0.0] - today\n\n- A.\n", "1.0.0"), "- A.\n");
});

Deno.test("a version without notes is named, with what the changelog has", () => {
  assert.throws(() => releaseNotes(CHANGELOG, "9.9.9"), /'## 9\.9\.9'; it has 'Unreleased'/);
  assert.throws(() => releaseNotes(CHANGELOG, "0.0.1"), /'0\.0\.1' lists nothing/);
});

Deno.test("the workflow gets every target with its runner, and an image for each architecture of Linux", () => {
  const { version, targets, images } = plan(`v${PRODUCT.version}`, CHANGELOG) as {
    version: string;
    targets: { name: string; runner: string }[];
    images: { image: string }[];
  };
  assert.equal(version, PRODUCT.version);
  assert.deepEqual(targets.map(({ name }) => name), RELEASE_TARGETS.map(({ name }) => name));
  assert.ok(targets.every(({ runner }) => runner !== ""));
  assert.deepEqual(images.map(({ image }) => image), ["amd64", "arm64"]);
});

Deno.test("names say what a target is, and no two are the same", () => {
  const targets: readonly ReleaseTarget[] = RELEASE_TARGETS;
  for (const { name, os, arch, archive } of targets) {
    assert.equal(name, `${os}-${arch}`);
    assert.equal(archive, os === "windows" ? "zip" : "tar.gz");
  }
  assert.equal(new Set(targets.map(({ triple }) => triple)).size, targets.length);
  assert.throws(() => targetOf("riscv64"), /'riscv64'; there are x86_64-unknown-linux-gnu/);
});

Deno.test("a checksum that is missing is named", () => {
  assert.throws(
    () => sumOf({ ...RELEASE, sums: new Map() }, targetOf("aarch64-apple-darwin")),
    /'pulsar-local-lab-1\.2\.3-macos-arm64\.tar\.gz'/,
  );
});

Deno.test("the repository is the workflow's own, else the project's; something else is refused", () => {
  assert.equal(repositoryOf(() => "someone/fork"), "someone/fork");
  assert.equal(repositoryOf(() => undefined), "pulsar-local-lab/pulsar-local-lab");
  assert.throws(() => repositoryOf(() => "a b"), /GITHUB_REPOSITORY is 'a b'/);
});
