/**
 * Do dashboards and alerts ask for what exists? Every query of every panel, and every expression of every rule, is
 * asked of a real Prometheus that scrapes a real ZooKeeper, bookie, broker and the load tool, under load.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { dashboardFiles } from "../../grafana/src/generate.ts";
import { pictureOf } from "../../tools/dashboard_pictures/draw.ts";
import { pageHtml } from "../../tools/dashboard_pictures/page.ts";
import { run } from "../support/process.ts";
import { hasData, type Prometheus, type Target } from "../support/prometheus.ts";
import {
  ask,
  DASHBOARD_FOLDER,
  type DashboardModel,
  fill,
  type PanelModel,
  readDashboards,
  variableValues,
} from "../support/prometheus_panels.ts";
import { prepareStage, type Stage, withStage } from "../support/prometheus_stage.ts";
import { brokerUnavailable, missingPrograms, testUnless } from "../support/shared_broker.ts";

const NO_STORAGE = "no long-term storage is configured: the newest offloader on Maven Central is 4.0.8";
const ONE_BROKER =
  "exported after the first unload or split; one broker has nowhere to unload to, and no bundle here is large";
/** What one broker, one bookie and one ZooKeeper cannot show, with the reason; by rule or `dashboard: panel: legend`. */
const ALLOWED: ReadonlyMap<string, string> = new Map([
  ["PulsarComponentMissing", "every component is there all the time"],
  ["PulsarOffloadFails", NO_STORAGE],
  ["pulsar-offload: Offload rate: Offload rate", NO_STORAGE],
  ["pulsar-offload: Offload errors: Offload errors", NO_STORAGE],
  ["pulsar-offload: Offload and read rate: written", NO_STORAGE],
  ["pulsar-offload: Offload and read rate: read", NO_STORAGE],
  ["pulsar-offload: Errors: offload", NO_STORAGE],
  ["pulsar-offload: Errors: write", NO_STORAGE],
  ["pulsar-offload: Errors: read", NO_STORAGE],
  ["pulsar-offload: Latency, P99: read from bookies", NO_STORAGE],
  ["pulsar-offload: Latency, P99: read the index back", NO_STORAGE],
  ["pulsar-offload: Latency, P99: read data back", NO_STORAGE],
  ["pulsar-offload: Deleted: {{status}}", NO_STORAGE],
  ["pulsar-load-balancing: Unloads: {{instance}} bundles", ONE_BROKER],
  ["pulsar-load-balancing: Unloads: {{instance}} times", ONE_BROKER],
  ["pulsar-load-balancing: Splits: {{instance}}", ONE_BROKER],
  ["PrometheusRemoteWriteFails", "nothing is written to a store outside"],
  [
    "ZooKeeperFollowersOutOfSync",
    "only members of an ensemble export synced_followers and quorum_size; a single server has no followers",
  ],
]);

const REMOVED_PANELS = [
  "graph",
  "singlestat",
  "table-old",
  "grafana-piechart-panel",
  "grafana-worldmap-panel",
];
const RATE_INTERVAL = "6s";
/** The brokers' publish latency has a first value a minute after their start. */
const SECONDS = 65;

const dashboards = await readDashboards();
const panelsOf = ({ panels }: DashboardModel): PanelModel[] => panels.filter(({ type }) => type !== "row");

Deno.test("the committed dashboards are what grafana/src gives; `deno task dashboards` writes them", () => {
  const files = dashboardFiles();
  assert.deepEqual([...dashboards.keys()], [...files.keys()].sort());
  for (const [name, text] of files) {
    assert.equal(Deno.readTextFileSync(new URL(name, DASHBOARD_FOLDER)), text, `${name} is not current`);
  }
});

