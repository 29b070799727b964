import assert from "node:assert/strict";
import type { HubSession } from "../../../lib/agent/hub_link/outbox.ts";
import { type HubSessionHandler, HubSessions } from "../../../lib/agent/hub_link/hub_sessions.ts";
import { encodeUtf8 } from "../../../lib/base/bytes.ts";
import { type Clock, systemClock } from "../../../lib/base/clock.ts";
import { IDLE_TIMEOUT_MS } from "../../../lib/base/heartbeat.ts";
import { verifyHello } from "../../../lib/envelope/statements/session_statements.ts";
import {
  type AgentMessage,
  encodeHubMessage,
  type HubMessage,
} from "../../../lib/protocol/agent/messages.ts";
import { SPOKEN } from "../../../lib/protocol/session/version.ts";
import { alice, withPrototypes } from "../../support/envelope_fixtures.ts";
import { SimulatedHub } from "../../support/agent/simulated_hub.ts";
import { settle, VirtualClock } from "../../support/virtual_clock.ts";
import { inproc } from "../../../lib/sp/transports/inproc.ts";
import { dial } from "../../../lib/sp/endpoints/dialer.ts";

const WELCOME: HubMessage = { kind: "welcome", nonce: "5".repeat(64), version: "7.8", ...SPOKEN };

/** The calls of a handler, as short words. */
interface Scene extends AsyncDisposable {
  readonly hub: SimulatedHub;
  readonly calls: string[];
  readonly links: HubSession[];
}

async function scene(
  present: Partial<ReturnType<HubSessionHandler["helloFields"]>> = {},
  clock: Clock = systemClock,
): Promise<Scene> {
  const [calls, links]: [string[], HubSession[]] = [[], []];
  const hubLinks = new HubSessions({ name: "web1", key: alice, version: "1.2" }, {
    helloFields: () => ({
      facts: { os: "linux" },
      running: [],
      held: [],
      insecure: false,
      clockMs: 1,
      epoch: 2,
      ...present,
    }),
    attached(link, version) {
      links.push(link);
      calls.push(`greeted ${version}`);
    },
    message(link, message) {
      calls.push(message.kind);
      if (message.kind === "ping") link.send({ kind: "pong" });
    },
    malformed: (_remote, problem) => void calls.push(`malformed: ${problem}`),
    outdatedHub: (_remote, version) => void calls.push(`outdated ${version}`),
    turnedAway: () => void calls.push("turned away"),
    timedOut: (remote) => void calls.push(`silent: ${remote}`),
    detached: (_link, end) => void calls.push(`detached: ${end.kind}`),
  }, clock);
  const transport = inproc();
  const hub = await SimulatedHub.open(transport, "inproc://hub", { greets: false });
  const dialer = dial("inproc://hub", { patterns: [hubLinks.pattern], transports: [transport] });
  await hub.attached();
  const close = async () => {
    await dialer.close();
    await hub[Symbol.asyncDispose]();
  };
  return { hub, calls, links, [Symbol.asyncDispose]: close };
}

Deno.test("HubLinks introduces itself to a hub that greets", async () => {
  await using scenery = await scene({ running: ["0".repeat(32)], insecure: true });
  scenery.hub.say(WELCOME);
  const { envelope } = await scenery.hub.next("sealed");
  const { body, signers } = verifyHello(envelope);
  assert.deepEqual(withPrototypes(body), {
    v: 1,
    nonce: "5".repeat(64),
    name: "web1",
    publicKey: alice.publicKey.base64,
    epoch: 2,
    version: "1.2",
    facts: { os: "linux" },
    running: ["0".repeat(32)],
    held: [],
    insecure: true,
    clockMs: 1,
    ...SPOKEN,
  });
  assert.deepEqual(signers.map(({ keyid }) => keyid), [alice.publicKey.keyid]);
  assert.deepEqual(scenery.calls, ["greeted 7.8"]);
});

