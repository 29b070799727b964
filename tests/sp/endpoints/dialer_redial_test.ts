import assert from "node:assert/strict";
import { HandshakeError, TransportError } from "../../../lib/sp/wire/errors.ts";
import { inproc, streamPair } from "../../../lib/sp/transports/inproc.ts";
import { listen } from "../../../lib/sp/endpoints/listener.ts";
import { PROTOCOL } from "../../../lib/sp/wire/protocol.ts";
import { Pub } from "../../../lib/sp/patterns/pubsub.ts";
import type { ByteStream, Transport } from "../../../lib/sp/wire/transport.ts";
import { LISTENER_URL, openDialerFixture } from "../../support/sp/dialer_fixture.ts";
import { headerOf, rawListen, RawPeer } from "../../support/sp/raw_peer.ts";

const pure = { timeout: 5_000 } as const;

Deno.test("Dialer attaches when a listener appears at last", pure, async () => {
  await using dialled = openDialerFixture();
  const { error, url } = await dialled.log.next("retrying");
  assert.equal(url, LISTENER_URL);
  assert.ok(error instanceof TransportError);
  await using _listener = await listen(LISTENER_URL, {
    patterns: [new Pub()],
    transports: [dialled.transport],
  });
  await dialled.clock.advance(60_000);
  await dialled.log.next("attached");
});

Deno.test("Dialer waits longer from try to try, with full jitter", pure, async () => {
  await using dialled = openDialerFixture({ redialMs: 500, maxRedialMs: 3_000, random: () => 0.5 });
  const { clock, log } = dialled;
  for (const expected of [250, 500, 1_000, 1_500, 1_500, 1_500]) {
    assert.equal((await log.next("retrying")).delayMs, expected);
    await clock.advance(expected - 1);
    assert.equal(log.count("retrying"), 0);
    await clock.advance(1);
  }
});

Deno.test("Dialer begins anew with short waits after a good connection only", pure, async () => {
  const settings = { redialMs: 500, maxRedialMs: 60_000, stableMs: 30_000, random: () => 0.5 };
  await using dialled = openDialerFixture(settings);
  const { clock, log } = dialled;
  await log.next("retrying");
  await using listener = await rawListen(LISTENER_URL, dialled.transport);
  const rows: readonly (readonly [number, number])[] = [
    [29_999, 500],
    [0, 1_000],
    [30_000, 250],
    [29_999, 500],
  ];
  for (const [lastedMs, delayMs] of rows) {
    await clock.advance(60_000);
    const peer = await listener.accept();
    peer.send(headerOf(PROTOCOL.pub));
    await log.next("attached");
    await clock.advance(lastedMs);
    peer.end();
    assert.deepEqual((await log.next("detached")).end, { kind: "ended" });
    const { error, ...retry } = await log.next("retrying");
    assert.equal(error, undefined);
    assert.deepEqual(retry, { kind: "retrying", url: LISTENER_URL, delayMs });
  }
});

Deno.test("Dialer does not count a slow dial as part of a good connection", pure, async () => {
  const [near, far] = streamPair(LISTENER_URL);
  const peer = new RawPeer(far);
  const slow = Promise.withResolvers<ByteStream>();
  const dials = [Promise.reject(new Error("refused")), slow.promise];
  const never = Promise.withResolvers<ByteStream>().promise;
  const transport: Transport = { ...inproc(), dial: () => dials.shift() ?? never };
  await using dialled = openDialerFixture({ transport, redialMs: 500, random: () => 0.5 });
  const { clock, log } = dialled;
  assert.equal((await log.next("retrying")).delayMs, 250);
  await clock.advance(250);
  await clock.advance(130_000); // as when a firewall drops the first packets
  slow.resolve(near);
  peer.send(headerOf(PROTOCOL.pub));
  await log.next("attached");
  peer.end();
  assert.equal((await log.next("retrying")).delayMs, 500);
});

Deno.test("Dialer waits less where nobody listens, if told so", pure, async () => {
  const errors: readonly (readonly [Error, number])[] = [
    [new TransportError("refused", "ECONNREFUSED"), 2_000],
    [new TransportError("no file", "ENOENT"), 2_000],
    [new TransportError("lost", "ETIMEDOUT"), 30_000],
    [new HandshakeError("it hung up"), 2_000],
    [new HandshakeError("it is REQ", { peer: 0x30 }), 30_000],
  ];
  for (const [error, delayMs] of errors) {
    const transport = { ...inproc(), dial: () => Promise.reject(error) };
    const waits = { redialMs: 60_000, maxRedialMs: 60_000, refusedRedialMs: 4_000 };
    await using dialled = openDialerFixture({ transport, ...waits, random: () => 0.5 });
    assert.equal((await dialled.log.next("retrying")).delayMs, delayMs, error.message);
  }
});

Deno.test(
  "Dialer goes on to the next URL after a failure, and keeps a good one",
  pure,
  async () => {
    const transport = inproc();
    await using listener = await rawListen("inproc://c", transport);
    const urls = ["inproc://a", "inproc://b", "inproc://c"];
    await using dialled = openDialerFixture({ transport, urls });
    const { clock, log } = dialled;
    for (const url of [...urls, "inproc://c", "inproc://c"]) {
      if (url === "inproc://c") {
        const peer = await listener.accept();
        peer.send(headerOf(PROTOCOL.pub));
        await log.next("attached");
        peer.end();
      }
      assert.equal((await log.next("retrying")).url, url);
      await clock.advance(60_000);
    }
  },
);