Deno.test("every panel says what it shows, in which unit, from which data source, and is of a living kind", () => {
  for (const [name, dashboard] of dashboards) {
    for (const panel of panelsOf(dashboard)) {
      const where = `${name}, '${panel.title}'`;
      assert.ok((panel.description ?? "").length > 15, `${where} has no description`);
      assert.deepEqual(panel.datasource, { type: "prometheus", uid: "${datasource}" }, where);
      assert.ok(!REMOVED_PANELS.includes(panel.type), `${where} is of the removed kind '${panel.type}'`);
      const targets = panel.targets ?? [];
      assert.ok(targets.length > 0, `${where} has no query`);
      assert.equal(new Set(targets.map(({ refId }) => refId)).size, targets.length, where);
      for (const { expr } of targets) {
        assert.doesNotMatch(expr, /\bjob=~?"(?!\$)/, `${where} has a job written into it`);
        assert.match(expr, /cluster=~"\$cluster\|?"/, `${where} ignores the variable for the cluster`);
      }
      if (panel.type === "table") continue;
      const options = panel.options as { yAxis?: { unit?: string } };
      assert.ok(panel.fieldConfig?.defaults.unit ?? options.yAxis?.unit, `${where} has no unit`);
      if (panel.type !== "timeseries") continue;
      assert.ok(targets.every(({ legendFormat }) => legendFormat), `${where} has a line without a name`);
    }
  }
});

Deno.test("dashboards fill the page without overlap, have their variables, and link to each other", () => {
  for (const [name, { panels, templating, tags, links, description }] of dashboards) {
    const taken = new Set<string>();
    for (const { gridPos: { x, y, w, h }, title } of panels) {
      assert.ok(x + w <= 24, `${name}: '${title}' is wider than the page`);
      for (let row = y; row < y + h; row++) {
        for (let column = x; column < x + w; column++) {
          assert.ok(!taken.has(`${row} ${column}`), `${name}: '${title}' lies on another panel`);
          taken.add(`${row} ${column}`);
        }
      }
    }
    const rows = Math.max(...panels.map(({ gridPos }) => gridPos.y + gridPos.h));
    assert.equal(taken.size, rows * 24, `${name} has a hole`);
    assert.equal(new Set(panels.map(({ id }) => id)).size, panels.length, `${name}: panel ids`);
    const variables = templating.list.map((variable) => variable.name);
    assert.deepEqual(variables.slice(0, 2), ["datasource", "cluster"], name);
    assert.ok(templating.list.every((variable) => variable.label && variable.description), name);
    for (const text of panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr))) {
      for (const [, used] of text.matchAll(/\$(\w+)/g)) {
        assert.ok(used!.startsWith("__") || variables.includes(used!), `${name}: '$${used}' is no variable`);
      }
    }
    assert.ok(description.length > 0 && tags.includes("pulsar"));
    assert.deepEqual(links.map((link) => [link.tags, link.placement]), [[["pulsar"], undefined]]);
  }
});

