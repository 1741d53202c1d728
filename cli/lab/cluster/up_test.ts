import assert from "node:assert/strict";
import { USUAL_SIZE } from "./machine.ts";
import {
  assertWellFormed,
  changes,
  chartValues,
  FOREIGN,
  GIB,
  healthy,
  installed,
  MARKED,
  nodes,
  prodContext,
  refusal,
  status,
  UP,
  world,
} from "./world_test_support.ts";
import { ALL_PROGRAMS, type Scripted, ScriptedPrograms } from "./programs_test_support.ts";
import { upPlan } from "./plan.ts";
import { labUp, type UpOptions } from "./up.ts";

Deno.test("from nothing, up makes a cluster, Pulsar, a password, Prometheus and Grafana, in this order", async () => {
  const stand = new ScriptedPrograms(healthy());
  const lab = world(stand);
  await labUp(lab, UP);
  assertWellFormed(stand);
  assert.deepEqual(changes(stand).map((line) => line.split(" ").slice(0, 2).join(" ")), [
    "minikube start",
    "kubectl --context",
    "helm upgrade",
    "kubectl --context",
    "kubectl --context",
  ]);
  const rehearsal = stand.calls.findIndex(({ line }) => line.includes("--dry-run"));
  assert.ok(rehearsal >= 0 && rehearsal < stand.calls.findIndex(({ line }) => line.includes("--wait=all")));
  const [, secret, rest] = stand.calls.filter(({ line }) => line.includes(" apply ")).map(({ input }) =>
    input!
  );
  assert.match(secret!, /kind: Secret[\s\S]*password: \w{24}$/m);
  assert.match(rest!, /scrape_configs:/);
  assert.match(rest!, /pulsar-overview\.json: /);
  const password = /password: (\w+)/.exec(secret!)![1]!;
  assert.ok(![...lab.said, ...lab.printed].some((line) => line.includes(password)), "no secret is shown");
  assert.match(lab.printed.join(""), /lab port-forward/);
});

Deno.test("a second up starts nothing anew and keeps the password", async () => {
  const stand = new ScriptedPrograms(healthy(
    { match: "^minikube status", stdout: status("Running") },
    { match: "get secret pll-grafana", stdout: "secret/pll-grafana\n" },
  ));
  await labUp(world(stand), UP);
  assertWellFormed(stand);
  assert.ok(!stand.calls.some(({ line }) => line.startsWith("minikube start")));
  assert.ok(!stand.calls.some(({ input }) => input?.includes("kind: Secret")));
  assert.equal(changes(stand).length, 3);
});

Deno.test("a stopped cluster is started as it is, whatever its size", async () => {
  const stand = new ScriptedPrograms(
    healthy({ match: "^minikube status", stdout: status("Stopped"), code: 7 }),
  );
  await labUp(world(stand), { ...UP, monitoring: false });
  assert.deepEqual(changes(stand)[0], "minikube start -p minikube --wait=all --interactive=false");
});

Deno.test("what is missing ends up before anything is changed, with one line that says what to do", async () => {
  const cases: [name: string, answers: Scripted[], pattern: RegExp, options?: Partial<UpOptions>][] = [
    [
      "old helm",
      [{ match: "^helm version", stdout: "v3.10.0+g1\n" }],
      /^helm 3\.10 is too old: 3\.13 or later is needed$/,
    ],
    [
      "another context",
      [{ match: "^kubectl config view", stdout: JSON.stringify(prodContext) }],
      /^the current context 'prod' is not Minikube's: give --context minikube .* or --context prod/,
    ],
    ["unknown context", [], /^--context 'nowhere' is not in the kubeconfig: there is 'minikube'$/, {
      context: "nowhere",
    }],
    [
      "changed chart",
      [{ match: "^helm show values", stdout: chartValues("broker.podMonitor.enabled") }],
      /^chart pulsar 4\.7\.0 has no value 'broker\.podMonitor\.enabled' \(any more\)/,
    ],
    [
      "no chart",
      [{ match: "^helm show chart", stderr: "Error: no such host\n", code: 1 }],
      /^chart pulsar 4\.7\.0 of https:\S+ cannot be had: no such host$/,
    ],
    [
      "another chart",
      [{ match: "^helm show chart", stdout: "name: kafka\nversion: 4.7.0\n" }],
      /^chart 'kafka' is not 'pulsar'$/,
    ],
    [
      "no driver",
      [{
        match: "^minikube start .*--dry-run",
        stderr: "❌  Exiting due to DRV_NOT_DETECTED: No possible driver was detected.\n",
        code: 69,
      }],
      /^Minikube cannot start: DRV_NOT_DETECTED: No possible driver was detected\.; a driver such as Docker/,
    ],
    ["too little asked for", [], /^--memory '2GiB' is too little: the pods need 7\.0 GiB$/, {
      size: { ...USUAL_SIZE, memoryBytes: 2 * GIB },
    }],
    [
      "a small cluster",
      [
        { match: "^minikube status", stdout: status("Running") },
        { match: "^kubectl .* get nodes", stdout: nodes("3800Mi") },
      ],
      /^the cluster gives 3\.7 GiB of memory to pods, 6\.5 GiB are needed/,
    ],
    [
      "a cluster that does not answer",
      [
        { match: "^minikube status", stdout: status("Running") },
        {
          match: "^kubectl .* get nodes",
          stderr: "E1 memcache\nThe connection to the server was refused\n",
          code: 1,
        },
      ],
      /^the cluster of context 'minikube' does not answer/,
    ],
  ];
  for (const [name, answers, pattern, options] of cases) {
    const stand = new ScriptedPrograms(healthy(...answers));
    const error = await refusal(labUp(world(stand), { ...UP, ...options }));
    assert.match(error.message, pattern, name);
    assert.deepEqual(changes(stand), [], name);
    assertWellFormed(stand);
  }
});

