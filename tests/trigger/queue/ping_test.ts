import assert from "node:assert/strict";
import { pongType, type SignedPong } from "../../../lib/envelope/statements/session_statements.ts";
import { signEnvelope } from "../../../lib/envelope/signing/sign_envelope.ts";
import type { SecretKey } from "../../../lib/envelope/keys/secret_key.ts";
import { ping } from "../../../lib/trigger/queue/ping.ts";
import { alice } from "../../support/envelope_fixtures.ts";
import { openHubDaemonFixture } from "../../support/hub/hub_daemon_fixture.ts";
import type { ScriptedAgent } from "../../support/hub/scripted_agent.ts";

const pure = { timeout: 10_000 } as const;

/** Answers the next ping, as it should be unless said otherwise. */
async function answer(
  agent: ScriptedAgent,
  change: Partial<SignedPong> = {},
  key: SecretKey = agent.key,
): Promise<void> {
  const { nonce = "" } = await agent.next("ping");
  const body: SignedPong = { v: 1, nonce, name: agent.name, clockMs: Date.now(), ...change };
  agent.say({ kind: "sealed", envelope: signEnvelope(pongType, body, [key]) });
}

Deno.test(
  "ping() tells hosts that prove that they are there from those that do not",
  pure,
  async () => {
    await using fixture = await openHubDaemonFixture();
    const agents: Record<string, ScriptedAgent> = {};
    await using stack = new AsyncDisposableStack();
    for (const name of ["good", "ahead", "forged", "other", "dumb"]) {
      agents[name] = stack.use(await fixture.attach({ name }));
    }
    const { good, ahead, forged, other } = agents;
    assert.ok(good && ahead && forged && other);
    const nodes = [...Object.keys(agents), "away"];
    const [report] = await Promise.all([
      ping(fixture.queue, { nodes, timeoutMs: 500 }),
      answer(good),
      answer(ahead, { clockMs: Date.now() + 90_000 }),
      answer(forged, {}, alice),
      answer(other, { name: "good" }),
    ]);
    assert.deepEqual(report.alive.map(({ name }) => name).sort(), ["ahead", "good"]);
    const clocks = new Map(report.alive.map(({ name, clockAheadMs }) => [name, clockAheadMs]));
    assert.ok(Math.abs(clocks.get("good") ?? Infinity) < 5_000);
    assert.ok(Math.abs((clocks.get("ahead") ?? 0) - 90_000) < 5_000);
    for (const { roundTripMs } of report.alive) assert.ok(roundTripMs >= 0 && roundTripMs <= 600);
    assert.deepEqual(report.away, ["away"]);
    assert.deepEqual(report.silent, ["dumb"]);
    assert.deepEqual(Object.fromEntries(report.unproven), {
      forged: "envelope is not signed by a known key",
      other: "signed name or nonce differs",
    });
  },
);

Deno.test("ping() believes the key that the operator knows, not the hub", pure, async () => {
  await using fixture = await openHubDaemonFixture();
  await using agent = await fixture.attach();
  fixture.pins.set("web1", alice.publicKey);
  const asking = ping(fixture.queue, { nodes: ["web1"], timeoutMs: 5_000 });
  await answer(agent);
  assert.deepEqual([...(await asking).unproven.keys()], ["web1"]);
});

Deno.test("ping() is over as soon as all have answered", pure, async () => {
  await using fixture = await openHubDaemonFixture();
  await using stack = new AsyncDisposableStack();
  const nodes = Array.from({ length: 100 }, (_, index) => `web${index}`);
  const answers: Promise<void>[] = [];
  for (const name of nodes) answers.push(answer(stack.use(await fixture.attach({ name }))));
  const report = await ping(fixture.queue, { nodes, timeoutMs: 1_000_000_000 });
  await Promise.all(answers);
  assert.equal(report.alive.length, 100);
});
