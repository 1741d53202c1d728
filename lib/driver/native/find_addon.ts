/**
 * Where the addon is, and whether it can be loaded here: asked before a run starts, without loading it.
 *
 * The package stands in `native/node_modules`, where its own install step puts its library. `PLL_NATIVE_ADDON` names
 * another folder of the package, or a module that exports the same interface.
 */
import { join, resolve } from "node:path";
import { ADDON_PACKAGE, ADDON_VERSION } from "./addon.ts";
import { NativeAddonError } from "./addon_error.ts";

export const ADDON_VARIABLE = "PLL_NATIVE_ADDON";
export const INSTALL_COMMAND = `deno install --allow-scripts=npm:${ADDON_PACKAGE}`;

/** How the machine is asked. */
export interface AddonHost {
  /** Value of `PLL_NATIVE_ADDON`. */
  readonly named: string | undefined;
  /** The folder that the addon is installed in; undefined in an executable, which has none. */
  readonly home: string | undefined;
  readonly mayLoad: boolean;
  kindOf(path: string): "file" | "folder" | undefined;
}

export type AddonPlace =
  /** A folder of the package, with the library of its install step. */
  | { readonly kind: "package"; readonly folder: string; readonly library: string }
  /** A module that exports the addon's interface. */
  | { readonly kind: "module"; readonly path: string };

/** @throws {NativeAddonError} saying what is missing, and what to do about it */
export function findAddon(host: AddonHost = thisHost()): AddonPlace {
  const { named, home } = host;
  if (named !== undefined && named !== "") {
    const path = resolve(named);
    const kind = host.kindOf(path);
    if (kind === "file") return { kind: "module", path };
    if (kind === "folder") return packageIn(path, host, `${ADDON_VARIABLE}='${named}'`);
    throw new NativeAddonError(
      `${ADDON_VARIABLE}='${named}' is neither a folder of npm:${ADDON_PACKAGE} nor a module that stands in for it`,
    );
  }
  if (home === undefined) {
    throw new NativeAddonError(
      "--driver native is not in the executables: run it from source by 'deno task producer:native' or " +
        "'deno task consumer:native'",
    );
  }
  return packageIn(join(home, "node_modules", ADDON_PACKAGE), host, `npm:${ADDON_PACKAGE}@${ADDON_VERSION}`);
}

function packageIn(folder: string, host: AddonHost, what: string): AddonPlace {
  const library = join(folder, "lib", "binding", "pulsar.node");
  if (host.kindOf(library) !== "file") {
    const lack = host.kindOf(join(folder, "package.json")) === "file"
      ? "has no library, which its install step downloads"
      : "is not installed";
    throw new NativeAddonError(
      `${what} ${lack}: run '${INSTALL_COMMAND}' in the folder 'native' of this project`,
    );
  }
  if (!host.mayLoad) {
    throw new NativeAddonError(
      "--driver native loads a library, which needs --allow-ffi: run it by 'deno task producer:native' or " +
        "'deno task consumer:native'",
    );
  }
  return { kind: "package", folder, library };
}

function thisHost(): AddonHost {
  const { dirname } = import.meta;
  return {
    named: Deno.env.get(ADDON_VARIABLE),
    home: Deno.build.standalone || dirname === undefined ? undefined : join(dirname, "../../../native"),
    mayLoad: Deno.permissions.querySync({ name: "ffi" }).state === "granted",
    kindOf: (path) => {
      try {
        return Deno.statSync(path).isDirectory ? "folder" : "file";
      } catch {
        return undefined;
      }
    },
  };
}
