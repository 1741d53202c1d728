import assert from "node:assert/strict";
import { RunAccounts } from "./accounts.ts";
import { RunLog } from "./log.ts";

function setUp(state: { left?: number; unlimited?: boolean; goingOn?: boolean } = {}): {
  accounts: RunAccounts;
  counted: string[];
  log: RunLog;
} {
  const counted: string[] = [];
  const log = new RunLog();
  const accounts = new RunAccounts({
    reader: { add: (name, amount) => amount > 0 && counted.push(`${amount} ${name}`) },
    schedule: {
      left: state.left,
      refund: (count) => void counted.push(`${count} refunded`),
      takeMissed: () => 3,
    },
    log,
    isUnlimited: () => state.unlimited ?? false,
    isGoingOn: () => state.goingOn ?? true,
    onRefund: () => void counted.push("rearmed"),
  });
  return { accounts, counted, log };
}

const END = {
  slot: 2,
  state: "crashed",
  reserved: 4,
  unsent: 10,
  unconfirmed: 20,
  hasReported: false,
} as const;

Deno.test("what a dead worker leaves behind is missed or in doubt, and sent by others where a number is planned", () => {
  const { accounts, counted, log } = setUp({ left: 50 });
  accounts.close(END);
  assert.deepEqual(counted, ["14 missed", "20 failed", "rearmed", "30 refunded"]);
  assert.equal(log.lines[0]!.text, "worker 2 left 20 messages whose receipt nobody has seen");
  assert.match(accounts.notes(0)[0]!, /^20 messages of workers that died/);
});

Deno.test("slots reserved beyond the planned number are not missed", () => {
  const { accounts, counted } = setUp({ left: 0 });
  accounts.close({ ...END, unsent: 0, unconfirmed: 0 });
  assert.deepEqual(counted, []);
});

Deno.test("without a planned number, or at the end, nothing is given back; without a rate, nothing is missed", () => {
  const open = setUp({ unlimited: true });
  open.accounts.close(END);
  assert.deepEqual(open.counted, ["20 failed"]);
  const over = setUp({ left: 5, goingOn: false });
  over.accounts.close(END);
  assert.deepEqual(over.counted, ["14 missed", "20 failed"]);
});

Deno.test("a worker that has drained has counted its failures itself", () => {
  const { accounts, counted, log } = setUp({ left: 5 });
  accounts.close({ ...END, state: "stopped", reserved: 0, hasReported: true });
  assert.deepEqual(counted, ["10 missed", "rearmed", "30 refunded"]);
  assert.deepEqual([log.lines, accounts.notes(0)], [[], []]);
});

Deno.test("messages sent again are noted, and what the schedule gave up is missed", () => {
  const { accounts, counted } = setUp();
  accounts.collectMissed();
  assert.deepEqual(counted, ["3 missed"]);
  assert.match(
    accounts.notes(40)[0]!,
    /^40 messages were sent again after a reconnect; .* may hold them twice$/,
  );
});
