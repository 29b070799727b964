/**
 * A conformance suite for SP above every transport. Messages arrive whole, however the bytes are
 * split. No message is lost at a close, and no peer blocks another.
 *
 *     wireConformance(TCP);
 * @module
 */
import assert from "node:assert/strict";
import { concat } from "../../../lib/base/bytes.ts";
import { dial } from "../../../lib/sp/endpoints/dialer.ts";
import { FrameError } from "../../../lib/sp/wire/errors.ts";
import { encodeFrame, MAX_PAYLOAD } from "../../../lib/sp/wire/framing.ts";
import { listen, type Listener, type ListenOptions } from "../../../lib/sp/endpoints/listener.ts";
import type { Pattern } from "../../../lib/sp/patterns/pattern.ts";
import { PROTOCOL } from "../../../lib/sp/wire/protocol.ts";
import { Pub } from "../../../lib/sp/patterns/pubsub.ts";
import { Sub } from "../../../lib/sp/patterns/pubsub.ts";
import type { Transport } from "../../../lib/sp/wire/transport.ts";
import { EndpointEventLog } from "./endpoint_event_log.ts";
import { type ConnectedPatterns, connectPatterns } from "./connect_patterns.ts";
import { headerOf, rawDial, type RawPeer } from "./raw_peer.ts";
import type { TransportUnderTest } from "./transport_conformance.ts";

/** Registers the tests. */
export function wireConformance(subject: TransportUnderTest): void {
  receivingTests(subject);
  closingTests(subject);
  endpointTests(subject);
}

function receivingTests({ name, permissions, open }: TransportUnderTest): void {
  const options = { permissions, timeout: 10_000 };

  Deno.test(`SP over ${name} takes header and messages in one piece`, options, async () => {
    await using hub = await serve(open, everything());
    await using peer = await rawDial(hub.url, hub.transport);
    peer.send(concat([headerOf(PROTOCOL.pub), hub.frame("one"), hub.frame(""), hub.frame("two")]));
    assert.deepEqual(await hub.take(3), ["one", "", "two"]);
  });

  Deno.test(`SP over ${name} takes header and messages byte by byte`, options, async () => {
    await using hub = await serve(open, everything());
    await using peer = await rawDial(hub.url, hub.transport);
    await peer.sendSlowly(headerOf(PROTOCOL.pub), hub.frame("one"), hub.frame(""), hub.frame("2"));
    assert.deepEqual(await hub.take(3), ["one", "", "2"]);
  });

  Deno.test(`SP over ${name} takes 1 MiB and cuts off who sends more`, options, async () => {
    await using hub = await serve(open, everything());
    await using good = await hub.attach(PROTOCOL.pub);
    await using bad = await hub.attach(PROTOCOL.pub);
    good.send(encodeFrame(hub.transport.framing, new Uint8Array(MAX_PAYLOAD).fill(0x61)));
    assert.equal((await hub.take(1))[0], "a".repeat(MAX_PAYLOAD));
    bad.send(encodeFrame(hub.transport.framing, new Uint8Array(MAX_PAYLOAD + 1)));
    const { end } = await hub.log.next("detached");
    assert.ok(end.kind === "failed" && end.error instanceof FrameError);
    good.send(hub.frame("still here"));
    assert.deepEqual(await hub.take(1), ["still here"]);
  });

  Deno.test(`SP over ${name} drops a message that is cut short`, options, async () => {
    await using hub = await serve(open, everything());
    const frame = hub.frame("hello");
    for (let length = 1; length < frame.length; length += 3) {
      await using peer = await hub.attach(PROTOCOL.pub);
      peer.send(hub.frame("whole"), frame.subarray(0, length));
      peer.end();
      const { end } = await hub.log.next("detached");
      assert.equal(end.kind, "failed");
      assert.deepEqual(await hub.take(1), ["whole"]);
    }
  });
}

function closingTests({ name, permissions, open }: TransportUnderTest): void {
  const options = { permissions, timeout: 20_000 };
  const loads = [[1, 20], [10, 20], [1, 1_000_000], [1_000, 20], [100, 20_000]] as const;

  for (const publisher of ["listener", "dialer"] as const) {
    Deno.test(`SP over ${name} loses nothing when the ${publisher} closes`, options, async () => {
      for (const [count, size] of loads) {
        await using pair = await connect(open, publisher);
        pair.publish(count, size);
        const closing = pair[publisher].close();
        assert.deepEqual(await pair.take(count), Array.from({ length: count }, () => size));
        await closing;
      }
    });
  }

  Deno.test(`SP over ${name} loses nothing to a reader who is late`, options, async () => {
    await using pair = await connect(open, "listener");
    pair.dialling.pause();
    pair.publish(1_000, 1_000);
    const closing = pair.listener.close(10_000);
    await new Promise((resolve) => setTimeout(resolve, 0)); // a turn of the event loop
    pair.dialling.resume();
    assert.equal((await pair.take(1_000)).length, 1_000);
    await closing;
  });

  Deno.test(`SP over ${name} closes in time on a peer that never reads`, options, async () => {
    const pub = new Pub();
    await using hub = await serve(open, pub);
    await using peer = await hub.attach(PROTOCOL.sub);
    peer.stopReading();
    for (let count = 0; count < 16; count++) pub.publish(new Uint8Array(MAX_PAYLOAD));
    const began = performance.now();
    await hub.listener.close(50);
    const took = performance.now() - began;
    assert.ok(took >= 45 && took < 2_000, `${took} ms`);
    assert.equal(pub.pipes.size, 0);
  });
}

