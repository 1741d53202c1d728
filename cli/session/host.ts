/** What a result says about the machine and the program. */
import { type HostRecord, TOOL_VERSION, type Versions } from "../../lib/report/result/result.ts";
import { buildInfo } from "../build_info.ts";

export function hostRecord(): HostRecord {
  return {
    name: Deno.hostname(),
    os: `${Deno.build.os} ${Deno.osRelease()}`,
    arch: Deno.build.arch,
    cpus: navigator.hardwareConcurrency,
    memoryBytes: Deno.systemMemoryInfo().total,
  };
}

export function versions(): Versions {
  const { version, commit } = buildInfo();
  return {
    [TOOL_VERSION]: version,
    ...(commit === undefined ? {} : { commit }),
    deno: Deno.version.deno,
    v8: Deno.version.v8,
  };
}
