import assert from "node:assert/strict";
import {
  type ArgumentCheck,
  contextName,
  cpuQuantity,
  cronSchedule,
  driverName,
  goDuration,
  imageName,
  memoryQuantity,
  objectName,
  pathOnly,
} from "./arguments.ts";

const CASES: readonly [string, ArgumentCheck, readonly string[], readonly string[]][] = [
  [
    "image",
    imageName,
    ["a", "pulsar-local-lab:dev", "h.example:5000/a/b_c:1.0", `a@sha256:${"0".repeat(64)}`],
    ["", "-x", "--privileged", "a b", "a\nb", "a//b", "a:", "a@sha256:1"],
  ],
  ["cpu", cpuQuantity, ["1", "2", "0.5", "500m", "64"], ["", "0", "-1", "2 cores", "1e3", "0m", "1Gi"]],
  ["memory", memoryQuantity, ["1Gi", "512Mi", "100M", "1.5Gi", "1073741824"], [
    "",
    "0",
    "-1Gi",
    "1GB",
    "much",
  ]],
  ["secret", objectName, ["pulsar-token", "a.b", "0"], ["", "-a", "a-", "A", "a_b", "a..b", "x".repeat(254)]],
  ["timeout", goDuration, ["15m", "1h30m", "90s", "1.5h"], ["", "-15m", "15", "15 m", "1d"]],
  ["driver", driverName, ["docker", "kvm2"], ["", "--force", "Docker Desktop"]],
  ["path", pathOnly, ["chart.tgz", "/a b", "./-x"], ["", "-x", "--post-renderer=X"]],
  ["context", contextName, ["minikube", "arn:aws:eks:x/y"], ["", "-n", "a b"]],
  [
    "schedule",
    cronSchedule,
    ["0 3 * * *", "*/5 0-23/2 1,15 jan-mar MON-FRI", "@daily", "59 23 31 12 6"],
    [
      "",
      "-x",
      "0 3 * *",
      "0 3 * * * *",
      "60 * * * *",
      "* 24 * * *",
      "* * 0 * *",
      "* * * 13 *",
      "* * * * 7",
      "*/0 * * * *",
      "5-1 * * * *",
      "a b c d e",
      "@sometimes",
    ],
  ],
];

for (const [what, check, right, wrong] of CASES) {
  Deno.test(`what may be handed on as ${what}, and what may not`, () => {
    for (const text of right) assert.equal(check(text), undefined, text);
    for (const text of wrong) {
      assert.match(check(text) ?? "", /^(a|the|five|CPUs|memory) /, JSON.stringify(text));
    }
  });
}