Deno.test("HubLinks listens to nobody who has not greeted", async () => {
  await using scenery = await scene();
  const early: HubMessage[] = [
    { kind: "ping" },
    { kind: "ack", id: "0".repeat(32) },
    { kind: "credit", id: "0".repeat(32), received: 1 },
    { kind: "unsigned", id: "0".repeat(32), host: "ALL", command: "reboot" },
    { kind: "sealed", envelope: encodeUtf8('{"payload":"x"}') },
  ];
  for (const message of early) scenery.hub.say(message);
  scenery.hub.say(WELCOME);
  await scenery.hub.next("sealed");
  assert.deepEqual(scenery.calls, [
    ...early.map(() => "malformed: a message before the welcome"),
    "greeted 7.8",
  ]);
});

Deno.test("HubLinks introduces itself once per connection", async () => {
  await using scenery = await scene();
  for (let round = 0; round < 3; round++) scenery.hub.say(WELCOME);
  scenery.hub.say({ kind: "ping" });
  await scenery.hub.next("pong");
  assert.deepEqual(scenery.calls, [
    "greeted 7.8",
    "malformed: a second welcome",
    "malformed: a second welcome",
    "ping",
  ]);
  assert.equal(scenery.hub.received.length, 1);
});

Deno.test(
  "HubLinks tells of what no hub sends, and goes on",
  async (t) => {
    const ping = encodeHubMessage({ kind: "ping" });
    const rows: Readonly<Record<string, Uint8Array>> = {
      "nothing": new Uint8Array(),
      "text": encodeUtf8("hello"),
      "a message of an agent": encodeUtf8('{"kind":"pong"}'),
      "an unknown kind": encodeUtf8('{"kind":"reboot"}'),
      "another spelling": encodeUtf8('{"kind":"ping" }'),
      "a field more": encodeUtf8('{"kind":"ping","x":1}'),
      "a negative credit": encodeUtf8(`{"kind":"credit","id":"${"0".repeat(32)}","received":-1}`),
      "a huge credit": encodeUtf8(`{"kind":"credit","id":"${"0".repeat(32)}","received":1e999}`),
      "a fractional credit": encodeUtf8(
        `{"kind":"credit","id":"${"0".repeat(32)}","received":0.5}`,
      ),
      "a bad id": encodeUtf8(`{"kind":"ack","id":"${"A".repeat(32)}"}`),
      "a path for an id": encodeUtf8('{"kind":"ack","id":"../../etc/passwd"}'),
      "too much": encodeUtf8(
        `{"kind":"unsigned","id":"${"0".repeat(32)}","host":"ALL","command":"`,
      ),
      "an output chunk": Uint8Array.of(1, 0, ...new Uint8Array(40)),
      "10^5 brackets": encodeUtf8(`{"kind":${"[".repeat(100_000)}`),
      "not UTF-8": Uint8Array.of(...encodeUtf8('{"kind":"'), 0xff),
      "two messages": Uint8Array.of(...ping, ...ping),
    };
    await using scenery = await scene();
    scenery.hub.say(WELCOME);
    await scenery.hub.next("sealed");
    scenery.calls.length = 0;
    for (const [name, bytes] of Object.entries(rows)) {
      await t.step(name, async () => {
        scenery.hub.send(bytes);
        scenery.hub.say({ kind: "ping" });
        await scenery.hub.next("pong");
        const [calls = "", ...others] = scenery.calls.splice(0);
        assert.match(calls, /^malformed: /);
        assert.equal(calls.length < 200, true);
        assert.deepEqual(others, ["ping"]);
      });
    }
    await t.step("a message that is no survey", async () => {
      scenery.hub.sendRaw(encodeUtf8("abc"));
      scenery.hub.say({ kind: "ping" });
      await scenery.hub.next("pong");
      assert.deepEqual(scenery.calls.splice(0), ["malformed: not a survey", "ping"]);
    });
  },
);

