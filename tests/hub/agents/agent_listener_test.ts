import assert from "node:assert/strict";
import { concat, encodeUtf8 } from "../../../lib/base/bytes.ts";
import {
  fitHello,
  type Hello,
  helloType,
  MAX_FACTS_BYTES,
  MAX_HELLO_BYTES,
} from "../../../lib/envelope/statements/session_statements.ts";
import { signEnvelope } from "../../../lib/envelope/signing/sign_envelope.ts";
import { encodeAgentMessage } from "../../../lib/protocol/agent/messages.ts";
import { HelloBudget } from "../../../lib/hub/agents/hello_budget.ts";
import { alice, bob, hello, mallory } from "../../support/envelope_fixtures.ts";
import { openHubFixture, suspicions } from "../../support/hub/hub_fixture.ts";
import { ScriptedAgent } from "../../support/hub/scripted_agent.ts";
import { settle } from "../../support/virtual_clock.ts";
import { CAPABILITIES, PROTOCOL } from "../../../lib/protocol/session/version.ts";

const pure = { timeout: 5_000 } as const;

Deno.test("AgentDesk greets with its version and a nonce that is new each time", pure, async () => {
  await using fixture = await openHubFixture();
  const nonces = new Set<string>();
  for (const name of ["web1", "web2"]) {
    await using agent = new ScriptedAgent(fixture.place, { name });
    const { nonce, version } = await agent.next("welcome");
    nonces.add(nonce);
    assert.equal(version, "1.2.3");
    assert.match(nonce, /^[0-9a-f]{64}$/);
  }
  assert.equal(nonces.size, 2);
});

Deno.test("AgentDesk puts an agent on the roster whose hello holds", pure, async () => {
  await using fixture = await openHubFixture();
  await using agent = await fixture.attach({ name: "web1", facts: { os: "linux" } });
  const session = fixture.hub.roster.get("web1");
  assert.equal(session?.key.keyid, agent.key.publicKey.keyid);
  assert.deepEqual({ ...session?.hello.facts }, { os: "linux" });
  assert.deepEqual(suspicions(fixture), []);
});

Deno.test("AgentDesk takes an agent off the roster when it goes", pure, async () => {
  await using fixture = await openHubFixture();
  {
    await using _agent = await fixture.attach();
  }
  while (fixture.hub.roster.size > 0) await fixture.hub.roster.changed();
  assert.deepEqual(
    fixture.events.map(({ kind }) => kind).filter((kind) => kind !== "wire"),
    ["arrived", "left"],
  );
});

Deno.test(
  "AgentDesk lets the newest connection of a name win, and closes the older",
  pure,
  async () => {
    await using fixture = await openHubFixture();
    await using older = await fixture.attach({ key: alice });
    const before = fixture.hub.roster.get("web1");
    await using _newer = await fixture.attach({ key: alice });
    assert.notEqual(fixture.hub.roster.get("web1"), before);
    await older.gone;
    await settle();
    assert.equal(fixture.hub.roster.size, 1);
  },
);

Deno.test("AgentDesk turns away another key for a known name", pure, async () => {
  await using fixture = await openHubFixture();
  await using _honest = await fixture.attach({ key: alice });
  await using thief = new ScriptedAgent(fixture.place, { key: mallory });
  await thief.next("turned-away");
  await thief.gone;
  assert.equal(fixture.hub.roster.get("web1")?.key.keyid, alice.publicKey.keyid);
  assert.deepEqual(
    fixture.events.flatMap((event) => event.kind === "impostor" ? [event.name] : []),
    ["web1"],
  );
});

Deno.test(
  "AgentDesk turns away another key after the agent of that name has gone",
  pure,
  async () => {
    await using fixture = await openHubFixture();
    {
      await using _honest = await fixture.attach({ key: alice });
    }
    await using thief = new ScriptedAgent(fixture.place, { key: mallory });
    await thief.gone;
    assert.equal(fixture.hub.roster.size, 0);
  },
);

/** Answers of unauthenticated peers to the welcome, given its nonce. */
const UNAUTHENTICATED: readonly (readonly [string, (nonce: string) => Uint8Array])[] = [
  ["nothing at all", () => new Uint8Array()],
  ["a text", () => encodeUtf8("hello there")],
  ["bytes that are no text", () => Uint8Array.of(0xff, 0xfe, 0, 1)],
  ["the beginning of an envelope", () => encodeUtf8('{"payload":')],
  ["the beginning of output", () => Uint8Array.of(1)],
  ["output of no job", () => concat(encodeAgentMessage(someOutput))],
  ["a message before its hello", () => concat(encodeAgentMessage({ kind: "delivered", id }))],
  ["a pong before its hello", () => concat(encodeAgentMessage({ kind: "pong" }))],
  [
    "a hello with another nonce",
    () => signEnvelope(helloType, { ...hello, nonce: "0".repeat(64) }, [alice]),
  ],
  ["a hello signed by another key", (nonce) => signEnvelope(helloType, { ...hello, nonce }, [bob])],
  [
    "a hello with a key that is none",
    (nonce) =>
      signEnvelope(helloType, { ...hello, nonce, publicKey: btoa("\0".repeat(32)) }, [alice]),
  ],
  ["a megabyte", () => new Uint8Array(1_048_000)],
];

