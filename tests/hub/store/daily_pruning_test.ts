import assert from "node:assert/strict";
import { DailyPruning } from "../../../lib/hub/store/hub_store.ts";
import { VirtualClock } from "../../support/virtual_clock.ts";

const DAY = 86_400_000;

Deno.test("Housekeeping prunes at once and every day, until it is disposed of", async () => {
  const clock = new VirtualClock();
  let pruned = 0;
  {
    using _keeping = new DailyPruning({ prune: () => void pruned++ }, clock);
    assert.equal(pruned, 1);
    await clock.advance(DAY - 1);
    assert.equal(pruned, 1);
    await clock.advance(1);
    await clock.advance(DAY);
    assert.equal(pruned, 3);
  }
  await clock.advance(2 * DAY);
  assert.equal(pruned, 3);
  assert.equal(clock.sleeping, 0);
});
