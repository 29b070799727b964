import assert from "node:assert/strict";
import { ConfirmWindow } from "../../../lib/agent/jobs/rollback.ts";
import { SettableClock } from "../../support/settable_clock.ts";

Deno.test("Probation is kept by a confirmation in time", async () => {
  const [clock, probation] = [new SettableClock(), new ConfirmWindow()];
  const verdict = probation.wait(1_000, clock, new AbortController().signal);
  await clock.asleep();
  assert.equal(probation.confirm(), true);
  assert.equal(await verdict, "confirmed");
});

Deno.test(
  "Probation hears of no confirmation before it begins, or after its end",
  async () => {
    const [clock, probation] = [new SettableClock(), new ConfirmWindow()];
    assert.equal(probation.confirm(), false);
    const verdict = probation.wait(1_000, clock, new AbortController().signal);
    await clock.asleep();
    clock.advance(1_000);
    assert.equal(await verdict, "unconfirmed");
    assert.equal(probation.confirm(), false);
  },
);

Deno.test("Probation is broken off by its signal", async () => {
  const [clock, probation, stop] = [
    new SettableClock(),
    new ConfirmWindow(),
    new AbortController(),
  ];
  const verdict = probation.wait(1_000, clock, stop.signal);
  await clock.asleep();
  stop.abort();
  assert.equal(await verdict, "stopped");
  assert.equal(await new ConfirmWindow().wait(1_000, clock, stop.signal), "stopped");
});
