/** Everything of a release that is text and follows from the table of targets and the checksums. */
import { homepage, PRODUCT, type Release } from "./product.ts";
import { formula } from "./homebrew.ts";
import { installPs1, installSh } from "./installers.ts";
import { scoopManifest, wingetManifests } from "./windows.ts";

const TEMPLATES = new URL("./templates/", import.meta.url);

/** Files by their path in the release's folder. */
export async function manifests(release: Release): Promise<Record<string, string>> {
  const template = (name: string): Promise<string> => Deno.readTextFile(new URL(name, TEMPLATES));
  const winget = Object.entries(wingetManifests(release)).map(([name, text]) => [`winget/${name}`, text]);
  return {
    "install.sh": installSh(await template("install.sh"), release),
    "install.ps1": installPs1(await template("install.ps1"), release),
    [`${PRODUCT.name}.rb`]: formula(release),
    [`${PRODUCT.name}.json`]: scoopManifest(release),
    ...Object.fromEntries(winget),
  };
}

/** What stands below the notes of CHANGELOG.md. */
export function installationNotes({ repository, version, targets }: Release): string {
  const latest = `${homepage(repository)}/releases/download/v${version}`;
  return `
### Install

\`\`\`sh
curl -fsSL ${latest}/install.sh | sh        # Linux, macOS; checks the SHA-256
irm ${latest}/install.ps1 | iex             # Windows (PowerShell)
docker run --rm ghcr.io/${repository}:${version} demo
\`\`\`

Archives for ${
    targets.map(({ name }) => name).join(", ")
  }. \`gh attestation verify FILE --repo ${repository}\` proves that a
file was built from this repository; \`sbom.cdx.json\` lists what the executables hold.
`;
}
