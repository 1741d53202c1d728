import assert from "node:assert/strict";
import fc from "fast-check";
import { ACKNOWLEDGED, DeliveryWindow, REPLAY, UNDELIVERED } from "./delivery_window.ts";

/** The same, kept the simple way. */
class Model {
  base = 0;
  readonly states = new Map<number, number>();
  state(entry: number): number {
    return entry < this.base ? ACKNOWLEDGED : this.states.get(entry) ?? UNDELIVERED;
  }
  advance(): void {
    while (this.states.get(this.base) === ACKNOWLEDGED) this.states.delete(this.base++);
  }
  advanceTo(entry: number): void {
    for (; this.base < entry; this.base++) this.states.delete(this.base);
    this.advance();
  }
  count(state: number): number {
    return [...this.states.values()].filter((each) => each === state).length;
  }
  nextReplay(from: number): number {
    const all = [...this.states].filter(([entry, state]) => state === REPLAY && entry >= from);
    return all.length === 0 ? -1 : Math.min(...all.map(([entry]) => entry));
  }
}

Deno.test("the window agrees with a plain map under any sequence of events", () => {
  const event = fc.record({
    kind: fc.constantFrom("hold", "replay", "acknowledge", "advance", "advanceTo", "next"),
    ahead: fc.nat(200),
  });
  fc.assert(
    fc.property(fc.array(event, { maxLength: 300 }), (events) => {
      const window = new DeliveryWindow(0);
      const model = new Model();
      for (const { kind, ahead } of events) {
        const entry = model.base + ahead;
        if (kind === "hold") {
          window.setHeld(entry, 1 + (ahead % 3));
          model.states.set(entry, 1 + (ahead % 3));
        } else if (kind === "replay") {
          window.setReplay(entry, false);
          model.states.set(entry, REPLAY);
        } else if (kind === "acknowledge") {
          window.setAcknowledged(entry);
          model.states.set(entry, ACKNOWLEDGED);
        } else if (kind === "advance") {
          window.advance();
          model.advance();
        } else if (kind === "advanceTo") {
          window.advanceTo(entry);
          model.advanceTo(entry);
        } else {
          assert.equal(window.nextReplay(), model.nextReplay(0));
          assert.equal(window.nextReplay(entry), model.nextReplay(entry));
        }
        assert.equal(window.base, model.base);
        assert.equal(window.replays, model.count(REPLAY));
        assert.equal(window.holes, model.count(ACKNOWLEDGED));
      }
      for (let entry = Math.max(0, model.base - 5); entry < model.base + 210; entry++) {
        assert.equal(window.state(entry), model.state(entry));
      }
    }),
  );
});

Deno.test("redelivery counts stay with their entry, stop at 255 and end with it", () => {
  const window = new DeliveryWindow(10);
  for (let times = 0; times < 300; times++) window.setReplay(12, true);
  window.setHeld(11, 1);
  assert.deepEqual([window.redeliveries(11), window.redeliveries(12)], [0, 255]);
  window.advanceTo(13);
  window.setHeld(12 + 64, 1);
  assert.equal(window.redeliveries(12 + 64), 0);
});

Deno.test("a reset forgets everything", () => {
  const window = new DeliveryWindow(0);
  window.setReplay(3, true);
  window.setAcknowledged(5);
  window.reset(2);
  assert.deepEqual([window.base, window.replays, window.holes, window.nextReplay()], [2, 0, 0, -1]);
  assert.equal(window.state(3), UNDELIVERED);
});
