/** Notes of a release: the section of CHANGELOG.md that is headed by its version. */

/**
 * @throws {Error} if the section is missing or empty, or holds nothing but headings
 */
export function releaseNotes(changelog: string, version: string): string {
  const sections = changelog.split(/^## /m).slice(1);
  const titles = sections.map((section) => section.split("\n", 1)[0]!.trim());
  const index = titles.findIndex((title) => title.replace(/^\[?([^\]\s]+)\]?.*$/, "$1") === version);
  if (index === -1) {
    throw new Error(
      `CHANGELOG.md has no section '## ${version}'; it has ${titles.map((title) => `'${title}'`).join(", ")}`,
    );
  }
  const text = sections[index]!.slice(titles[index]!.length).trim();
  if (!/^[-*] /m.test(text)) throw new Error(`CHANGELOG.md: the section '${titles[index]}' lists nothing`);
  return `${text}\n`;
}