function endpointTests({ name, permissions, open }: TransportUnderTest): void {
  const options = { permissions, timeout: 20_000 };

  Deno.test(`SP over ${name} comes back when the listener does`, options, async () => {
    await using place = await open();
    const { transport } = place;
    const sub = everything();
    const pub = new Pub();
    const transports = [transport];
    const first = await listen(place.url, { patterns: [pub], transports });
    const { url } = first;
    await using _dialer = dial(url, { patterns: [sub], transports, redialMs: 1, maxRedialMs: 10 });
    await pub.pipes.waitForCount(1);
    await first.close();
    await using _second = await listen(url, { patterns: [pub], transports });
    await pub.pipes.waitForCount(1);
    pub.publish(new Uint8Array(1));
    assert.equal((await sub[Symbol.asyncIterator]().next()).value?.length, 1);
  });

  Deno.test(`SP over ${name} refuses who is silent or slow to greet`, options, async () => {
    await using hub = await serve(open, everything(), { handshakeMs: 30 });
    for (const bytes of ["", "00 53 50"]) {
      await using peer = await rawDial(hub.url, hub.transport);
      peer.send(bytes);
      const { error } = await hub.log.next("refused");
      assert.equal(error.message, "no SP header within 30 ms");
      await peer.readToEnd();
    }
  });

  Deno.test(`SP over ${name} holds nobody up for one that does not read`, options, async () => {
    const pub = new Pub();
    await using hub = await serve(open, pub, { maxQueued: MAX_PAYLOAD });
    await using slow = await hub.attach(PROTOCOL.sub);
    await using fast = await hub.attach(PROTOCOL.sub);
    slow.stopReading();
    const body = new Uint8Array(65_536);
    const length = encodeFrame(hub.transport.framing, body).length;
    let dropped = 0;
    for (let count = 0; count < 400; count++) {
      dropped += pub.publish(body).dropped;
      await fast.read(length);
    }
    assert.ok(dropped > 100, `${dropped} dropped`);
    const [held = 0] = [...pub.pipes].map((pipe) => pipe.queued);
    assert.ok(held > 0 && held <= MAX_PAYLOAD + length, `${held} bytes wait`);
    slow.readOn();
    const kept = 400 - dropped;
    assert.equal((await slow.read(kept * length)).length, kept * length);
  });
}

interface Hub extends AsyncDisposable {
  readonly listener: Listener;
  readonly transport: Transport;
  readonly url: string;
  readonly log: EndpointEventLog;
  /** Attaches a peer with this protocol id, after the handshake. */
  attach(id: number): Promise<RawPeer>;
  frame(body: string): Uint8Array;
  /** Takes the next messages that the pattern, a SUB, has received. */
  take(count: number): Promise<string[]>;
}

async function serve<P extends Pattern>(
  open: TransportUnderTest["open"],
  pattern: P,
  settings: Partial<ListenOptions> = {},
): Promise<Hub> {
  const place = await open();
  const { transport } = place;
  const log = new EndpointEventLog();
  const options = { patterns: [pattern], transports: [transport], onEvent: log.onEvent };
  const listener = await listen(place.url, { ...options, ...settings });
  const messages = pattern instanceof Sub ? pattern[Symbol.asyncIterator]() : undefined;
  return {
    listener,
    transport,
    url: listener.url,
    log,
    frame: (body) => encodeFrame(transport.framing, new TextEncoder().encode(body)),
    async attach(id) {
      const peer = await rawDial(listener.url, transport);
      peer.send(headerOf(id));
      await Promise.all([peer.read(8), log.next("attached")]);
      return peer;
    },
    async take(count) {
      const taken: string[] = [];
      while (taken.length < count) {
        taken.push(new TextDecoder().decode((await messages?.next())?.value));
      }
      return taken;
    },
    async [Symbol.asyncDispose]() {
      await listener.close();
      await place[Symbol.asyncDispose]();
    },
  };
}

interface Wedding extends ConnectedPatterns {
  /** Sends `count` messages of `size` bytes. */
  publish(count: number, size: number): void;
  /** Takes the lengths of the next messages. */
  take(count: number): Promise<number[]>;
}

/** Connects PUB and SUB; PUB is the named side. */
async function connect(
  open: TransportUnderTest["open"],
  publisher: "listener" | "dialer",
): Promise<Wedding> {
  const place = await open();
  const pub = new Pub();
  const sub = everything();
  const [server, client] = publisher === "listener" ? [pub, sub] : [sub, pub];
  const pair = await connectPatterns(server, client, place);
  const messages = sub[Symbol.asyncIterator]();
  return {
    ...pair,
    publish(count, size) {
      for (let sent = 0; sent < count; sent++) pub.publish(new Uint8Array(size));
    },
    async take(count) {
      const lengths: number[] = [];
      while (lengths.length < count) lengths.push((await messages.next()).value?.length ?? -1);
      return lengths;
    },
    async [Symbol.asyncDispose]() {
      await pair[Symbol.asyncDispose]();
      await place[Symbol.asyncDispose]();
    },
  };
}

function everything(): Sub {
  const sub = new Sub();
  sub.subscribe(new Uint8Array());
  return sub;
}
