/**
 * A conformance suite for patterns. A pattern accepts only the matching role, drops malformed
 * messages, and isolates its peers from each other.
 *
 *     patternConformance({ name: "Sub", role: "sub", open, garbage: [] });
 * @module
 */
import assert from "node:assert/strict";
import { FrameError, HandshakeError } from "../../../lib/sp/wire/errors.ts";
import { encodeFrame, MAX_PAYLOAD } from "../../../lib/sp/wire/framing.ts";
import { inproc } from "../../../lib/sp/transports/inproc.ts";
import { listen, type Listener } from "../../../lib/sp/endpoints/listener.ts";
import type { Pattern, PipeSet } from "../../../lib/sp/patterns/pattern.ts";
import { PROTOCOL, type Role } from "../../../lib/sp/wire/protocol.ts";
import type { Transport } from "../../../lib/sp/wire/transport.ts";
import { EndpointEventLog } from "./endpoint_event_log.ts";
import { LISTENER_URL, openDialerFixture } from "./dialer_fixture.ts";
import { headerOf, hex, rawDial, rawListen, type RawPeer } from "./raw_peer.ts";

/** A pattern and how to test it. */
export interface PatternUnderTest {
  readonly name: string;
  readonly role: Role;
  /** Creates a pattern. */
  open(): OpenPattern;
  /** Payloads in hexadecimal that are meaningless to the pattern. */
  readonly garbage: readonly string[];
  /** Whether a peer that sends garbage is disconnected instead of ignored. */
  readonly strict?: boolean;
}

/** An open pattern. */
export interface OpenPattern {
  readonly pattern: Pattern & { readonly pipes: PipeSet };
  /**
   * Exchanges a message between pattern and peer. Rejects or hangs if they cannot, and if another
   * message has reached the program since the last exchange.
   */
  exchange(peer: RawPeer): Promise<void>;
  /** Sends to all peers. Only for patterns that send first. */
  sendToAll?(body: Uint8Array): void;
}

const pure = { timeout: 10_000 } as const;

/** Ids of all roles, some unknown ids, and one with its bytes swapped. */
const IDS = [0x10, 0x11, 0x20, 0x21, 0x30, 0x31, 0x50, 0x51, 0x60, 0x61, 0x62, 0x63, 0x70];
const ODD_IDS = [0x00, 0x640, 0x2100, 0xffff];

