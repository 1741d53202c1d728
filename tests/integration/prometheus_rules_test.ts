/** Configurations, rules and alerts, held against the real promtool. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { parse } from "yaml";
import { run } from "../support/process.ts";
import { Prometheus } from "../support/prometheus.ts";
import { configNames, type PodPort, runnableConfig } from "../support/prometheus_config.ts";
import { missingPrograms, testUnless } from "../support/shared_broker.ts";

const FOLDER = new URL("../../prometheus/", import.meta.url);
const RUNBOOKS = new URL("../../docs/runbooks/", import.meta.url);
/** Where runbooks are read: a link has to work in every interface that shows an alert. */
const RUNBOOK_BASE = "https://github.com/pulsar-local-lab/pulsar-local-lab/blob/main/docs/runbooks/";
const ALERTMANAGER = "alertmanager/alertmanager.yml";
const SEVERITIES = ["info", "warning", "critical"];

interface Rule {
  readonly alert?: string;
  readonly record?: string;
  readonly expr: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
}

interface RuleTest {
  readonly tests: readonly {
    readonly input_series: readonly { readonly series: string; readonly values: string }[];
    readonly alert_rule_test: readonly {
      readonly alertname: string;
      readonly exp_alerts?: readonly unknown[];
    }[];
  }[];
}

/** It is there to be missed when it stops. */
const ALWAYS_FIRING = "Watchdog";

const test = testUnless(await missingPrograms("promtool"));
const alerts = rulesOf("rules").filter(({ alert }) => alert !== undefined);

function namesIn(folder: string): string[] {
  return [...Deno.readDirSync(new URL(`${folder}/`, FOLDER))].map(({ name }) => name)
    .filter((name) => name.endsWith(".yml")).sort();
}

function rulesOf(folder: string): Rule[] {
  return namesIn(folder).flatMap((name) => {
    const text = Deno.readTextFileSync(new URL(`${folder}/${name}`, FOLDER));
    return (parse(text) as { groups: { rules: Rule[] }[] }).groups.flatMap(({ rules }) => rules);
  });
}

async function promtool(args: readonly string[], cwd: URL | string): Promise<string> {
  const { code, output } = await run("promtool", args, { cwd });
  assert.equal(code, 0, output);
  return output;
}

test("promtool accepts all rules", async () => {
  for (const folder of ["rules", "rules-ha", "rules-upgrade"]) {
    const files = namesIn(folder).map((name) => `${folder}/${name}`);
    assert.ok(files.length > 0);
    await promtool(["check", "rules", ...files], FOLDER);
  }
});

test("promtool accepts each configuration, with what Kubernetes would discover listed instead", async () => {
  const names = configNames();
  assert.deepEqual(names, ["prometheus-ha.yml", "prometheus-upgrade.yml", "prometheus.yml"]);
  for (const name of names) {
    const folder = await Deno.makeTempDir();
    try {
      for (const [file, text] of await runnableConfig(name, [], "127.0.0.1:9090", "[]\n")) {
        await Deno.mkdir(join(folder, file, ".."), { recursive: true });
        await Deno.writeTextFile(join(folder, file), text);
      }
      assert.match(await promtool(["check", "config", "prometheus.yml"], folder), /SUCCESS/);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  }
});

const needsPrometheus = testUnless(await missingPrograms("prometheus"));

needsPrometheus("function workers, and the pods that they start for functions, are scraped", async () => {
  const pod = (name: string, portName: string, labels: Record<string, string>): PodPort => ({
    // Nobody listens there.
    address: `127.0.0.1:${1 + pods.length}`,
    pod: name,
    portName,
    labels,
    image: "apachepulsar/pulsar:4.2.4",
  });
  const pods: PodPort[] = [];
  // As the chart with `components.function_worker`, and as KubernetesRuntime of 4.2.4, makes them.
  pods.push(pod("pulsar-function-worker-0", "http", {
    ...{ app: "pulsar", component: "function-worker", cluster: "lab" },
  }));
  for (const component of ["function", "source", "sink"]) {
    const labels = { component, tenant: "shop", namespace: "web", name: "check" };
    pods.push(pod(`pf-shop-web-${component}-0`, "prometheus", labels));
    pods.push(pod(`pf-shop-web-${component}-0`, "grpc", labels));
  }
  pods.push(pod("shop-0", "prometheus", { app: "shop", component: "function" }));
  // Each takes some seconds until it looks for its targets.
  await Promise.all(
    configNames().map(async (name) => {
      await using prometheus = await Prometheus.start(
        await runnableConfig(name, pods, "127.0.0.1:1", "[]\n"),
      );
      assert.deepEqual(await targetsOf(prometheus), [
        "function pf-shop-web-function-0",
        "function-worker pulsar-function-worker-0",
        "sink pf-shop-web-sink-0",
        "source pf-shop-web-source-0",
      ], name);
    }),
  );
});

/** Job and instance of each target but Prometheus itself, once there are any. */
async function targetsOf(prometheus: Prometheus): Promise<string[]> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const targets = (await prometheus.targets()).filter(({ labels }) => labels.job !== "prometheus");
    if (targets.length > 0) return targets.map(({ labels }) => `${labels.job} ${labels.instance}`).sort();
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return [];
}

