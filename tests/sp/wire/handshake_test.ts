import assert from "node:assert/strict";
import { mock } from "node:test";
import { concat } from "../../../lib/base/bytes.ts";
import { HandshakeError } from "../../../lib/sp/wire/errors.ts";
import {
  handshake,
  type HandshakeOptions,
  type HandshakeResult,
} from "../../../lib/sp/wire/handshake.ts";
import { streamPair } from "../../../lib/sp/transports/inproc.ts";
import { PROTOCOL, type Role } from "../../../lib/sp/wire/protocol.ts";
import { headerOf, hex, RawPeer } from "../../support/sp/raw_peer.ts";
import { settle } from "../../support/virtual_clock.ts";

const pure = { timeout: 5_000 } as const;
const ONE_PORT: readonly Role[] = ["surveyor", "pub", "respondent"];

Deno.test("handshake speaks first with the header of its role", pure, async () => {
  for (const role of Object.keys(PROTOCOL) as Role[]) {
    await using greeting = greet({ roles: [role], sendsFirst: true });
    assert.deepEqual(await greeting.peer.read(8), headerOf(PROTOCOL[role]));
    greeting.peer.send(headerOf(PROTOCOL[role] ^ 1));
    assert.equal((await greeting.greeted).role, role);
  }
});

Deno.test("handshake that listens first answers with the role that fits", pure, async () => {
  for (const role of ONE_PORT) {
    await using greeting = greet({ roles: ONE_PORT, sendsFirst: false });
    greeting.peer.send(headerOf(PROTOCOL[role] ^ 1));
    assert.deepEqual(await greeting.peer.read(8), headerOf(PROTOCOL[role]));
    assert.equal((await greeting.greeted).role, role);
  }
});

Deno.test("handshake takes a header byte by byte", pure, async () => {
  await using greeting = greet();
  await greeting.peer.sendSlowly(headerOf(PROTOCOL.sub));
  assert.equal((await greeting.greeted).role, "pub");
});

Deno.test("handshake keeps what follows the header", pure, async () => {
  await using greeting = greet();
  greeting.peer.send(concat([headerOf(PROTOCOL.sub), hex("01 02 03")]));
  assert.deepEqual((await greeting.greeted).rest, hex("01 02 03"));
});

Deno.test("handshake refuses bad headers and cuts the connection", pure, async () => {
  const rows: readonly (readonly [string, string, number?])[] = [
    ["text", "47 45 54 20 2f 20 48 54"],
    ["a first byte that is not 0", "01 53 50 00 00 21 00 00"],
    ["letters in lower case", "00 73 70 00 00 21 00 00"],
    ["letters swapped", "00 50 53 00 00 21 00 00"],
    ["version 1", "00 53 50 01 00 21 00 00"],
    ["a reserved byte that is not 0", "00 53 50 00 00 21 01 00"],
    ["the last byte not 0", "00 53 50 00 00 21 00 01"],
    ["our own role", "00 53 50 00 00 20 00 00", 0x20],
    ["a role of another pattern", "00 53 50 00 00 31 00 00", 0x31],
    ["the retired number of RESPONDENT", "00 53 50 00 00 61 00 00", 0x61],
    ["an id with its bytes swapped", "00 53 50 00 21 00 00 00", 0x2100],
    ["an unknown id", "00 53 50 00 ff ff 00 00", 0xffff],
  ];
  for (const [what, header, peer] of rows) {
    await using greeting = greet();
    greeting.peer.send(header);
    await assert.rejects(greeting.greeted, { name: "HandshakeError", peer }, what);
    await greeting.peer.readToEnd();
  }
});

Deno.test("handshake says who the peer is and who was wanted", pure, async () => {
  await using greeting = greet({ roles: ["pub", "surveyor"], sendsFirst: false });
  greeting.peer.send(headerOf(0x30));
  const message = "the peer is REQ, which PUB or SURVEYOR does not talk with";
  await assert.rejects(greeting.greeted, { message });
});

Deno.test("handshake refuses a peer that hangs up early", pure, async () => {
  for (const header of ["", "00 53 50", "00 53 50 00 00 21 00"]) {
    await using greeting = greet();
    greeting.peer.send(header);
    greeting.peer.end();
    await assert.rejects(greeting.greeted, HandshakeError, header);
  }
});

Deno.test("handshake says why a connection failed", pure, async () => {
  const [stream] = streamPair("inproc://test");
  const cause = new Error("read ECONNRESET");
  const attach = mock.method(stream, "attach");
  const greeted = handshake(stream, { roles: ["pub"], sendsFirst: true, timeoutMs: 1_000 });
  attach.mock.calls[0]?.arguments[0].closed(cause);
  await assert.rejects(greeted, {
    name: "HandshakeError",
    message: "the connection failed before the peer's SP header: read ECONNRESET",
    cause,
  });
});

Deno.test("handshake waits its time for the whole header and no longer", pure, async () => {
  for (const header of ["", "00 53 50", "00 53 50 00 00 21 00"]) {
    mock.timers.enable({ apis: ["setTimeout"] });
    try {
      await using greeting = greet({ timeoutMs: 800 });
      greeting.peer.send(header);
      await greeting.settled();
      mock.timers.tick(799);
      assert.equal(await greeting.settled(), false);
      mock.timers.tick(1);
      await assert.rejects(greeting.greeted, { message: "no SP header within 800 ms" });
      await greeting.peer.readToEnd();
    } finally {
      mock.timers.reset();
    }
  }
});

Deno.test("handshake takes a header that comes just in time", pure, async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  try {
    await using greeting = greet({ timeoutMs: 800 });
    mock.timers.tick(799);
    greeting.peer.send(headerOf(PROTOCOL.sub));
    assert.equal((await greeting.greeted).role, "pub");
    mock.timers.tick(10);
    assert.equal(greeting.peer.over, false);
  } finally {
    mock.timers.reset();
  }
});

Deno.test("handshake gives up with the reason of an abort, also of one before", pure, async () => {
  const reason = new HandshakeError("enough");
  const stop = new AbortController();
  await using first = greet({ signal: stop.signal });
  stop.abort(reason);
  await assert.rejects(first.greeted, reason);
  await first.peer.readToEnd();
  await using second = greet({ signal: stop.signal });
  await assert.rejects(second.greeted, reason);
  await second.peer.readToEnd();
});

interface Greeting extends AsyncDisposable {
  /** The other end. */
  readonly peer: RawPeer;
  readonly greeted: Promise<HandshakeResult>;
  /** Whether the handshake is over, once all that could happen by itself has happened. */
  settled(): Promise<boolean>;
}

/** A handshake of PUB that has not been answered. */
function greet(options: Partial<HandshakeOptions> = {}): Greeting {
  const [near, far] = streamPair("inproc://test");
  const peer = new RawPeer(far);
  const defaults = { roles: ["pub"], sendsFirst: true, timeoutMs: 60_000 } as const;
  const greeted = handshake(near, { ...defaults, ...options });
  let over = false;
  greeted.then(() => over = true, () => over = true);
  return {
    peer,
    greeted,
    async settled() {
      await settle();
      return over;
    },
    async [Symbol.asyncDispose]() {
      await peer[Symbol.asyncDispose]();
      await greeted.then(({ stream }) => stream.destroy(), () => {});
    },
  };
}
