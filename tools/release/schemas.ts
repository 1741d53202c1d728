/**
 * The schemas that generated files are held against. They belong to others, so they are not in this repository: each is
 * pinned by its checksum and fetched when it is needed. Where it cannot be fetched, the caller says so.
 */
import { Ajv } from "ajv";
import { join } from "node:path";
import { output } from "./archive.ts";
import { WINGET_FORMAT, WINGET_KINDS } from "./windows.ts";

export interface PinnedSchema {
  readonly url: string;
  readonly sha256: string;
}

const WINGET =
  "https://raw.githubusercontent.com/microsoft/winget-cli/fa3d9e511d1bd9bed2f1b72e9f0fa25323e7f3eb";
const WINGET_SUMS = {
  version: "330a3ece4ed602afb0c4f35290d14dec1e188e7b3c2fb330893ac3daac82b547",
  installer: "cca7bea1fbdaa18a3d5231de7f9f896b1dd41283c33a03a0565771861d393b31",
  defaultLocale: "77e406d25b35f908f70fb893335155e9e8a83aa59a6f3e9f959692e995e51e3c",
} as const;

/** By the kind of manifest. */
export const WINGET_SCHEMAS: Readonly<Record<string, PinnedSchema>> = Object.fromEntries(
  WINGET_KINDS.map((kind) => [kind, {
    url: `${WINGET}/schemas/JSON/manifests/v${WINGET_FORMAT}/manifest.${kind}.${WINGET_FORMAT}.json`,
    sha256: WINGET_SUMS[kind],
  }]),
);

export const SCOOP_SCHEMA: PinnedSchema = {
  url:
    "https://raw.githubusercontent.com/ScoopInstaller/Scoop/b588a06e41d920d2123ec70aee682bae14935939/schema.json",
  sha256: "6c15a47b09dba92bcdee8b0dadbe2776339c699e3bf4db0eff0ef0a000f2496c",
};

const FETCH_MS = 10_000;

/** The host of a schema cannot be reached. */
export class SchemaUnreachableError extends Error {
  override readonly name = "SchemaUnreachableError";
  readonly code = "SCHEMA_UNREACHABLE";
}

/**
 * The schema, from a folder by its file name where one is given, else from its address.
 *
 * @throws {SchemaUnreachableError} {Error} for another content than the pinned one
 */
export async function loadSchema({ url, sha256 }: PinnedSchema, folder?: string): Promise<object> {
  const bytes = folder === undefined
    ? await fetched(url)
    : await Deno.readFile(join(folder, url.split("/").at(-1)!));
  const sum = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes)).toHex();
  if (sum !== sha256) throw new Error(`${url} has the SHA-256 ${sum}, expected ${sha256}`);
  return JSON.parse(new TextDecoder().decode(bytes));
}

async function fetched(url: string): Promise<Uint8Array<ArrayBuffer>> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(FETCH_MS) });
    if (!response.ok) throw new Error(`status ${response.status}`);
    return await response.bytes();
  } catch (cause) {
    throw new SchemaUnreachableError(`${new URL(url).host} cannot be reached`, { cause });
  }
}

/** The package that has CycloneDX's own schemas, and what they are called in it. */
const CYCLONEDX_PACKAGE = "@cyclonedx/cyclonedx-library@10.3.0";
const CYCLONEDX_SCHEMAS = ["bom-1.6.SNAPSHOT", "spdx.SNAPSHOT", "jsf-0.82.SNAPSHOT"].map((name) =>
  `${name}.schema.json`
);

/** CycloneDX's schema and those that it refers to, the main one first; `work` is a folder for the package. */
export async function cycloneDxSchemas(work: string): Promise<object[]> {
  const archive = (await output("npm", ["pack", "--silent", "--pack-destination", work, CYCLONEDX_PACKAGE]))
    .trim();
  await output("tar", ["-xzf", join(work, archive.split("\n").at(-1)!), "-C", work]);
  const folder = join(work, "package", "res", "schema");
  return await Promise.all(CYCLONEDX_SCHEMAS.map(async (name) => {
    const schema = JSON.parse(await Deno.readTextFile(join(folder, name)));
    // They refer to one another by the names of their files.
    return { ...schema, $id: new URL(name, schema.$id).href };
  }));
}

/** What is wrong with a value, one line each. */
export function violations(value: unknown, [schema, ...others]: readonly object[]): string[] {
  const ajv = new Ajv({ strict: false, allErrors: true, validateFormats: false, logger: false });
  for (const other of others) ajv.addSchema(other);
  const validate = ajv.compile(schema!);
  validate(value);
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath || "/"} ${message}`);
}