Deno.test("`deno task prometheus:load` loads each configuration with the code of the version that is installed", () => {
  const read = (path: string): string => Deno.readTextFileSync(new URL(`../${path}`, FOLDER));
  const { tasks } = JSON.parse(read("deno.json")) as { tasks: Record<string, { command: string }> };
  assert.deepEqual(tasks["prometheus:load"]!.command.match(/[\w-]+\.yml/g)!.sort(), configNames());
  // Prometheus 3.5.0 is v0.305.0 among the modules of Go.
  const [, minor, patch] = /prometheus\/prometheus v0\.3(\d\d)\.(\d+)\n/
    .exec(read("tools/prometheus_config/go.mod"))!;
  for (const path of ["k8s/monitoring/prometheus.yaml", "prometheus/kubernetes/deployment.yaml"]) {
    assert.ok(read(path).includes(`image: prom/prometheus:v3.${Number(minor)}.${patch}\n`), path);
  }
});

test("every alert fires when it should, with its texts, and is silent when it should be", async () => {
  await promtool(["test", "rules", ...namesIn("tests")], new URL("tests/", FOLDER));
});

Deno.test("every alert has a firing case, and a silent one with the same series and other values", () => {
  const cases = namesIn("tests").flatMap((name) =>
    (parse(Deno.readTextFileSync(new URL(`tests/${name}`, FOLDER))) as RuleTest).tests
  );
  for (const { alert } of alerts) {
    const ofAlert = cases.filter(({ alert_rule_test }) =>
      alert_rule_test.some(({ alertname }) => alertname === alert)
    );
    const fires = ofAlert.filter(({ alert_rule_test }) =>
      alert_rule_test.some(({ exp_alerts }) => exp_alerts!.length > 0)
    );
    const silent = ofAlert.filter((one) => !fires.includes(one));
    assert.ok(fires.length > 0, `${alert} has no case in which it fires`);
    if (alert === ALWAYS_FIRING) continue;
    assert.ok(silent.length > 0, `${alert} has no case in which it stays silent`);
    // A silent case without the series would prove nothing.
    const names = (one: typeof fires[number]): string[] => one.input_series.map(({ series }) => series);
    const isNear = silent.some((one) =>
      fires.some((other) => JSON.stringify(names(one)) === JSON.stringify(names(other)))
    );
    assert.ok(isNear, `${alert} is silent only where its series are missing`);
  }
});