Deno.test("a program that is not installed is named, with where to get it", async () => {
  for (const missing of ALL_PROGRAMS) {
    const tools = ALL_PROGRAMS.filter((tool) => tool !== missing);
    const stand = new ScriptedPrograms(healthy(), tools);
    const error = await refusal(labUp(world(stand), UP));
    assert.match(error.message, new RegExp(`^'${missing}' is not installed: see https://`));
    assert.deepEqual(changes(stand), []);
  }
});

Deno.test("a machine with too little memory is told before Minikube is", async () => {
  const stand = new ScriptedPrograms(healthy());
  const error = await refusal(labUp(world(stand, 4), UP));
  assert.match(error.message, /^this machine has 4\.0 GiB of memory, 8\.0 GiB are wanted/);
  assert.ok(!stand.calls.some(({ line }) => line.startsWith("minikube start")));
});

Deno.test("another cluster is used when it is named, and Minikube left alone", async () => {
  const stand = new ScriptedPrograms(
    healthy({ match: "^kubectl config view", stdout: JSON.stringify(prodContext) }),
    ["helm", "kubectl"],
  );
  await labUp(world(stand), { ...UP, context: "prod", yes: true });
  assertWellFormed(stand);
  assert.ok(changes(stand).every((line) => / --(kube-)?context prod /.test(line)));
});

Deno.test("a failed installation is taken back by helm, told in its words, and nothing follows it", async () => {
  for (const [version, flag] of [["v4.3.1", "--rollback-on-failure"], ["v3.16.2", "--atomic"]]) {
    const stand = new ScriptedPrograms(healthy(
      { match: "^helm version", stdout: `${version}\n` },
      { match: "^helm upgrade", stderr: "WARN x\nError: context deadline exceeded\n", code: 1 },
    ));
    const error = await refusal(labUp(world(stand), UP));
    assert.equal(error.message, "helm upgrade failed: Error: context deadline exceeded");
    const upgrade = stand.calls.find(({ line }) => line.startsWith("helm upgrade"))!;
    assert.ok(upgrade.line.includes(flag!), upgrade.line);
    assert.equal(stand.calls.filter(({ line }) => line.includes(" apply ")).length, 1, "the namespace");
    assertWellFormed(stand);
  }
});

Deno.test("what the lab has not made is left alone, and how to hand it over is said", async () => {
  for (
    const [there, what] of [[installed(FOREIGN), "namespace"], [
      installed(MARKED, FOREIGN),
      "release",
    ]] as const
  ) {
    const stand = new ScriptedPrograms(
      healthy(...there, { match: "^minikube status", stdout: status("Running") }),
    );
    const error = await refusal(labUp(world(stand), UP));
    assert.match(
      error.message,
      new RegExp(
        `^${what} 'pulsar' of context 'minikube' was not made by the lab.*label .*managed-by=pulsar-local-lab'$`,
      ),
    );
    assert.deepEqual(changes(stand), []);
    assertWellFormed(stand);
  }
});

Deno.test("outside Minikube nothing is installed before its name was typed, or --yes given", async () => {
  const stand = new ScriptedPrograms(
    healthy({ match: "^kubectl config view", stdout: JSON.stringify(prodContext) }),
  );
  const up = (typed?: string): Promise<void> =>
    labUp({ ...world(stand), ask: () => Promise.resolve(typed) }, { ...UP, context: "prod" });
  assert.match(
    (await refusal(up())).message,
    /^context 'prod' is not Minikube's: give --yes, or type its name/,
  );
  assert.equal((await refusal(up("y"))).message, "'y' is not 'prod': nothing was changed");
  assert.deepEqual(changes(stand), []);
  await up("prod");
  assert.ok(changes(stand).length > 0);
});

Deno.test("not reachable, not permitted and not there are told apart", async () => {
  const of = async (stderr: string): Promise<string> => {
    const stand = new ScriptedPrograms(healthy(
      { match: "^minikube status", stdout: status("Running") },
      { match: "get namespace pulsar", stderr, code: 1 },
    ));
    return (await refusal(labUp(world(stand), UP))).message;
  };
  assert.match(
    await of(
      "The connection to the server 127.0.0.1:6443 was refused - did you specify the right host or port?\n",
    ),
    /^the cluster of context 'minikube' does not answer: The connection .* was refused/,
  );
  assert.match(
    await of(
      'Error from server (Forbidden): namespaces "pulsar" is forbidden: User "x" cannot get resource\n',
    ),
    /^context 'minikube' does not permit reading namespace 'pulsar': Error from server \(Forbidden\)/,
  );
});

Deno.test("a dry run is a shell script that holds all that it needs, and no password", async () => {
  const script = await upPlan(UP);
  assert.match(script, /^minikube start -p minikube /);
  assert.match(script, /^cat > values-minikube\.yaml <<'PULSAR_LAB_END'\n/m);
  assert.match(script, /^helm upgrade --install pulsar .* -f \.\/values-minikube\.yaml /m);
  assert.match(script, /kind: Namespace[\s\S]*kind: ConfigMap/);
  assert.doesNotMatch(script, /password: \w/);
  // Without the mark `lab down --keep-data` would leave it.
  assert.match(
    script,
    /create secret generic pll-grafana [^\n]*label secret pll-grafana app\.kubernetes\.io\/managed-by=pulsar-local-lab/,
  );
  const ends = script.match(/^PULSAR_LAB_END$/gm)!.length;
  assert.equal(ends, script.match(/<<'PULSAR_LAB_END'$/gm)!.length);
});
