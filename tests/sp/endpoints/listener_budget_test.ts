/**
 * Limits of network peers, over real sockets.
 * @module
 */
import assert from "node:assert/strict";
import { encodeUtf8 } from "../../../lib/base/bytes.ts";
import {
  type EndpointEvent,
  inproc,
  listen,
  PeerBudget,
  type PeerBudgetOptions,
  type Pipe,
  RawSurveyor,
  tcp,
} from "../../../lib/sp/mod.ts";
import { ReadTurns } from "../../../lib/sp/endpoints/read_turns.ts";
import { encodeFrame } from "../../../lib/sp/wire/framing.ts";
import { headerOf, hex, rawDial, type RawPeer } from "../../support/sp/raw_peer.ts";

const options = { permissions: { net: ["127.0.0.1"] }, timeout: 20_000 };

/** A listener for respondents with a budget. */
async function openListener(limits: PeerBudgetOptions, transport = tcp, url = TCP) {
  const budget = new PeerBudget(limits);
  const events: EndpointEvent[] = [];
  const pipes: Pipe[] = [];
  const bodies: Uint8Array[] = [];
  const changes = new EventTarget();
  const tell = () => changes.dispatchEvent(new Event("change"));
  const pattern = new RawSurveyor({
    attached: (pipe) => void pipes.push(pipe),
    answer: (_pipe, _id, body) => {
      bodies.push(body);
      tell();
    },
  });
  const listener = await listen(url, {
    patterns: [pattern],
    transports: [transport],
    budget,
    onEvent: (event) => {
      events.push(event);
      tell();
    },
  });
  const until = async (isTrue: () => boolean) => {
    while (!isTrue()) {
      await new Promise((resolve) => changes.addEventListener("change", resolve, { once: true }));
    }
  };
  const connect = async (): Promise<RawPeer> => {
    const before = pipes.length;
    const peer = await rawDial(listener.url, transport);
    peer.send(headerOf(0x63));
    await until(() => pipes.length > before);
    return peer;
  };
  const refusals = () =>
    events.flatMap((event) => event.kind === "refused" ? [event.error.message] : []);
  return {
    ...{ budget, events, pipes, bodies, until, connect, refusals },
    [Symbol.asyncDispose]: () => listener.close(0),
  };
}

const TCP = "tcp://127.0.0.1:0";

/** The frame of an answer with a body of `length` bytes. */
function answer(length: number): Uint8Array {
  return encodeFrame("tcp", hex("80 00 00 01"), new Uint8Array(length));
}

Deno.test(
  "a listener cuts off a long message before the login, and not after it",
  options,
  async () => {
    await using listener = await openListener({ maxUnauthenticatedReceive: 1_000 });
    await using stranger = await listener.connect();
    stranger.send(answer(2_000).subarray(0, 20));
    await stranger.readToEnd();
    assert.deepEqual(listener.refusals(), [
      "a message of 2004 bytes is above the limit of 1000",
    ]);
    await using agent = await listener.connect();
    assert.equal(listener.pipes.at(-1)?.authenticate(false), true);
    agent.send(answer(500_000));
    await listener.until(() => listener.bodies.length === 1);
    assert.equal(listener.bodies[0]?.length, 500_000);
  },
);

Deno.test(
  "a listener keeps few bytes of the incomplete messages of all strangers",
  options,
  async () => {
    await using listener = await openListener({ maxIncomplete: 5_000 });
    await using stack = new AsyncDisposableStack();
    const strangers: RawPeer[] = [];
    for (let count = 0; count < 10; count++) {
      const stranger = stack.use(await listener.connect());
      strangers.push(stranger);
      stranger.send(answer(2_000).subarray(0, 1_000));
    }
    await listener.until(() => listener.refusals().length >= 5);
    await Promise.all(strangers.slice(0, 3).map((stranger) => stranger.readToEnd()));
    assert.ok(listener.budget.incomplete <= 5_000);
    assert.deepEqual(new Set(listener.refusals()), new Set(["too many incomplete messages"]));
  },
);

Deno.test(
  "a listener lets the next one in when there are too many connections",
  options,
  async () => {
    await using listener = await openListener({ maxConnections: 3 });
    await using stack = new AsyncDisposableStack();
    const peers: RawPeer[] = [];
    for (let count = 0; count < 5; count++) peers.push(stack.use(await listener.connect()));
    await Promise.all(peers.slice(0, 2).map((peer) => peer.readToEnd()));
    assert.deepEqual(peers.map(({ over }) => over), [true, true, false, false, false]);
    assert.equal(listener.budget.connections, 3);
  },
);

Deno.test("a flood of one connection does not delay the messages of another", options, async () => {
  await using listener = await openListener({});
  await using flooder = await listener.connect();
  await using quiet = await listener.connect();
  listener.pipes.forEach((pipe) => pipe.authenticate(false));
  const frame = answer(0);
  const flood = new Uint8Array(frame.length * 5_000).map((_, at) => frame[at % frame.length] ?? 0);
  flooder.send(flood);
  await listener.until(() => listener.bodies.length > 0);
  const before = listener.bodies.length;
  quiet.send(encodeFrame("tcp", hex("80 00 00 01"), encodeUtf8("hello")));
  await listener.until(() => listener.bodies.some(({ length }) => length === 5));
  const position = listener.bodies.findIndex(({ length }) => length === 5);
  assert.ok(before < 1_000 && position < 5_000, `${before}, ${position}`);
  await listener.until(() => listener.bodies.length === 5_001);
});

Deno.test("a flood of one connection is slowed down to its rate", options, async () => {
  await using listener = await openListener({
    turns: new ReadTurns({ burst: 10, messagesPerSecond: 1, turnMessages: 1 }),
  });
  await using flooder = await listener.connect();
  await using quiet = await listener.connect();
  for (let count = 0; count < 100; count++) flooder.send(answer(0));
  await listener.until(() => listener.bodies.length === 10);
  quiet.send(answer(5));
  await listener.until(() => listener.bodies.length === 11);
  assert.equal(listener.bodies.at(-1)?.length, 5);
});

Deno.test("a listener on a local transport has no limits for its peers", {
  timeout: 5_000,
}, async () => {
  await using listener = await openListener(
    { maxUnauthenticatedReceive: 10, maxIncomplete: 10, maxConnections: 1 },
    inproc(),
    "inproc://hub",
  );
  await using one = await listener.connect();
  await using two = await listener.connect();
  for (const peer of [one, two]) peer.send(answer(1_000));
  await listener.until(() => listener.bodies.length === 2);
});
