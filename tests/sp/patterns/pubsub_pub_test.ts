import assert from "node:assert/strict";
import { encodeFrame } from "../../../lib/sp/wire/framing.ts";
import { ipc } from "../../../lib/sp/transports/ipc.ts";
import { Pub } from "../../../lib/sp/patterns/pubsub.ts";
import { Sub } from "../../../lib/sp/patterns/pubsub.ts";
import { tcp } from "../../../lib/sp/transports/tcp.ts";
import { connectPatterns } from "../../support/sp/connect_patterns.ts";
import { type OpenPattern, patternConformance } from "../../support/sp/pattern_conformance.ts";
import { hex } from "../../support/sp/raw_peer.ts";

const pure = { timeout: 5_000 } as const;

patternConformance({
  name: "Pub",
  role: "pub",
  strict: true,
  garbage: ["", "00", "80000001 6869"],
  open(): OpenPattern {
    const pub = new Pub();
    return {
      pattern: pub,
      async exchange(peer) {
        pub.publish(hex("68 69"));
        assert.deepEqual(await peer.read(10), encodeFrame("tcp", hex("68 69")));
      },
      sendToAll: (body) => void pub.publish(body),
    };
  },
});

Deno.test("Pub.publish reaches every subscriber, in order", pure, async () => {
  const pub = new Pub();
  const subs = [new Sub(), new Sub(), new Sub()];
  await using stack = new AsyncDisposableStack();
  for (const sub of subs) {
    sub.subscribe(hex(""));
    stack.use(await connectPatterns(pub, sub));
  }
  for (let count = 0; count < 200; count++) {
    assert.deepEqual(pub.publish(Uint8Array.of(count)), { sent: 3, dropped: 0 });
  }
  for (const sub of subs) {
    const messages = sub[Symbol.asyncIterator]();
    for (let count = 0; count < 200; count++) {
      assert.deepEqual((await messages.next()).value, Uint8Array.of(count));
    }
  }
});

Deno.test("Pub.publish needs no subscriber", pure, () => {
  assert.deepEqual(new Pub().publish(hex("01")), { sent: 0, dropped: 0 });
});

Deno.test("Pub.publish counts those who read too slowly", pure, async () => {
  const pub = new Pub();
  const sub = new Sub();
  await using pair = await connectPatterns(pub, sub, { maxQueued: 100 });
  pair.dialling.pause();
  assert.deepEqual(pub.publish(new Uint8Array(200)), { sent: 1, dropped: 0 });
  assert.deepEqual(pub.publish(new Uint8Array(200)), { sent: 0, dropped: 1 });
  pair.dialling.resume();
  await pair.listening.flushed();
  assert.deepEqual(pub.publish(new Uint8Array(200)), { sent: 1, dropped: 0 });
});

Deno.test("Pub.publish frames for tcp and ipc alike", {
  permissions: { net: true, read: true, write: true },
  timeout: 10_000,
}, async () => {
  const pub = new Pub();
  const folder = await Deno.makeTempDir();
  await using stack = new AsyncDisposableStack();
  stack.defer(() => Deno.remove(folder, { recursive: true }));
  for (
    const [url, transport] of [["tcp://127.0.0.1:0", tcp], [`ipc://${folder}/q`, ipc]] as const
  ) {
    const sub = new Sub();
    sub.subscribe(hex("61"));
    stack.use(await connectPatterns(pub, sub, { url, transport }));
    pub.publish(hex("61 62"));
    assert.deepEqual((await sub[Symbol.asyncIterator]().next()).value, hex("61 62"));
  }
});
