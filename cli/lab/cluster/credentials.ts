/** `lab credentials`: who may log in where. Secrets are shown only when asked for. */
import { refused } from "./answers.ts";
import { chooseContext } from "./cluster.ts";
import { kubectl } from "./steps.ts";
import type { LabWorld } from "./world.ts";

const LOGINS = [
  { title: "Grafana", open: "lab open grafana", secret: "pll-grafana", user: "user", password: "password" },
  {
    title: "Pulsar Manager",
    open: "lab open manager",
    secret: "pulsar-pulsar-manager-secret",
    user: "UI_USERNAME",
    password: "UI_PASSWORD",
  },
] as const;

/** @param show prints passwords; without it they do not even leave the cluster's answer */
export async function labCredentials(
  world: LabWorld,
  asked: string | undefined,
  show: boolean,
): Promise<void> {
  const { tools, print } = world;
  const context = await chooseContext(tools, asked);
  for (const { title, open, secret, user, password } of LOGINS) {
    const found = await tools.ask(
      kubectl(context.name, "get", "secret", secret, "--ignore-not-found", "-o", "json"),
    );
    if (found.code !== 0) {
      throw refused(context.name, found, "reading secrets", `there is no secret ${secret}`);
    }
    if (found.stdout.trim() === "") {
      print(`${title}: not installed\n`);
      continue;
    }
    const { data } = JSON.parse(found.stdout) as { data: Readonly<Record<string, string>> };
    const hidden = "hidden, --show prints it";
    print(
      `${title} (${open}): user ${plain(data[user])}, password ${show ? plain(data[password]) : hidden}\n`,
    );
  }
  print("Pulsar: no authentication\n");
}

function plain(base64: string | undefined): string {
  return base64 === undefined ? "?" : new TextDecoder().decode(Uint8Array.fromBase64(base64));
}
