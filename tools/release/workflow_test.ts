import assert from "node:assert/strict";
import { workflowProblems } from "./workflow.ts";

const DIGEST = "3d3c42e5aac5ba805825da76410c181273ba90b1";
const workflow = (uses: string, permissions = "{}", job = "{ contents: read }"): string =>
  `permissions: ${permissions}
jobs:
  build:
    permissions: ${job}
    timeout-minutes: 5
    steps:
      - uses: ${uses}
      - run: true
`;

Deno.test("a workflow of pinned actions whose jobs name their permissions is right", () => {
  assert.deepEqual(workflowProblems(workflow(`actions/checkout@${DIGEST} # v7.0.1`)), []);
});

Deno.test("an action by tag, a digest without its version, and permissions of the whole workflow are named", () => {
  assert.match(
    workflowProblems(workflow("actions/checkout@v7")).join(),
    /'actions\/checkout@v7' is not pinned/,
  );
  assert.match(workflowProblems(workflow(`a/b@${DIGEST}`)).join(), /does not say which version/);
  assert.match(workflowProblems(workflow(`a/b@${DIGEST} # v1`, "write-all")).join(), /must be \{\}/);
});

Deno.test("a job without permissions or a time limit is named", () => {
  const text = `permissions: {}\njobs:\n  build:\n    steps: []\n`;
  assert.deepEqual(workflowProblems(text), [
    "build: has no permissions of its own",
    "build: has no time limit",
  ]);
});

Deno.test("the release's own workflow is right", async () => {
  const text = await Deno.readTextFile(new URL("../../.github/workflows/release.yml", import.meta.url));
  assert.deepEqual(workflowProblems(text), []);
});
