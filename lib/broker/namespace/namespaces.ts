/** The tenants and namespaces of a broker. They come to be by an admin's request, or with their first topic. */
import { isEntityName } from "../../wire/topic_name.ts";
import { DEFAULT_BUNDLES } from "./bundles.ts";
import type { NamespacePolicies } from "./policies.ts";
import { Refusal } from "../refusal.ts";

/** One namespace; topics hold on to theirs, so a changed policy reaches them. */
export class Namespace {
  /** `tenant/namespace`. */
  readonly name: string;
  readonly bundles: number;
  policies: NamespacePolicies;

  constructor(name: string, policies: NamespacePolicies = {}, bundles = DEFAULT_BUNDLES) {
    this.name = name;
    this.policies = policies;
    this.bundles = bundles;
  }
}

export class Namespaces {
  readonly #tenants = new Set(["public"]);
  readonly #all = new Map([["public/default", new Namespace("public/default")]]);

  get all(): IterableIterator<Namespace> {
    return this.#all.values();
  }

  /** In order of their names. */
  get tenants(): string[] {
    return [...this.#tenants].sort();
  }

  /** @throws {Refusal} when it exists or has no possible name */
  createTenant(name: string): void {
    if (!isEntityName(name)) throw new Refusal("MetadataError", "Tenant name is not valid");
    if (this.#tenants.has(name)) throw new Refusal("NotAllowedError", "Tenant already exist");
    this.#tenants.add(name);
  }

  /** @throws {Refusal} `TopicNotFound` when there is none, `NotAllowedError` when it has namespaces */
  deleteTenant(name: string): void {
    if (this.of(name).length > 0) {
      throw new Refusal("NotAllowedError", "The tenant still has active namespaces");
    }
    this.#tenants.delete(name);
  }

  /** Names of a tenant's namespaces, in order. @throws {Refusal} `TopicNotFound` when there is no such tenant */
  of(tenant: string): string[] {
    if (!this.#tenants.has(tenant)) throw new Refusal("TopicNotFound", "Tenant not found");
    return [...this.#all.keys()].filter((name) => name.startsWith(`${tenant}/`)).sort();
  }

  /** @throws {Refusal} when it exists, has no possible name or no tenant */
  create(name: string, policies: NamespacePolicies, bundles?: number): Namespace {
    const [tenant, local, ...more] = name.split("/");
    if (!isEntityName(tenant!) || local === undefined || !isEntityName(local) || more.length > 0) {
      throw new Refusal(
        "MetadataError",
        `Namespace name is not valid: '${name}'; expected 'tenant/namespace'`,
      );
    }
    if (!this.#tenants.has(tenant!)) throw new Refusal("TopicNotFound", "Tenant does not exist");
    if (this.#all.has(name)) throw new Refusal("NotAllowedError", "Namespace already exists");
    const namespace = new Namespace(name, policies, bundles);
    this.#all.set(name, namespace);
    return namespace;
  }

  /** @throws {Refusal} `TopicNotFound` */
  get(name: string): Namespace {
    const namespace = this.#all.get(name);
    if (namespace === undefined) throw new Refusal("TopicNotFound", "Namespace does not exist");
    return namespace;
  }

  /** The namespace of a topic, which comes to be with it. */
  use(name: string): Namespace {
    let namespace = this.#all.get(name);
    if (namespace === undefined) {
      this.#tenants.add(name.split("/", 1)[0]!);
      this.#all.set(name, namespace = new Namespace(name));
    }
    return namespace;
  }

  /** Its topics must have been deleted before. */
  delete(name: string): void {
    this.#all.delete(name);
  }
}
