import assert from "node:assert/strict";
import { mock } from "node:test";
import { dial } from "../../../lib/sp/endpoints/dialer.ts";
import { AddressError, HandshakeError } from "../../../lib/sp/wire/errors.ts";
import { inproc, streamPair } from "../../../lib/sp/transports/inproc.ts";
import { listen } from "../../../lib/sp/endpoints/listener.ts";
import type { Pattern } from "../../../lib/sp/patterns/pattern.ts";
import { PROTOCOL } from "../../../lib/sp/wire/protocol.ts";
import { Pub } from "../../../lib/sp/patterns/pubsub.ts";
import { RawSurveyor } from "../../../lib/sp/patterns/surveyor.ts";
import { Respondent } from "../../../lib/sp/patterns/respondent.ts";
import { Sub } from "../../../lib/sp/patterns/pubsub.ts";
import type { Transport } from "../../../lib/sp/wire/transport.ts";
import { LISTENER_URL, openDialerFixture } from "../../support/sp/dialer_fixture.ts";
import { headerOf, rawListen } from "../../support/sp/raw_peer.ts";

const pure = { timeout: 5_000 } as const;

Deno.test("dial refuses a URL that cannot be dialled, at once", pure, () => {
  for (const url of ["queue", "inproc://", "http://queue", [], ["inproc://a", "b"]]) {
    const options = { patterns: [new Sub()], transports: [inproc()] };
    assert.throws(() => dial(url, options), AddressError);
  }
});

Deno.test("Dialer sends its header first", pure, async () => {
  const transport = inproc();
  await using listener = await rawListen(LISTENER_URL, transport);
  await using dialled = openDialerFixture({ transport });
  const peer = await listener.accept();
  assert.deepEqual(await peer.read(8), headerOf(PROTOCOL.sub));
  peer.send(headerOf(PROTOCOL.pub));
  assert.equal((await dialled.log.next("attached")).pipe.role, "sub");
});

Deno.test(
  "Dialer that offers several roles falls back at once to the one that fits",
  pure,
  async () => {
    const rows: readonly (readonly [Pattern, string])[] = [
      [new Pub(), "sub"],
      [new RawSurveyor({ answer() {} }), "respondent"],
    ];
    for (const [pattern, role] of rows) {
      const transport = inproc();
      await using _listener = await listen(LISTENER_URL, {
        patterns: [pattern],
        transports: [transport],
      });
      await using dialled = openDialerFixture({
        transport,
        patterns: [new Respondent(), new Sub()],
      });
      assert.equal((await dialled.log.next("attached")).pipe.role, role);
      assert.equal(dialled.log.count("retrying"), 0);
    }
  },
);

Deno.test("Dialer that offers several roles prefers the first", pure, async () => {
  const transport = inproc();
  const patterns = [new Pub(), new RawSurveyor({ answer() {} })];
  await using _listener = await listen(LISTENER_URL, { patterns, transports: [transport] });
  await using dialled = openDialerFixture({ transport, patterns: [new Respondent(), new Sub()] });
  assert.equal((await dialled.log.next("attached")).pipe.role, "respondent");
});

Deno.test("Dialer tries on when no role of its own fits", pure, async () => {
  const transport = inproc();
  await using _listener = await listen(LISTENER_URL, {
    patterns: [new Sub()],
    transports: [transport],
  });
  await using dialled = openDialerFixture({ transport, patterns: [new Respondent(), new Sub()] });
  const { error } = await dialled.log.next("retrying");
  assert.ok(error instanceof HandshakeError);
  assert.equal(error.peer, PROTOCOL.sub);
});

Deno.test("Dialer waits five seconds for a header", pure, async () => {
  mock.timers.enable({ apis: ["setTimeout"] });
  try {
    const transport = inproc();
    await using listener = await rawListen(LISTENER_URL, transport);
    await using dialled = openDialerFixture({ transport });
    const peer = await listener.accept();
    await peer.read(8);
    mock.timers.tick(4_999);
    assert.equal(dialled.log.count("retrying"), 0);
    mock.timers.tick(1);
    const { error } = await dialled.log.next("retrying");
    assert.equal(error?.message, "no SP header within 5000 ms");
    await peer.readToEnd();
  } finally {
    mock.timers.reset();
  }
});

Deno.test("Dialer.close ends a wait", pure, async () => {
  const dialled = openDialerFixture();
  await dialled.log.next("retrying");
  await dialled.dialer.close();
  assert.equal(dialled.log.count("retrying"), 0);
});

Deno.test("Dialer.close ends a dial that does not come to an end", pure, async () => {
  const begun = Promise.withResolvers<void>();
  const transport: Transport = {
    ...inproc(),
    dial(_address, signal) {
      const { promise, reject } = Promise.withResolvers<never>();
      signal.addEventListener("abort", () => reject(signal.reason));
      begun.resolve();
      return promise;
    },
  };
  const dialled = openDialerFixture({ transport });
  await begun.promise;
  await dialled.dialer.close();
  assert.equal(dialled.log.count("retrying"), 0);
});

Deno.test("Dialer.close ends a handshake", pure, async () => {
  const transport = inproc();
  await using listener = await rawListen(LISTENER_URL, transport);
  const dialled = openDialerFixture({ transport });
  const peer = await listener.accept();
  await peer.read(8);
  await dialled.dialer.close();
  await peer.readToEnd();
});

Deno.test("Dialer.close ends what is between dial and handshake", pure, async () => {
  for (let turns = 0; turns < 10; turns++) {
    const [near] = streamPair(LISTENER_URL);
    const dialled = openDialerFixture({
      transport: { ...inproc(), dial: () => Promise.resolve(near) },
    });
    for (let turn = 0; turn < turns; turn++) await Promise.resolve();
    await dialled.dialer.close();
    assert.equal(dialled.log.count("attached"), 0);
  }
});

Deno.test("Dialer.close closes the pipe and lets what was sent leave", pure, async () => {
  const surveyor = new RawSurveyor({ answer() {} });
  const transport = inproc();
  await using listener = await rawListen(LISTENER_URL, transport);
  const dialled = openDialerFixture({ transport, patterns: [surveyor] });
  const peer = await listener.accept();
  peer.send(headerOf(PROTOCOL.respondent));
  const { pipe } = await dialled.log.next("attached");
  surveyor.ask(pipe, 1, new Uint8Array(88));
  await dialled.dialer.close();
  assert.equal((await peer.readToEnd()).length, 8 + 100);
  assert.deepEqual((await dialled.log.next("detached")).end, { kind: "closed" });
  assert.equal(dialled.log.count("retrying"), 0);
  await dialled.dialer.close();
});
