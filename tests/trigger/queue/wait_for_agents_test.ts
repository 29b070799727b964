import assert from "node:assert/strict";
import { QUIET_MS, waitForAgents } from "../../../lib/trigger/queue/local_queue.ts";
import type { WaitOptions } from "../../../lib/trigger/queue/queue.ts";
import { type HubFixture, openHubFixture } from "../../support/hub/hub_fixture.ts";
import { settle } from "../../support/virtual_clock.ts";

const pure = { timeout: 5_000 } as const;

/** Waits in the background. */
function wait({ hub, clock }: HubFixture, options: Omit<WaitOptions, "clock">) {
  const waiting = { over: false, done: waitForAgents(hub, { ...options, clock }) };
  waiting.done.then(() => waiting.over = true, () => waiting.over = true);
  return waiting;
}

Deno.test("waitForAgents returns when all of them are there", pure, async () => {
  await using fixture = await openHubFixture();
  await using _web1 = await fixture.attach({ name: "web1" });
  const waiting = wait(fixture, { expect: ["web1", "web2"], maxMs: 10_000 });
  await using _other = await fixture.attach({ name: "web3" });
  await settle();
  assert.equal(waiting.over, false);
  await using _web2 = await fixture.attach({ name: "web2" });
  await waiting.done;
  assert.equal(fixture.clock.now(), 0);
});

Deno.test(
  "attendance of those expected ends at once when all are there or none is asked for",
  pure,
  async () => {
    await using fixture = await openHubFixture();
    await using _web1 = await fixture.attach({ name: "web1" });
    await wait(fixture, { expect: ["web1"], maxMs: 10_000 }).done;
    await wait(fixture, { expect: [], maxMs: 10_000 }).done;
  },
);

Deno.test(
  "attendance of those expected does not end because it is quiet, but in time",
  pure,
  async () => {
    await using fixture = await openHubFixture();
    const waiting = wait(fixture, { expect: ["web1"], maxMs: 10_000 });
    await fixture.clock.advance(9_999);
    assert.equal(waiting.over, false);
    await fixture.clock.advance(1);
    await waiting.done;
  },
);

Deno.test("attendance of everybody ends when nobody has come for a moment", pure, async () => {
  await using fixture = await openHubFixture();
  const waiting = wait(fixture, { maxMs: 60_000 });
  for (const name of ["web1", "web2", "web3"]) {
    await fixture.clock.advance(QUIET_MS - 1);
    const agent = await fixture.attach({ name });
    fixture.hub.roster.get(name)?.close();
    await agent.gone;
    await agent[Symbol.asyncDispose]();
    await settle();
    assert.equal(waiting.over, false);
  }
  await fixture.clock.advance(QUIET_MS - 1);
  assert.equal(waiting.over, false);
  await fixture.clock.advance(1);
  await waiting.done;
});

Deno.test("attendance of everybody ends in time, however many keep coming", pure, async () => {
  await using fixture = await openHubFixture();
  await using stack = new AsyncDisposableStack();
  const waiting = wait(fixture, { maxMs: 5_000 });
  for (let number = 0; number < 5; number++) {
    assert.equal(waiting.over, false);
    stack.use(await fixture.attach({ name: `web${number}` }));
    await fixture.clock.advance(1_000);
  }
  await waiting.done;
  assert.equal(fixture.clock.now(), 5_000);
});

Deno.test(
  "attendance rejects with the reason when it is aborted, and leaves no timer behind",
  pure,
  async () => {
    await using fixture = await openHubFixture();
    const stop = new AbortController();
    const waiting = wait(fixture, { maxMs: 60_000, signal: stop.signal });
    await fixture.clock.sleepers(1);
    stop.abort(new Error("enough"));
    await assert.rejects(waiting.done, /enough/);
    assert.equal(fixture.clock.sleeping, 0);
  },
);
