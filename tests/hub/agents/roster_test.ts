import assert from "node:assert/strict";
import type { PublicKey } from "../../../lib/envelope/keys/public_key.ts";
import { AgentSession } from "../../../lib/hub/agents/agent_session.ts";
import { Roster } from "../../../lib/hub/agents/roster.ts";
import { RawRespondent } from "../../../lib/sp/patterns/respondent.ts";
import { RawSurveyor } from "../../../lib/sp/patterns/surveyor.ts";
import { alice, bob, hello } from "../../support/envelope_fixtures.ts";
import { connectPatterns } from "../../support/sp/connect_patterns.ts";
import { settle } from "../../support/virtual_clock.ts";

const pure = { timeout: 5_000 } as const;

/** Creates sessions, all of them over one connection. */
async function sessionFactory() {
  const surveyor = new RawSurveyor({ answer() {} });
  const couple = await connectPatterns(surveyor, new RawRespondent({ survey() {} }));
  return {
    session: (name: string, key: PublicKey = alice.publicKey) =>
      new AgentSession({ ...hello, name }, key, { surveyor, pipe: couple.listening }),
    [Symbol.asyncDispose]: () => couple[Symbol.asyncDispose](),
  };
}

Deno.test("Roster knows who is there by name", pure, async () => {
  await using factory = await sessionFactory();
  const roster = new Roster();
  const [web1, web2] = [factory.session("web1"), factory.session("web2", bob.publicKey)];
  assert.deepEqual(roster.add(web1), { kind: "welcome", replaced: undefined });
  assert.deepEqual(roster.add(web2), { kind: "welcome", replaced: undefined });
  assert.equal(roster.get("web1"), web1);
  assert.equal(roster.get("web"), undefined);
  assert.deepEqual([roster.size, ...roster], [2, web1, web2]);
});

Deno.test("Roster replaces a session by a newer one of the same key", pure, async () => {
  await using factory = await sessionFactory();
  const roster = new Roster();
  const [older, newer] = [factory.session("web1"), factory.session("web1")];
  roster.add(older);
  assert.deepEqual(roster.add(newer), { kind: "welcome", replaced: older });
  roster.remove(older);
  assert.equal(roster.get("web1"), newer);
  roster.remove(newer);
  assert.equal(roster.size, 0);
});

Deno.test(
  "Roster refuses another key for a name, also when nobody of it is there",
  pure,
  async () => {
    await using factory = await sessionFactory();
    const roster = new Roster();
    const honest = factory.session("web1");
    const thief = factory.session("web1", bob.publicKey);
    roster.add(honest);
    assert.deepEqual(roster.add(thief), { kind: "wrong-key", pinned: alice.publicKey });
    assert.equal(roster.get("web1"), honest);
    roster.remove(thief);
    assert.equal(roster.get("web1"), honest);
    roster.remove(honest);
    assert.deepEqual(roster.add(thief), { kind: "wrong-key", pinned: alice.publicKey });
  },
);

Deno.test("Roster goes by the pins that it is given, and adds to them", pure, async () => {
  await using factory = await sessionFactory();
  const pins = new Map([["web1", alice.publicKey]]);
  const roster = new Roster(pins);
  assert.equal(roster.add(factory.session("web1", bob.publicKey)).kind, "wrong-key");
  assert.equal(roster.add(factory.session("web2", bob.publicKey)).kind, "welcome");
  assert.deepEqual([...pins], [["web1", alice.publicKey], ["web2", bob.publicKey]]);
});

Deno.test("Roster tells of arrivals and departures, and of nothing else", pure, async () => {
  await using factory = await sessionFactory();
  const roster = new Roster();
  let changes = 0;
  const watch = async () => {
    await roster.changed();
    changes++;
    await watch();
  };
  void watch();
  const [session, other] = [factory.session("web1"), factory.session("web1", bob.publicKey)];
  for (
    const [action, count] of [
      [() => roster.add(session), 1],
      [() => roster.add(other), 1],
      [() => roster.remove(other), 1],
      [() => roster.remove(session), 2],
      [() => roster.remove(session), 2],
    ] as const
  ) {
    action();
    await settle();
    assert.equal(changes, count);
  }
});

Deno.test(
  "Roster refuses another key for whoever is there, though his key was forgotten",
  pure,
  async () => {
    await using factory = await sessionFactory();
    const roster = new Roster({ get: () => undefined, set() {} });
    const honest = factory.session("web1");
    roster.add(honest);
    const thief = roster.add(factory.session("web1", bob.publicKey));
    assert.deepEqual([thief.kind, roster.get("web1")], ["wrong-key", honest]);
    roster.remove(honest);
    assert.equal(roster.add(factory.session("web1", bob.publicKey)).kind, "welcome");
  },
);
