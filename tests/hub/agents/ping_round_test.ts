import assert from "node:assert/strict";
import { pongType } from "../../../lib/envelope/statements/session_statements.ts";
import { readUnverified } from "../../../lib/envelope/signing/unverified_envelope.ts";
import { signEnvelope } from "../../../lib/envelope/signing/sign_envelope.ts";
import { type HubFixture, openHubFixture, suspicions } from "../../support/hub/hub_fixture.ts";
import type { ScriptedAgent } from "../../support/hub/scripted_agent.ts";

const pure = { timeout: 5_000 } as const;
const NONCE = "5a".repeat(32);
const OTHER = "a5".repeat(32);

function answer(agent: ScriptedAgent, nonce: string, name = agent.name): void {
  const body = { v: 1, nonce, name, clockMs: 1_000 } as const;
  agent.say({ kind: "sealed", envelope: signEnvelope(pongType, body, [agent.key]) });
}

/** Sends a ping, and records the answers. */
function ask({ hub }: HubFixture, nonce: string, nodes?: readonly string[]) {
  const log: string[] = [];
  const round = hub.ping(nonce, {
    pong: ({ name }, envelope) =>
      log.push(`${name} signed ${readUnverified(envelope, pongType).claimed.name}`),
    absent: (node) => log.push(`${node} absent`),
  }, nodes);
  return { round, log };
}

Deno.test("a ping asks all agents, and is over when all have answered", pure, async () => {
  await using fixture = await openHubFixture();
  await using web1 = await fixture.attach({ name: "web1" });
  await using web2 = await fixture.attach({ name: "web2" });
  const { round, log } = ask(fixture, NONCE);
  for (const agent of [web1, web2]) {
    assert.deepEqual({ ...await agent.next("ping") }, { kind: "ping", nonce: NONCE });
    answer(agent, NONCE);
  }
  await round.over;
  assert.deepEqual(log.sort(), ["web1 signed web1", "web2 signed web2"]);
  assert.deepEqual(suspicions(fixture), []);
});

Deno.test("a ping of named hosts says who is not attached, and who leaves", pure, async () => {
  await using fixture = await openHubFixture();
  const web1 = await fixture.attach({ name: "web1" });
  await using web2 = await fixture.attach({ name: "web2" });
  const { round, log } = ask(fixture, NONCE, ["web1", "db1"]);
  assert.deepEqual(log, ["db1 absent"]);
  await web1.next("ping");
  await web1[Symbol.asyncDispose]();
  await round.over;
  assert.deepEqual(log, ["db1 absent", "web1 absent"]);
  assert.equal(web2.count("ping"), 0);
});

Deno.test("a ping of nobody is over at once", pure, async () => {
  await using fixture = await openHubFixture();
  const { round, log } = ask(fixture, NONCE);
  await round.over;
  assert.deepEqual(log, []);
});

Deno.test("pings at the same time are told apart by their nonces", pure, async () => {
  await using fixture = await openHubFixture();
  await using agent = await fixture.attach();
  const [first, second] = [ask(fixture, NONCE), ask(fixture, OTHER)];
  answer(agent, OTHER);
  await second.round.over;
  assert.deepEqual([first.log, second.log], [[], ["web1 signed web1"]]);
  answer(agent, OTHER); // a second pong counts once
  answer(agent, NONCE);
  await first.round.over;
  assert.deepEqual([first.log.length, second.log.length], [1, 1]);
});

Deno.test("a pong that nobody waits for any longer is nothing suspicious", pure, async () => {
  await using fixture = await openHubFixture();
  await using agent = await fixture.attach();
  const { round, log } = ask(fixture, NONCE);
  round[Symbol.dispose]();
  await round.over;
  answer(agent, NONCE);
  const again = ask(fixture, OTHER);
  answer(agent, OTHER);
  await again.round.over;
  assert.deepEqual([log, again.log.length, suspicions(fixture)], [[], 1, []]);
});
