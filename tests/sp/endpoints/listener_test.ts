import assert from "node:assert/strict";
import { mock } from "node:test";
import { AddressError } from "../../../lib/sp/wire/errors.ts";
import { inproc } from "../../../lib/sp/transports/inproc.ts";
import { listen, type Listener, type ListenOptions } from "../../../lib/sp/endpoints/listener.ts";
import type { Pattern } from "../../../lib/sp/patterns/pattern.ts";
import { PROTOCOL } from "../../../lib/sp/wire/protocol.ts";
import { Pub } from "../../../lib/sp/patterns/pubsub.ts";
import { RawRespondent } from "../../../lib/sp/patterns/respondent.ts";
import { RawSurveyor } from "../../../lib/sp/patterns/surveyor.ts";
import type { Transport } from "../../../lib/sp/wire/transport.ts";
import { EndpointEventLog } from "../../support/sp/endpoint_event_log.ts";
import { LISTENER_URL } from "../../support/sp/dialer_fixture.ts";
import { headerOf, rawDial } from "../../support/sp/raw_peer.ts";
import { settle } from "../../support/virtual_clock.ts";

const pure = { timeout: 5_000 } as const;

Deno.test("listen refuses URLs that cannot be used", pure, async () => {
  const transport = inproc();
  for (const url of ["queue", "inproc://", "http://queue"]) {
    const options = { patterns: [new Pub()], transports: [transport] };
    await assert.rejects(listen(url, options), AddressError, url);
  }
  await using listener = await open({ transport });
  await assert.rejects(open({ transport }), { name: "TransportError", code: "EADDRINUSE" });
  assert.equal(listener.listener.url, LISTENER_URL);
});

Deno.test("Listener of one role sends its header unasked", pure, async () => {
  await using opened = await open();
  await using peer = await rawDial(LISTENER_URL, opened.transport);
  assert.deepEqual(await peer.read(8), headerOf(PROTOCOL.pub));
});

Deno.test(
  "Listener of several roles answers each peer with the role that it wants",
  pure,
  async () => {
    await using opened = await open({ patterns: onePort() });
    for (const role of ["pub", "surveyor", "respondent"] as const) {
      await using peer = await rawDial(LISTENER_URL, opened.transport);
      peer.send(headerOf(PROTOCOL[role] ^ 1));
      assert.deepEqual(await peer.read(8), headerOf(PROTOCOL[role]));
      assert.equal((await opened.log.next("attached")).pipe.role, role);
    }
  },
);

Deno.test("Listener lets nobody wait for those who do not greet", pure, async () => {
  await using opened = await open({ patterns: onePort() });
  await using silent = await rawDial(LISTENER_URL, opened.transport);
  await using slow = await rawDial(LISTENER_URL, opened.transport);
  slow.send("00 53 50");
  await using peer = await rawDial(LISTENER_URL, opened.transport);
  peer.send(headerOf(PROTOCOL.sub));
  await opened.log.next("attached");
  assert.equal(silent.over || slow.over, false);
});

Deno.test("Listener refuses bad greetings, says so, and goes on", pure, async () => {
  const rows: readonly (readonly [string, RegExp])[] = [
    ["47 45 54 20 2f 20 48 54 54 50", /does not speak SP/],
    ["00 53 50 00 00 20 00 00", /the peer is PUB, which PUB does not talk with/],
    ["00 53 50 00 00 21 00 01", /reserved/],
    ["00 53 50", /hung up before/],
    ["", /hung up before/],
  ];
  await using opened = await open();
  for (const [bytes, message] of rows) {
    await using peer = await rawDial(LISTENER_URL, opened.transport);
    peer.send(bytes);
    peer.end();
    const { error, remote } = await opened.log.next("refused");
    assert.match(error.message, message);
    assert.equal(remote, LISTENER_URL);
    assert.deepEqual(await peer.readToEnd(), headerOf(PROTOCOL.pub));
  }
  await using peer = await rawDial(LISTENER_URL, opened.transport);
  peer.send(headerOf(PROTOCOL.sub));
  await opened.log.next("attached");
});

