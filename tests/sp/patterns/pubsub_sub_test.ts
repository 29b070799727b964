import assert from "node:assert/strict";
import { decodeUtf8, encodeUtf8 } from "../../../lib/base/bytes.ts";
import { encodeFrame } from "../../../lib/sp/wire/framing.ts";
import { Pub } from "../../../lib/sp/patterns/pubsub.ts";
import { Sub } from "../../../lib/sp/patterns/pubsub.ts";
import { connectPatterns } from "../../support/sp/connect_patterns.ts";
import { type OpenPattern, patternConformance } from "../../support/sp/pattern_conformance.ts";
import { hex } from "../../support/sp/raw_peer.ts";

const pure = { timeout: 5_000 } as const;

patternConformance({
  name: "Sub",
  role: "sub",
  garbage: ["", "00", "6968", "80000001 6869"],
  open(): OpenPattern {
    const sub = new Sub();
    sub.subscribe(hex("68 69"));
    const messages = sub[Symbol.asyncIterator]();
    return {
      pattern: sub,
      async exchange(peer) {
        peer.send(encodeFrame("tcp", hex("68 69 21")));
        assert.deepEqual((await messages.next()).value, hex("68 69 21"));
      },
    };
  },
});

Deno.test("Sub takes what begins with a subscribed prefix and nothing else", pure, async () => {
  const rows: readonly (readonly [readonly string[], readonly string[]])[] = [
    [["ab"], ["ab", "abc"]],
    [[""], ["ab", "abc", "", "a", "xab", "AB"]],
    [[], []],
    [["ab", "a"], ["ab", "abc", "a"]],
    [["AB", "x"], ["xab", "AB"]],
    [["abcd"], []],
  ];
  for (const [prefixes, expected] of rows) {
    const sub = new Sub();
    for (const prefix of prefixes) sub.subscribe(encodeUtf8(prefix));
    const sent = ["ab", "abc", "", "a", "xab", "AB"];
    assert.deepEqual(await takenOf(sub, sent), expected, prefixes.join());
  }
});

Deno.test("Sub compares bytes, not text", pure, async () => {
  const sub = new Sub();
  sub.subscribe(hex("ff 00"));
  await using pair = await connectPatterns(new Pub(), sub);
  for (const body of ["ff", "fe 00", "ff 01", "ff 00 80"]) pair.listening.send(hex(body));
  assert.deepEqual((await sub[Symbol.asyncIterator]().next()).value, hex("ff 00 80"));
});

Deno.test("Sub counts a repeated subscription once", pure, async () => {
  const sub = new Sub();
  for (const prefix of ["ab", "ab", "x"]) sub.subscribe(encodeUtf8(prefix));
  sub.unsubscribe(encodeUtf8("ab"));
  sub.unsubscribe(encodeUtf8("never subscribed"));
  assert.deepEqual(await takenOf(sub, ["ab", "x"]), ["x"]);
});

Deno.test("Sub.close ends the iteration after what waits", pure, async () => {
  const sub = new Sub();
  sub.subscribe(hex(""));
  await using pair = await connectPatterns(new Pub(), sub);
  pair.listening.send(hex("01"));
  pair.listening.send(hex("02"));
  await pair.listening.flushed();
  sub.close();
  pair.listening.send(hex("03"));
  assert.deepEqual(await Array.fromAsync(sub), [hex("01"), hex("02")]);
});

Deno.test("Sub that is not read slows its publisher down and loses nothing", pure, async () => {
  const pub = new Pub();
  const sub = new Sub();
  sub.subscribe(hex(""));
  await using pair = await connectPatterns(pub, sub);
  for (let count = 0; count < 2_000; count++) pub.publish(Uint8Array.of(count % 256));
  const flushing = pair.listening.flushed();
  assert.ok(pair.listening.queued > 10_000);
  let taken = 0;
  for await (const body of sub) {
    assert.deepEqual(body, Uint8Array.of(taken % 256));
    if (++taken === 2_000) break;
  }
  await flushing;
});

/** Which of `sent` the program gets. */
async function takenOf(sub: Sub, sent: readonly string[]): Promise<string[]> {
  await using pair = await connectPatterns(new Pub(), sub);
  for (const body of sent) pair.listening.send(encodeUtf8(body));
  await pair.listening.flushed();
  sub.close();
  return (await Array.fromAsync(sub)).map(decodeUtf8);
}