const id = "a".repeat(32);
const someOutput = {
  kind: "output",
  id,
  stream: "stdout",
  offset: 0,
  bytes: Uint8Array.of(1),
} as const;

for (const [title, answer] of UNAUTHENTICATED) {
  Deno.test(`AgentDesk is not harmed by a respondent that answers ${title}`, pure, async () => {
    await using fixture = await openHubFixture();
    await using peer = new ScriptedAgent(fixture.place, { silent: true });
    const { nonce } = await peer.next("welcome");
    for (let round = 0; round < 3; round++) peer.answer(answer(nonce));
    await using _agent = await fixture.attach({ name: "web2" });
    await settle();
    assert.deepEqual([...fixture.hub.roster].map(({ name }) => name), ["web2"]);
    assert.equal(suspicions(fixture).length, 3);
  });
}

Deno.test("AgentDesk lets go of a stranger that talks and talks", pure, async () => {
  await using fixture = await openHubFixture();
  await using peer = new ScriptedAgent(fixture.place, { silent: true });
  await peer.next("welcome");
  for (let round = 0; round < 20; round++) peer.say({ kind: "pong" });
  await peer.gone;
  assert.equal(suspicions(fixture).length, 16);
});

Deno.test("AgentDesk is not kept waiting by pongs of a stranger", pure, async () => {
  await using fixture = await openHubFixture();
  await using peer = new ScriptedAgent(fixture.place, { silent: true });
  await peer.next("welcome");
  for (let seconds = 0; seconds < 35; seconds += 5) {
    peer.say({ kind: "pong" });
    await fixture.clock.advance(5_000);
  }
  await peer.gone;
});

Deno.test("AgentDesk lets an agent talk as much as it likes", pure, async () => {
  await using fixture = await openHubFixture();
  await using agent = await fixture.attach();
  for (let round = 0; round < 100; round++) agent.answer(encodeUtf8("hello there"));
  agent.say({ kind: "pong" });
  await settle();
  assert.equal(suspicions(fixture).length, 100);
  assert.equal(fixture.hub.roster.size, 1);
});

Deno.test("AgentDesk does not let a hello be used on another connection", pure, async () => {
  await using fixture = await openHubFixture();
  await using first = new ScriptedAgent(fixture.place, { silent: true });
  const { nonce } = await first.next("welcome");
  await using second = new ScriptedAgent(fixture.place, { silent: true });
  await second.next("welcome");
  second.answer(signEnvelope(helloType, { ...hello, nonce }, [alice]));
  await settle();
  assert.equal(fixture.hub.roster.size, 0);
  assert.deepEqual(suspicions(fixture), ["a hello for another connection"]);
});

Deno.test("AgentDesk lets go of a visitor that has stopped answering", pure, async () => {
  await using fixture = await openHubFixture();
  await using agent = await fixture.attach();
  const until = (pings: number) => agent.count("ping") < pings;
  while (until(2)) await fixture.clock.advance(100);
  agent.say({ kind: "pong" });
  await settle();
  while (until(5)) await fixture.clock.advance(100);
  assert.equal(fixture.hub.roster.size, 1);
  await fixture.clock.advance(10_000);
  await agent.gone;
  assert.equal(fixture.hub.roster.size, 0);
});

Deno.test("AgentDesk leaves no timer behind when visitors go", pure, async () => {
  await using fixture = await openHubFixture();
  {
    await using _agent = await fixture.attach();
    assert.equal(fixture.clock.sleeping, 1);
  }
  await fixture.clock.sleepers(0);
});

Deno.test("AgentDesk lets the oldest of those go who never say who they are", pure, async () => {
  await using fixture = await openHubFixture();
  await using stack = new AsyncDisposableStack();
  const peer = async () => {
    const one = stack.use(new ScriptedAgent(fixture.place, { silent: true }));
    await one.next("welcome");
    return one;
  };
  const first = await peer();
  await using agent = await fixture.attach({ name: "web1" });
  for (let count = 1; count < 64; count++) await peer();
  await fixture.clock.advance(5_000);
  let isGone = false;
  void first.gone.then(() => isGone = true);
  await settle();
  assert.equal(isGone, false);
  await peer();
  await first.gone;
  await using _late = await fixture.attach({ name: "web2" });
  assert.deepEqual([...fixture.hub.roster].map(({ name }) => name), ["web1", "web2"]);
  agent.say({ kind: "pong" });
});