/** Registers the tests. */
export function patternConformance(subject: PatternUnderTest): void {
  const { name, role } = subject;
  const peerId = PROTOCOL[role] ^ 1;

  Deno.test(`${name} introduces itself with its role, dialling and listening`, pure, async () => {
    await using hub = await serve(subject);
    assert.equal(hub.open.pattern.role, role);
    await using peer = await rawDial(LISTENER_URL, hub.transport);
    assert.deepEqual(await peer.read(8), headerOf(PROTOCOL[role]));

    const transport = inproc();
    await using listener = await rawListen(LISTENER_URL, transport);
    await using _dialled = openDialerFixture({ transport, patterns: [subject.open().pattern] });
    assert.deepEqual(await (await listener.accept()).read(8), headerOf(PROTOCOL[role]));
  });

  Deno.test(`${name} refuses every role but the one it talks with`, pure, async () => {
    await using hub = await serve(subject);
    for (const id of [...IDS, ...ODD_IDS].filter((id) => id !== peerId)) {
      await using peer = await rawDial(LISTENER_URL, hub.transport);
      peer.send(headerOf(id));
      const { error } = await hub.log.next("refused");
      assert.ok(error instanceof HandshakeError && error.peer === id);
    }
    assert.equal(hub.open.pattern.pipes.size, 0);
    await using peer = await hub.attach();
    await hub.open.exchange(peer);
  });

  Deno.test(`${name} knows the pipes that are attached`, pure, async () => {
    await using hub = await serve(subject);
    const { pipes } = hub.open.pattern;
    const first = await hub.attach();
    await using second = await hub.attach();
    assert.equal(pipes.size, 2);
    await first[Symbol.asyncDispose]();
    await hub.log.next("detached");
    assert.equal(pipes.size, 1);
    await hub.open.exchange(second);
    await hub.listener.close();
    assert.equal(pipes.size, 0);
  });

  Deno.test(`${name} understands a peer that sends byte by byte`, pure, async () => {
    await using hub = await serve(subject);
    await using peer = await rawDial(LISTENER_URL, hub.transport);
    await peer.sendSlowly(headerOf(peerId));
    await hub.log.next("attached");
    await peer.read(8);
    await hub.open.exchange(peer);
  });

  Deno.test(`${name} lets no garbage reach the program`, pure, async () => {
    await using hub = await serve(subject);
    await using good = await hub.attach();
    for (const payload of subject.garbage) {
      await using bad = await hub.attach();
      bad.send(encodeFrame("tcp", hex(payload)));
      if (subject.strict) await bad.readToEnd();
      else await hub.open.exchange(bad);
    }
    await hub.open.exchange(good);
  });

  Deno.test(`${name} cuts off a peer whose bytes are no frames, and only that`, pure, async () => {
    await using hub = await serve(subject);
    await using good = await hub.attach();
    const lengths = [
      "0000000000100001",
      "7fffffffffffffff",
      "8000000000000000",
      "ffffffffffffffff",
    ];
    for (const length of lengths) {
      await using bad = await hub.attach();
      bad.send(length);
      const { end } = await hub.log.next("detached");
      assert.ok(end.kind === "failed" && end.error instanceof FrameError, length);
      await bad.readToEnd();
    }
    await hub.open.exchange(good);
  });

  Deno.test(`${name} drops a message that is cut short`, pure, async () => {
    await using hub = await serve(subject);
    const frame = encodeFrame("tcp", hex("80000001 6869"));
    for (const length of [1, 7, 8, 9, frame.length - 1]) {
      await using bad = await hub.attach();
      bad.send(frame.subarray(0, length));
      bad.end();
      assert.equal((await hub.log.next("detached")).end.kind, "failed");
    }
    await using good = await hub.attach();
    await hub.open.exchange(good);
  });

  Deno.test(`${name} lets a peer that does not read cost nobody else`, pure, async () => {
    await using hub = await serve(subject);
    const { sendToAll } = hub.open;
    await using slow = await hub.attach();
    await using fast = await hub.attach();
    slow.stopReading();
    if (!sendToAll) return await hub.open.exchange(fast);
    const body = new Uint8Array(MAX_PAYLOAD / 2);
    for (let count = 0; count < 40; count++) {
      sendToAll(body);
      await fast.read(8);
      const rest = await fast.read(body.length);
      assert.equal(rest.length, body.length);
    }
    const [held = 0] = [...hub.open.pattern.pipes].map((pipe) => pipe.queued);
    assert.ok(held > 0 && held < 10 * MAX_PAYLOAD, `${held} bytes wait`);
  });
}

interface Hub extends AsyncDisposable {
  readonly open: OpenPattern;
  readonly listener: Listener;
  readonly transport: Transport;
  readonly log: EndpointEventLog;
  /** Attaches a peer of the right role, after the handshake. */
  attach(): Promise<RawPeer>;
}

async function serve(subject: PatternUnderTest): Promise<Hub> {
  const transport = inproc();
  const log = new EndpointEventLog();
  const open = subject.open();
  const listener = await listen(LISTENER_URL, {
    patterns: [open.pattern],
    transports: [transport],
    onEvent: log.onEvent,
  });
  return { open, listener, transport, log, attach, [Symbol.asyncDispose]: () => listener.close() };

  async function attach(): Promise<RawPeer> {
    const peer = await rawDial(LISTENER_URL, transport);
    peer.send(headerOf(PROTOCOL[subject.role] ^ 1));
    await Promise.all([peer.read(8), log.next("attached")]);
    return peer;
  }
}