Deno.test("HubLinks tells when a greeted hub is gone", async () => {
  await using scenery = await scene();
  scenery.hub.say(WELCOME);
  await scenery.hub.next("sealed");
  await scenery.hub.hangUp();
  const [link] = scenery.links;
  const pong: AgentMessage = { kind: "pong" };
  while (link?.send(pong)) await Promise.resolve();
  assert.deepEqual(scenery.calls, ["greeted 7.8", "detached: ended"]);
  assert.equal(link?.send(pong), false);
});

Deno.test("HubLinks hangs up when told to", async () => {
  await using scenery = await scene();
  scenery.hub.say(WELCOME);
  await scenery.hub.next("sealed");
  scenery.links[0]?.drop("too slow");
  await scenery.hub.detached();
  assert.deepEqual(scenery.calls.slice(0, 2), ["greeted 7.8", "detached: closed"]);
});

Deno.test("HubLinks hangs up on a hub that falls silent, in time", async () => {
  const clock = new VirtualClock();
  await using scenery = await scene({}, clock);
  scenery.hub.say(WELCOME);
  await scenery.hub.next("sealed");
  for (let round = 0; round < 10; round++) {
    await clock.advance(IDLE_TIMEOUT_MS - 1);
    scenery.hub.say({ kind: "ping" });
    await scenery.hub.next("pong");
  }
  scenery.calls.length = 0;
  await clock.advance(IDLE_TIMEOUT_MS - 1);
  assert.deepEqual(scenery.calls, []);
  await clock.advance(1);
  await scenery.hub.detached();
  assert.match(scenery.calls[0] ?? "", /^silent: /);
  assert.equal(scenery.calls[1], "detached: closed");
  await settle();
});

Deno.test("HubLinks hangs up on a hub that never greets, and on one that only sends nonsense", async (t) => {
  for (const nonsense of [false, true]) {
    await t.step(nonsense ? "nonsense" : "nothing", async () => {
      const clock = new VirtualClock();
      await using scenery = await scene({}, clock);
      await clock.advance(IDLE_TIMEOUT_MS / 2);
      if (nonsense) scenery.hub.send(encodeUtf8("hello"));
      await settle();
      await clock.advance(IDLE_TIMEOUT_MS / 2);
      await scenery.hub.detached();
      assert.match(scenery.calls.at(-1) ?? "", /^silent: /);
    });
  }
});

Deno.test("HubLinks leaves no timer behind", async () => {
  const clock = new VirtualClock();
  {
    await using scenery = await scene({}, clock);
    scenery.hub.say(WELCOME);
    await scenery.hub.next("sealed");
    assert.equal(clock.sleeping, 1);
  }
  await clock.sleepers(0);
});

Deno.test("HubLinks tells that a hub has turned it away", async () => {
  await using scenery = await scene();
  scenery.hub.say({ kind: "turned-away" });
  scenery.hub.say(WELCOME);
  await scenery.hub.next("sealed");
  scenery.hub.say({ kind: "turned-away" });
  await scenery.hub.heard();
  assert.deepEqual(scenery.calls, [
    "malformed: a message before the welcome",
    "greeted 7.8",
    "turned away",
    "ping",
  ]);
});

Deno.test("HubLinks closes the connection to a hub of the first protocol", async () => {
  await using scenery = await scene();
  scenery.hub.say({ kind: "welcome", nonce: "5".repeat(64), version: "0.1.0" });
  await settle();
  assert.equal(scenery.calls[0], "outdated 0.1.0");
  assert.deepEqual(scenery.links, []);
});

Deno.test("HubLinks speaks its own protocol to a hub of a later one", async () => {
  await using scenery = await scene();
  scenery.hub.say({ ...WELCOME, protocol: SPOKEN.protocol + 1, capabilities: ["later"] });
  const { envelope } = await scenery.hub.next("sealed");
  assert.equal(verifyHello(envelope).body.protocol, SPOKEN.protocol);
});
