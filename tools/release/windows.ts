/** The manifests of Windows' package managers: winget and Scoop. */
import { stringify } from "yaml";
import {
  archiveFolder,
  archiveName,
  downloadUrl,
  homepage,
  PRODUCT,
  type Release,
  sumOf,
} from "./product.ts";

/** Version of winget's manifest format. */
export const WINGET_FORMAT = "1.10.0";

export const WINGET_KINDS = ["version", "installer", "defaultLocale"] as const;
export type WingetKind = typeof WINGET_KINDS[number];

/** winget's three files, by the names that its repository wants. */
export function wingetManifests(release: Release): Record<string, string> {
  const { version, repository } = release;
  const common = { PackageIdentifier: PRODUCT.wingetId, PackageVersion: version };
  const locale = "en-US";
  const contents: Record<WingetKind, Readonly<Record<string, unknown>>> = {
    version: { DefaultLocale: locale },
    installer: {
      InstallerType: "zip",
      NestedInstallerType: "portable",
      Commands: ["lab"],
      Installers: windowsTargets(release).map((target) => ({
        Architecture: target.arch,
        // One name only: winget refuses a second one for the same file. 'lab producer' and 'lab consumer' do the same.
        NestedInstallerFiles: [{
          RelativeFilePath: `${archiveFolder(target, version)}\\bin\\lab.exe`,
          PortableCommandAlias: "lab",
        }],
        InstallerUrl: downloadUrl(release, archiveName(target, version)),
        InstallerSha256: sumOf(release, target).toUpperCase(),
      })),
    },
    defaultLocale: {
      PackageLocale: locale,
      Publisher: PRODUCT.publisher,
      PackageName: PRODUCT.title,
      PackageUrl: homepage(repository),
      License: PRODUCT.license,
      ShortDescription: PRODUCT.description,
      Tags: ["apache-pulsar", "benchmark", "load-testing", "pulsar"],
      ReleaseNotesUrl: `${homepage(repository)}/releases/tag/v${version}`,
    },
  };
  return Object.fromEntries(WINGET_KINDS.map((kind) => {
    const manifest = { ...common, ...contents[kind], ManifestType: kind, ManifestVersion: WINGET_FORMAT };
    const schema =
      `# yaml-language-server: $schema=https://aka.ms/winget-manifest.${kind}.${WINGET_FORMAT}.schema.json`;
    return [fileName(kind, locale), `${schema}\n${stringify(manifest, { lineWidth: 0 })}`];
  }));
}

function fileName(kind: WingetKind, locale: string): string {
  const middle = { version: "", installer: ".installer", defaultLocale: `.locale.${locale}` }[kind];
  return `${PRODUCT.wingetId}${middle}.yaml`;
}

export function scoopManifest(release: Release): string {
  const keys = { x64: "64bit", arm64: "arm64" } as const;
  const architecture = (valueOf: (target: Release["targets"][number]) => unknown): Record<string, unknown> =>
    Object.fromEntries(windowsTargets(release).map((target) => [keys[target.arch], valueOf(target)]));
  const manifest = {
    version: release.version,
    description: PRODUCT.description,
    homepage: homepage(release.repository),
    license: PRODUCT.license,
    architecture: architecture((target) => ({
      url: downloadUrl(release, archiveName(target, release.version)),
      hash: sumOf(release, target),
      extract_dir: archiveFolder(target, release.version),
    })),
    bin: ["bin\\lab.exe", ["bin\\lab.exe", "producer", "producer"], ["bin\\lab.exe", "consumer", "consumer"]],
    checkver: "github",
    autoupdate: {
      architecture: architecture((target) => ({
        url: downloadUrl({ ...release, version: "$version" }, archiveName(target, "$version")),
        extract_dir: archiveFolder(target, "$version"),
      })),
      hash: { url: "$baseurl/SHA256SUMS" },
    },
  };
  return `${JSON.stringify(manifest, null, 4)}\n`;
}

function windowsTargets({ targets }: Release): Release["targets"] {
  return targets.filter(({ os }) => os === "windows");
}