Deno.test("Listener drops the oldest of too many who do not greet", pure, async () => {
  await using opened = await open({ maxHandshakes: 3 });
  const strangers = await Promise.all(
    Array.from({ length: 10 }, () => rawDial(LISTENER_URL, opened.transport)),
  );
  for (const stranger of strangers.slice(0, 7)) await stranger.readToEnd();
  assert.deepEqual(strangers.slice(7).map((stranger) => stranger.over), [false, false, false]);
  const { error } = await opened.log.next("refused");
  assert.equal(error.message, "too many others wait to be greeted");
  await using cleanUp = new AsyncDisposableStack();
  strangers.forEach((stranger) => cleanUp.use(stranger));
  strangers[9]?.send(headerOf(PROTOCOL.sub));
  await opened.log.next("attached");
});

Deno.test("Listener cuts off a connection that its pattern cannot take", pure, async () => {
  const error = new Error("no room");
  const pattern: Pattern = {
    role: "pub",
    attach() {
      throw error;
    },
  };
  await using opened = await open({ patterns: [pattern] });
  await using peer = await rawDial(LISTENER_URL, opened.transport);
  peer.send(headerOf(PROTOCOL.sub));
  assert.equal((await opened.log.next("refused")).error, error);
  await peer.readToEnd();
});

Deno.test("Listener tells when pipes attach and why they detach", pure, async () => {
  await using opened = await open();
  const peer = await rawDial(LISTENER_URL, opened.transport);
  peer.send(headerOf(PROTOCOL.sub));
  const { pipe } = await opened.log.next("attached");
  peer.end();
  const detached = await opened.log.next("detached");
  assert.equal(detached.pipe, pipe);
  assert.deepEqual(detached.end, { kind: "ended" });
});

Deno.test("Listener.close cuts off those in the middle of a greeting", pure, async () => {
  const opened = await open();
  await using silent = await rawDial(LISTENER_URL, opened.transport);
  await opened.listener.close();
  await silent.readToEnd();
  assert.equal(opened.log.count("refused"), 0);
});

Deno.test("Listener.close closes the pipes after what was sent", pure, async () => {
  const pub = new Pub();
  const opened = await open({ patterns: [pub] });
  await using peer = await rawDial(LISTENER_URL, opened.transport);
  peer.send(headerOf(PROTOCOL.sub));
  await opened.log.next("attached");
  for (let count = 0; count < 10; count++) pub.publish(new Uint8Array(12));
  await opened.listener.close();
  assert.equal((await peer.readToEnd()).length, 8 + 10 * 20);
  assert.deepEqual((await opened.log.next("detached")).end, { kind: "closed" });
  assert.equal(pub.pipes.size, 0);
  await opened.listener.close();
});

Deno.test("Listener.close leaves out nobody who is just being greeted", pure, async () => {
  for (let turns = 0; turns < 12; turns++) {
    const pub = new Pub();
    const opened = await open({ patterns: [pub] });
    await using peer = await rawDial(LISTENER_URL, opened.transport);
    peer.send(headerOf(PROTOCOL.sub));
    for (let turn = 0; turn < turns; turn++) await Promise.resolve();
    await opened.listener.close();
    await peer.readToEnd();
    assert.equal(pub.pipes.size, 0);
  }
});

Deno.test("Listener waits 0.8 s for a header, as nanomsg waits 1 s for ours", pure, async () => {
  await using opened = await open({ patterns: onePort() });
  mock.timers.enable({ apis: ["setTimeout"] });
  try {
    await using peer = await rawDial(LISTENER_URL, opened.transport);
    peer.send("00 53 50");
    mock.timers.tick(799);
    await settle();
    assert.equal(peer.over, false);
    mock.timers.tick(1);
    assert.equal((await peer.readToEnd()).length, 0);
  } finally {
    mock.timers.reset();
  }
});

interface Opened extends AsyncDisposable {
  readonly listener: Listener;
  readonly transport: Transport;
  readonly log: EndpointEventLog;
}

async function open(
  options: Partial<ListenOptions> & { readonly transport?: Transport } = {},
): Promise<Opened> {
  const { transport = inproc(), ...settings } = options;
  const log = new EndpointEventLog();
  const listener = await listen(LISTENER_URL, {
    patterns: [new Pub()],
    transports: [transport],
    onEvent: log.onEvent,
    ...settings,
  });
  return { listener, transport, log, [Symbol.asyncDispose]: () => listener.close() };
}

/** The roles of a hub. */
function onePort(): Pattern[] {
  const respondent = new RawRespondent({ survey() {} });
  return [new Pub(), new RawSurveyor({ answer() {} }), respondent];
}
