/** The Homebrew formula. */
import { archiveName, downloadUrl, homepage, PRODUCT, type Release, sumOf } from "./product.ts";
import type { ReleaseTarget } from "./targets.ts";

const CPUS = { arm64: "on_arm", x64: "on_intel" } as const;

export function formula(release: Release): string {
  const systems = (["macos", "linux"] as const).map((os) => {
    const targets = release.targets.filter((target) => target.os === os);
    return targets.length === 0 ? "" : `  on_${os} do
${targets.map((target) => source(release, target)).join("\n")}
  end
`;
  });
  return `class ${PRODUCT.title.replaceAll(" ", "")} < Formula
  desc "${PRODUCT.description}"
  homepage "${homepage(release.repository)}"
  version "${release.version}"
  license "${PRODUCT.license}"

${systems.filter((text) => text !== "").join("\n")}
  def install
    bin.install "bin/lab"
    bin.install_symlink "lab" => "producer"
    bin.install_symlink "lab" => "consumer"
    bash_completion.install Dir["share/bash-completion/completions/*"]
    zsh_completion.install Dir["share/zsh/site-functions/*"]
    fish_completion.install Dir["share/fish/vendor_completions.d/*"]
    man1.install Dir["share/man/man1/*"]
  end

  test do
    assert_match version.to_s, shell_output("#{bin}/lab --version")
    assert_match "✓ ok", shell_output("#{bin}/producer --embedded=null --count 1000 --ui none")
  end
end
`;
}

function source(release: Release, target: ReleaseTarget): string {
  return `    ${CPUS[target.arch]} do
      url "${downloadUrl(release, archiveName(target, release.version))}"
      sha256 "${sumOf(release, target)}"
    end`;
}