Deno.test("AgentListener turns away an agent with too many facts", pure, async () => {
  await using fixture = await openHubFixture();
  const facts = Object.fromEntries(
    Array.from({ length: 17 }, (_, at) => [`f${at}`, "x".repeat(1_000)]),
  );
  await using _agent = await ScriptedAgent.attach(fixture.place, { facts });
  await using _other = await fixture.attach({ name: "web2" });
  assert.deepEqual(suspicions(fixture), ["facts of 17144 bytes, above the limit of 16384"]);
  assert.deepEqual([...fixture.hub.roster].map(({ name }) => name), ["web2"]);
});

Deno.test(
  "AgentListener disconnects an unknown agent when hellos take too much memory",
  pure,
  async () => {
    const hellos = new HelloBudget({ maxBytes: 4_000, maxBytesPerAddress: 4_000 });
    await using fixture = await openHubFixture({
      hellos,
      isKnown: ({ name }) => name === "known",
    });
    const facts = { long: "x".repeat(700) };
    const first = await fixture.attach({ name: "web1", facts });
    await using late = await ScriptedAgent.attach(fixture.place, { name: "web2", facts });
    await late.gone;
    assert.deepEqual(suspicions(fixture), ["no room for another unknown agent"]);
    {
      await using _known = await fixture.attach({ name: "known", facts });
    }
    await first[Symbol.asyncDispose]();
    while (fixture.hub.roster.size > 0) await fixture.hub.roster.changed();
    assert.equal(hellos.bytes, 0);
    await using _later = await fixture.attach({ name: "web3", facts });
  },
);

Deno.test("AgentListener disconnects silent peers by a timer", pure, async () => {
  await using fixture = await openHubFixture();
  await using stack = new AsyncDisposableStack();
  const peers: ScriptedAgent[] = [];
  for (let count = 0; count < 66; count++) {
    const peer = stack.use(new ScriptedAgent(fixture.place, { silent: true }));
    await peer.next("welcome");
    peers.push(peer);
  }
  await fixture.clock.advance(5_000);
  await Promise.all(peers.slice(0, 2).map((peer) => peer.gone));
});

Deno.test(
  "the longest hello of an agent is not longer than a hub accepts",
  () => {
    const ids = Array.from({ length: 5_000 }, (_, at) => at.toString(16).padStart(32, "0"));
    const value = "x".repeat(1_000);
    const facts: Record<string, string> = {};
    for (let at = 0; JSON.stringify(facts).length < MAX_FACTS_BYTES; at++) facts[`f${at}`] = value;
    const longest: Hello = {
      ...hello,
      name: `${"a".repeat(63)}.`.repeat(3) + "a".repeat(61),
      version: "x".repeat(64),
      facts,
      running: ids,
      held: ids,
    };
    const { length } = signEnvelope(helloType, fitHello(longest), [alice]);
    assert.ok(length + 4 + 4_096 < MAX_HELLO_BYTES, `${length}`);
  },
);

Deno.test("AgentDesk refuses an agent without a protocol number, by name", pure, async () => {
  await using fixture = await openHubFixture();
  await using agent = new ScriptedAgent(fixture.place, { silent: true });
  const { nonce, protocol, capabilities } = await agent.next("welcome");
  assert.equal(protocol, PROTOCOL);
  assert.deepEqual([...capabilities ?? []], CAPABILITIES);
  agent.answer(signEnvelope(helloType, { ...hello, nonce, version: "0.1.0" }, [alice]));
  await agent.gone;
  assert.equal(fixture.hub.roster.size, 0);
  const refused = fixture.events.flatMap((event) =>
    event.kind === "outdated-agent" ? [[event.name, event.version]] : []
  );
  assert.deepEqual(refused, [["web01", "0.1.0"]]);
});

Deno.test("AgentDesk reports peers that leave before a hello, at every third", pure, async () => {
  await using fixture = await openHubFixture();
  const reports = () => fixture.events.filter(({ kind }) => kind === "left-early").length;
  for (const expected of [0, 0, 1, 1, 1, 2]) {
    const agent = new ScriptedAgent(fixture.place, { silent: true });
    await agent.next("welcome");
    await agent[Symbol.asyncDispose]();
    await settle();
    assert.equal(reports(), expected);
  }
});
