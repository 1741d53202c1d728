/** Writes the examples of k8s/load from what `lab load` renders: `deno task load-manifests`. */
import { planLoad } from "../cli/lab/cluster/load.ts";
import { loadText } from "../cli/lab/cluster/pods.ts";

const COMMON = {
  producers: 4,
  consumers: 2,
  image: "pulsar-local-lab:dev",
  cpu: "2",
  memory: "1Gi",
} as const;

/** File below k8s/load, the command that prints it, and its text. */
export function exampleFiles(): { readonly file: string; readonly text: string }[] {
  const examples = [
    {
      file: "job.yaml",
      command: "lab load --name pll-example --pods 4 --consumers 2 -r 100k -d 1m --dry-run",
      options: { name: "pll-example", producerArgs: ["-r", "100k", "-d", "1m"] },
    },
    {
      file: "cronjob.yaml",
      command: "lab load --name pll-nightly --schedule '0 3 * * *' --pods 4 --consumers 2 " +
        "--stage ramp:2m:50k --stage 10m:50k --threshold 'response.p99<100ms' --dry-run",
      options: {
        name: "pll-nightly",
        schedule: "0 3 * * *",
        producerArgs: [
          "--stage",
          "ramp:2m:50k",
          "--stage",
          "10m:50k",
          "--threshold",
          "response.p99<100ms",
        ],
      },
    },
  ];
  return examples.map(({ file, command, options }) => ({
    file,
    text: `# Printed by: ${command}\n` +
      loadText(planLoad({ ...COMMON, consumerSettings: [], ...options }, false)),
  }));
}

if (import.meta.main) {
  for (const { file, text } of exampleFiles()) {
    Deno.writeTextFileSync(new URL(`../k8s/load/${file}`, import.meta.url), text);
  }
}
