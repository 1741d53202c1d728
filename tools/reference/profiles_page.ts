/** The page of the profiles: every value with the reason that its file gives. */
import { type Document, isMap, isScalar, parseDocument, type YAMLMap } from "yaml";
import { EMBEDDED_PROFILES } from "../../lib/config/embedded_profiles.ts";
import { code, page, table } from "./markdown.ts";

export interface ProfileValue {
  readonly section: string;
  readonly key: string;
  readonly value: string;
  /** The comment above the value. */
  readonly why: string;
}

export interface Profile {
  readonly name: string;
  readonly description: string;
  readonly values: readonly ProfileValue[];
}

/** The profiles inside the executables. @throws {Error} for a value that has no comment */
export function profiles(): readonly Profile[] {
  return Object.entries(EMBEDDED_PROFILES).map(([name, text]) => {
    const document: Document = parseDocument(text);
    if (!isMap(document.contents)) throw new Error(`profile '${name}' is no mapping`);
    return {
      name,
      description: String(document.get("description")),
      values: valuesOf(name, document.contents, "both"),
    };
  });
}

function valuesOf(profile: string, map: YAMLMap, section: string): ProfileValue[] {
  return map.items.flatMap(({ key, value }, index): ProfileValue[] => {
    if (!isScalar(key)) throw new Error(`profile '${profile}': a key that is no word`);
    const name = String(key.value);
    if (name === "description") return [];
    if (isMap(value)) return valuesOf(profile, value, name);
    // The parser gives what stands above the first key of a mapping to the mapping.
    const comment = key.commentBefore ?? (index === 0 ? map.commentBefore : undefined);
    if (comment === undefined || comment === null) {
      throw new Error(`profiles/${profile}.yaml: '${name}' has no comment above it that says why`);
    }
    const why = comment.trim().split("\n").map((line) => line.trim()).join(" ");
    return [{ section, key: name, value: isScalar(value) ? String(value.source ?? value.value) : "", why }];
  });
}

/** Name and description of each profile. */
export function profileTable(): string {
  return table(
    ["profile", "what it is"],
    profiles().map(({ name, description }) => [code(name), description]),
  );
}

export function profilesPage(): string {
  return page(
    "# Profiles",
    "A profile is a file of settings that a run starts from: `--profile NAME` for one of these, `--profile FILE.yaml` for one of your own. " +
      "Environment, `--config` file and command line go before it. The keys are the options' names " +
      "([producer](producer.md), [consumer](consumer.md)); what is not named keeps its default. The files are in `profiles/`, and their " +
      "[JSON Schema](../../profiles/schema.json) lets editors complete others.",
    profileTable(),
    ...profiles().flatMap(({ name, description, values }) => [
      `## ${name}`,
      `${description}.`,
      table(
        ["For", "Setting", "Value", "Why"],
        values.map(({ section, key, value, why }) => [
          section,
          code(key),
          code(value),
          why,
        ]),
      ),
    ]),
  );
}