Deno.test("alerts, restarts, load runs and steps are marked over the charts, and figures lead to dashboards that exist", () => {
  const known = new Set([...dashboards.values()].map(({ uid }) => uid));
  for (const [name, dashboard] of dashboards) {
    assert.deepEqual(
      dashboard.annotations.list.map((mark) => mark.name),
      ["Alert", "Restart", "Load run", "Scenario step"],
      name,
    );
    const led = [...JSON.stringify(dashboard.panels).matchAll(/"url":"\/d\/([a-z-]+)\?/g)].map(([, uid]) =>
      uid!
    );
    assert.deepEqual(led.filter((uid) => !known.has(uid)), [], name);
    if (dashboard.uid === "pulsar-overview") {
      assert.ok(led.length > 15, "figures of the overview lead nowhere");
    }
  }
});

Deno.test("what is installed in Kubernetes has all dashboards, with the label that Grafana looks for", () => {
  const read = (path: string): string =>
    Deno.readTextFileSync(new URL(`../../grafana/${path}`, import.meta.url));
  const { configMapGenerator, generatorOptions } = parse(read("kustomization.yaml")) as {
    configMapGenerator: { files: string[] }[];
    generatorOptions: { labels: Record<string, string> };
  };
  assert.deepEqual(
    configMapGenerator.flatMap(({ files }) => files),
    [...dashboards.keys()].map((name) => `dashboards/${name}`),
  );
  const { grafana } = parse(read("values-grafana.yaml"))["victoria-metrics-k8s-stack"] as {
    grafana: { sidecar: { dashboards: { label: string; labelValue: string } } };
  };
  const { label, labelValue } = grafana.sidecar.dashboards;
  assert.equal(generatorOptions.labels[label], labelValue);
});

testUnless(await missingPrograms("promtool"))("promtool accepts every query", async () => {
  const values = new Map([["__rate_interval", "1m"]]);
  const all = [...dashboards.values()];
  const rules = [
    ...all.flatMap(panelsOf).flatMap(({ targets = [] }) => targets),
    ...all.flatMap(({ annotations }) => annotations.list),
  ].map(({ expr }, index) => ({ record: `query_${index}`, expr: fill(expr, values) }));
  const folder = await Deno.makeTempDir();
  try {
    const file = join(folder, "queries.yml");
    await Deno.writeTextFile(file, stringify({ groups: [{ name: "queries", rules }] }));
    const { code, output } = await run("promtool", ["check", "rules", file]);
    assert.equal(code, 0, output);
    assert.match(output, new RegExp(`${rules.length} rules found`));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

const reason = await brokerUnavailable() ?? await missingPrograms("prometheus", "javac", "jar");
/** Three JVMs, three Prometheus, seven load tools and half a minute of load: minutes on a slow machine. */
const STAGE_LIMIT = { timeout: 900_000 };
// What has to be downloaded is no part of the test's time.
if (reason === undefined) await prepareStage();

testUnless(reason)("with a real cluster under load", async (context) => {
  await withStage({ seconds: SECONDS, rate: 600 }, async (stage) => {
    await context.step(
      "relabelling keeps the right pods, named as dashboards expect them",
      () => targets(stage),
    );
    for (const [name, dashboard] of dashboards) {
      await context.step(`every query of ${name} returns data`, () => panels(stage, dashboard));
    }
    await context.step(
      "every rule is healthy and its expression returns data",
      () => rules(stage.minikube, stage),
    );
    await context.step(
      "brokers that expose metrics of consumers say that they send what the consumers receive, not twice as much",
      () => sentOnce(stage),
    );
    await context.step("the replicator is connected and sends", () => replicated(stage));
    await context.step("a function that throws is told from one that does not", () => thrown(stage));
    await context.step("a dashboard of proxies shows proxies alone", () => proxies(stage));
    await context.step("a collector's work beside the program is no pause", () => pauses(stage));
    await context.step("the rules for upgrades return data", () => rules(stage.upgrade, stage));
    await context.step("the marks of restarts and load runs find what they mark", () => marks(stage));
    await context.step("no panel is empty in Grafana's default view", () => defaultView(stage));
  });
}, STAGE_LIMIT);

async function scraped(prometheus: Prometheus): Promise<Target[]> {
  return (await prometheus.targets()).filter(({ labels }) => labels.job !== "prometheus");
}

async function targets({ minikube, ha, upgrade }: Stage): Promise<void> {
  const seen = async (prometheus: Prometheus): Promise<Map<string, Record<string, string>>> => {
    // On a busy machine a single scrape may be late.
    let active = await scraped(prometheus);
    for (let attempt = 0; attempt < 60 && active.some(({ health }) => health !== "up"); attempt++) {
      await new Promise((resolve) => setTimeout(resolve, 500));
      active = await scraped(prometheus);
    }
    for (const { health, lastError, scrapeUrl } of active) {
      assert.equal(health, "up", `${scrapeUrl}: ${lastError}`);
    }
    return new Map(active.map(({ labels }) => [`${labels.job} ${labels.instance}`, { ...labels }]));
  };
  const cluster = [
    "bookie pulsar-bookie-0",
    "broker pulsar-broker-0",
    "proxy pulsar-proxy-0",
    "zookeeper pulsar-zookeeper-0",
  ];
  const pods = [
    "load consumer-billing",
    "load producer-clicks",
    "load producer-invoices",
    "load producer-orders",
  ];
  const inKubernetes = [...cluster, ...pods].sort();
  const here = await seen(minikube);
  const outside = [...here.keys()].filter((name) => name.startsWith("load 127.0.0.1:"));
  assert.equal(outside.length, 2, "load tools of targets/load.yml");
  assert.deepEqual([...here.keys()].filter((name) => !outside.includes(name)).sort(), inKubernetes);
  assert.ok([...here.values()].every((labels) => labels.cluster === "lab"));
  const three = await seen(ha);
  assert.deepEqual([...three.keys()].sort(), inKubernetes);
  const { member, node, zone } = three.get("broker pulsar-broker-0")!;
  assert.deepEqual({ member, node, zone }, { member: "broker-0", node: "node-1", zone: "zone-a" });
  const { pulsar_version, revision, side } = (await seen(upgrade)).get("bookie pulsar-bookie-0")!;
  assert.deepEqual({ pulsar_version, revision, side }, {
    pulsar_version: "4.2.4",
    revision: "5d8f7c9b6",
    side: "old",
  });
}

/** The value of an expression at the end of the load. */
async function valueOf({ minikube, to }: Stage, expression: string): Promise<number> {
  const [series] = await minikube.range(expression, to - 1, to, 1);
  assert.ok(series !== undefined, `${expression} returns nothing`);
  return series.values.at(-1)![1];
}

async function sentOnce(stage: Stage): Promise<void> {
  const out = `pulsar_out_messages_total{subscription="billing"`;
  assert.ok(await valueOf(stage, `count(${out},consumer_id!=""})`) > 0, "the broker tells of consumers");
  const sent = await valueOf(stage, `sum(rate(${out},consumer_id=""}[20s]))`);
  const received = await valueOf(
    stage,
    `sum(rate(pulsar_lab_messages_total{role="consumer",instance="consumer-billing"}[20s]))`,
  );
  assert.ok(
    sent > 0.8 * received && sent < 1.25 * received,
    `brokers send ${sent} msg/s, the consumer receives ${received} msg/s`,
  );
}

async function replicated(stage: Stage): Promise<void> {
  const of = `{namespace="shop/geo",remote_cluster="west"}`;
  const connected = await valueOf(stage, `sum(pulsar_replication_connected_count${of})`);
  assert.ok(connected >= 1, `${connected} replicators are connected`);
  const sent = await valueOf(stage, `sum(pulsar_replication_rate_out${of})`);
  assert.ok(sent > 0, `${sent} msg/s go to the other cluster`);
}

async function thrown(stage: Stage): Promise<void> {
  const rate = (metric: string, name: string): Promise<number> =>
    valueOf(stage, `sum(rate(pulsar_function_${metric}_total{namespace="shop/web",name="${name}"}[20s]))`);
  assert.ok(await rate("processed_successfully", "check") > 0);
  assert.equal(await rate("user_exceptions", "check"), 0);
  assert.equal(await rate("processed_successfully", "bill"), 0);
  assert.ok(await rate("user_exceptions", "bill") > 0);
}

async function proxies({ minikube, from, to }: Stage): Promise<void> {
  const dashboard = dashboards.get("pulsar-proxy.json")!;
  const values = await variableValues(dashboard, minikube, RATE_INTERVAL, "pattern");
  for (const { title, targets = [] } of panelsOf(dashboard)) {
    for (const target of targets) {
      const instances = (await ask(minikube, target, values, from, to, 1)).map(({ metric }) =>
        metric.instance
      );
      assert.ok(
        instances.every((instance) => instance === undefined || instance === "pulsar-proxy-0"),
        title,
      );
    }
  }
}

async function pauses(stage: Stage): Promise<void> {
  const { reason } = stage.cluster.java;
  if (reason !== undefined) return console.log(`not with the chart's collector: ${reason}`);
  const paused = await valueOf(stage, `max(rate(jvm_gc_collection_seconds_sum{gc!~".*Cycles"}[1m]))`);
  const beside = await valueOf(stage, `max(rate(jvm_gc_collection_seconds_sum{gc=~".*Cycles"}[1m]))`);
  assert.ok(paused < beside, `${paused} of the time in pauses, ${beside} in cycles`);
  assert.deepEqual(
    await valueOf(
      stage,
      `count(count by (pool) (jvm_memory_pool_bytes_used{pool=~"ZGC (Young|Old) Generation"}))`,
    ),
    2,
  );
}

async function panels({ minikube, from, to }: Stage, dashboard: DashboardModel): Promise<void> {
  const values = await variableValues(dashboard, minikube, RATE_INTERVAL, "list");
  const problems: string[] = [];
  for (const panel of panelsOf(dashboard)) {
    for (const target of panel.targets ?? []) {
      const name = `${dashboard.uid}: ${panel.title}: ${target.legendFormat ?? target.refId}`;
      const found = hasData(await ask(minikube, target, values, from, to, 1));
      judge(name, found, fill(target.expr, values), problems);
    }
  }
  assert.deepEqual(problems, []);
}

/** Nothing restarts on the stage, so the filter of that mark is taken away; so is that of firing alerts. */
async function marks({ minikube, from, to }: Stage): Promise<void> {
  for (const { name, expr } of [...dashboards.values()][0]!.annotations.list) {
    const expression = withoutFilter(fill(expr, new Map([["cluster", "lab"]])))
      .replace(`alertstate="firing",alertname!="Watchdog"`, `alertstate=~".+"`);
    assert.ok(
      hasData(await minikube.range(expression, from, to, 1)),
      `${name}: ${expression} returns nothing`,
    );
  }
}

/**
 * An alert that does not fire returns nothing, whether its series exist or not. With `bool`, a comparison returns its
 * result instead of filtering, so that only missing series, or labels that do not match, leave it empty.
 */
function withoutFilter(expression: string): string {
  return expression.replaceAll(/ (>|<|>=|<=|==|!=) (?!bool)/g, " $1 bool ").replace(/^absent\((.+)\)$/, "$1");
}

async function rules(prometheus: Prometheus, { from, to }: Stage): Promise<void> {
  const problems: string[] = [];
  const all = await prometheus.rules();
  assert.ok(all.length > 60);
  for (const { name, query, type, health, lastError } of all) {
    assert.equal(health, "ok", `${name}: ${lastError}`);
    const expression = withoutFilter(query);
    judge(name, hasData(await prometheus.range(expression, from, to, 1)), expression, problems);
    if (type !== "recording" || ALLOWED.has(name)) continue;
    judge(name, hasData(await prometheus.range(name, from, to, 1)), `the recorded ${name}`, problems);
  }
  assert.deepEqual(problems, []);
}

function judge(name: string, found: boolean, expression: string, problems: string[]): void {
  if (!found && !ALLOWED.has(name)) problems.push(`${name} returns nothing: ${expression}`);
  if (found && ALLOWED.has(name)) problems.push(`${name} returns data: take it off the list of exceptions`);
}

async function defaultView({ minikube, loadFrom, to }: Stage): Promise<void> {
  for (const dashboard of dashboards.values()) {
    const picture = await pictureOf(dashboard, [], minikube, loadFrom, to);
    const empty = pageHtml(picture).empty.filter((title) =>
      ![...ALLOWED.keys()].some((name) => name.startsWith(`${dashboard.uid}: ${title}: `))
    );
    assert.deepEqual(empty, [], `${dashboard.title} has empty panels`);
  }
}