Deno.test("no rule takes a rate over several metrics at once: series of two with the same labels make it fail", () => {
  const all = ["rules", "rules-ha", "rules-upgrade"].flatMap(rulesOf);
  for (const { alert, record, expr } of all) {
    assert.doesNotMatch(
      expr,
      /\b(?:rate|irate|increase|delta|deriv|changes|predict_linear|[a-z]+_over_time)\(\{__name__=~/,
      alert ?? record,
    );
  }
});

Deno.test("every alert has a name of its own, a severity, texts, and a runbook that says what to do", () => {
  assert.ok(alerts.length > 40);
  assert.equal(new Set(alerts.map(({ alert }) => alert)).size, alerts.length);
  for (const { alert, labels, annotations } of alerts) {
    assert.ok(SEVERITIES.includes(labels?.severity ?? ""), `${alert}: severity '${labels?.severity}'`);
    assert.ok(annotations?.summary && annotations.description, `${alert} has no texts`);
    assert.equal(annotations.runbook_url, `${RUNBOOK_BASE}${alert}.md`);
    const page = Deno.readTextFileSync(new URL(`${alert}.md`, RUNBOOKS));
    assert.match(page, new RegExp(`^# ${alert}\n`));
    assert.match(
      page,
      new RegExp(`Severity \\*\\*${labels!.severity}\\*\\*`),
      `${alert}: severity in its runbook`,
    );
    assert.match(page, /\n## Confirm\n\n- /);
    assert.match(page, /\n## Do\n\n- /);
  }
});

Deno.test("what is installed in Kubernetes has all rules", () => {
  const files = namesIn("rules").map((name) => `rules/${name}`);
  const read = (path: string): string => Deno.readTextFileSync(new URL(path, FOLDER));
  const { configMapGenerator } = parse(read("kustomization.yaml")) as {
    configMapGenerator: { name: string; files: string[] }[];
  };
  assert.deepEqual(configMapGenerator.find(({ name }) => name.endsWith("-rules"))!.files, files);
  const mounted = [...read("kubernetes/deployment.yaml").matchAll(/path: (rules\/\S+)/g)].map(([, path]) =>
    path
  );
  assert.deepEqual(mounted, files);
});

Deno.test("every runbook is of an alert, and the index lists them all", () => {
  const index = Deno.readTextFileSync(new URL("README.md", RUNBOOKS));
  const pages = [...Deno.readDirSync(RUNBOOKS)].map(({ name }) => name.replace(/\.md$/, ""))
    .filter((name) => name !== "README");
  assert.deepEqual(pages.sort(), alerts.map(({ alert }) => alert!).sort());
  for (const name of pages) assert.ok(index.includes(`](${name}.md)`), `${name} is not in the index`);
});

testUnless(await missingPrograms("amtool"))(
  "amtool accepts the example, and sends each kind where it belongs",
  async () => {
    const check = await run("amtool", ["check-config", ALERTMANAGER], { cwd: FOLDER });
    assert.equal(check.code, 0, check.output);
    const receiverOf = async (...labels: string[]): Promise<string> => {
      const { output } = await run("amtool", [
        "config",
        "routes",
        "test",
        `--config.file=${ALERTMANAGER}`,
        ...labels,
      ], {
        cwd: FOLDER,
      });
      return output.split("\n")[0]!.trim();
    };
    assert.equal(await receiverOf("alertname=Watchdog", "severity=info"), "watchdog");
    assert.equal(await receiverOf("alertname=BookieReadOnly", "severity=critical"), "on-call");
    assert.equal(await receiverOf("alertname=LoadErrors", "severity=warning"), "chat");
  },
);

Deno.test("what the Alertmanager example names are alerts that there are", () => {
  const example = parse(Deno.readTextFileSync(new URL(ALERTMANAGER, FOLDER))) as {
    route: { routes: { matchers: string[] }[] };
    inhibit_rules: { source_matchers: string[]; target_matchers: string[] }[];
  };
  const matchers = [
    ...example.route.routes.flatMap((route) => route.matchers),
    ...example.inhibit_rules.flatMap((rule) => [...rule.source_matchers, ...rule.target_matchers]),
  ];
  for (const matcher of matchers) {
    const [, operator, pattern] = /^alertname(=~?)"(.+)"$/.exec(matcher) ?? [];
    if (operator === undefined) continue;
    for (const part of operator === "=" ? [pattern!] : pattern!.split(/\|(?![^(]*\))/)) {
      assert.ok(
        alerts.some(({ alert }) => new RegExp(`^(?:${part})$`).test(alert!)),
        `${part} fits no alert`,
      );
    }
  }
});
