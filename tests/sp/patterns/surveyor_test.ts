import assert from "node:assert/strict";
import { mock } from "node:test";
import { encodeUtf8 } from "../../../lib/base/bytes.ts";
import { encodeFrame } from "../../../lib/sp/wire/framing.ts";
import { encodeSurveyId } from "../../../lib/sp/patterns/survey_header.ts";
import { Surveyor } from "../../../lib/sp/patterns/surveyor.ts";
import { connectRawPeer } from "../../support/sp/raw_pattern_peer.ts";
import { type OpenPattern, patternConformance } from "../../support/sp/pattern_conformance.ts";
import { hex, RawPeer } from "../../support/sp/raw_peer.ts";
import { settle } from "../../support/virtual_clock.ts";

/** Settings of a survey whose answers nobody wants. */
const over = { signal: AbortSignal.abort() };
const pure = { timeout: 5_000 } as const;

patternConformance({
  name: "Surveyor",
  role: "surveyor",
  garbage: ["", "80", "800000", "00000001", "80000001 6869", "00000001 80000001 6869"],
  open(): OpenPattern {
    const surveyor = new Surveyor();
    return {
      pattern: surveyor,
      async exchange(peer) {
        await peer.read(peer.unread); // surveys that others have answered
        const answers = surveyor.survey(encodeUtf8("q?"), { deadlineMs: 60_000 });
        peer.send(encodeFrame("tcp", await idOf(peer, 2), encodeUtf8("a!")));
        for await (const { body } of answers) {
          assert.deepEqual(body, encodeUtf8("a!"));
          break;
        }
      },
      sendToAll: (body) => void surveyor.survey(body.subarray(4), over),
    };
  },
});

Deno.test("Surveyor gathers the answers of all until the deadline", pure, async () => {
  using time = mockTimers();
  const surveyor = new Surveyor();
  await using first = await connectRawPeer(surveyor);
  await using second = await connectRawPeer(surveyor);
  const answers = Array.fromAsync(surveyor.survey(encodeUtf8("q")));
  for (const { peer } of [second, first]) peer.send(encodeFrame("tcp", await idOf(peer, 1)));
  await settle();
  time.tick(999);
  await settle();
  time.tick(1);
  const bodies = await answers;
  assert.deepEqual(bodies.map(({ pipe }) => pipe), [second.pipe, first.pipe]);
  assert.ok(bodies.every(({ body }) => body.length === 0));
});

Deno.test("Surveyor ends a survey after 1000 ms, not before", pure, async () => {
  using time = mockTimers();
  const answers = new Surveyor().survey(encodeUtf8("q"))[Symbol.asyncIterator]();
  let over = false;
  const next = answers.next().then(({ done }) => over = done === true);
  time.tick(999);
  await settle();
  assert.equal(over, false);
  time.tick(1);
  await next;
  assert.equal(over, true);
});

Deno.test("Surveyor counts its ids up and sets their top bit", pure, async () => {
  const surveyor = new Surveyor();
  await using pair = await connectRawPeer(surveyor);
  const ids: number[] = [];
  for (let count = 0; count < 3; count++) {
    surveyor.survey(encodeUtf8("q"), over);
    ids.push(numberOf(await idOf(pair.peer, 1)));
  }
  const [first = 0] = ids;
  assert.ok(first >= 0x80000000);
  assert.deepEqual(ids, [0, 1, 2].map((count) => (((first + count) | 0x80000000) >>> 0)));
});

Deno.test("Surveyor takes a second answer, and none with another id", pure, async () => {
  const surveyor = new Surveyor();
  await using pair = await connectRawPeer(surveyor);
  const answers = surveyor.survey(encodeUtf8("q"), { deadlineMs: 60_000 })[Symbol.asyncIterator]();
  const id = await idOf(pair.peer, 1);
  const wrong = [
    encodeSurveyId(numberOf(id) + 1),
    encodeSurveyId(numberOf(id) - 1),
    clearTopBit(id),
  ];
  for (const other of wrong) pair.peer.send(encodeFrame("tcp", other, encodeUtf8("wrong")));
  pair.peer.send(encodeFrame("tcp", hex("00000001"), id, encodeUtf8("for a device")));
  for (const body of ["one", "two"]) pair.peer.send(encodeFrame("tcp", id, encodeUtf8(body)));
  for (const body of ["one", "two"]) {
    assert.deepEqual((await answers.next()).value?.body, encodeUtf8(body));
  }
  await answers.return?.();
});

Deno.test("Surveyor ignores an answer that comes late", pure, async () => {
  const surveyor = new Surveyor();
  await using pair = await connectRawPeer(surveyor);
  assert.deepEqual(await Array.fromAsync(surveyor.survey(encodeUtf8("q"), { deadlineMs: 1 })), []);
  const late = await idOf(pair.peer, 1);
  const answers = surveyor.survey(encodeUtf8("q"), { deadlineMs: 60_000 })[Symbol.asyncIterator]();
  pair.peer.send(encodeFrame("tcp", late, encodeUtf8("late")));
  pair.peer.send(encodeFrame("tcp", await idOf(pair.peer, 1), encodeUtf8("in time")));
  assert.deepEqual((await answers.next()).value?.body, encodeUtf8("in time"));
  await answers.return?.();
});

Deno.test(
  "Surveyor ends a survey when it begins the next, keeping what has come",
  pure,
  async () => {
    const surveyor = new Surveyor();
    await using pair = await connectRawPeer(surveyor);
    const first = surveyor.survey(encodeUtf8("q"), { deadlineMs: 60_000 });
    pair.peer.send(encodeFrame("tcp", await idOf(pair.peer, 1), encodeUtf8("a")));
    await pair.peer.stream.flushed();
    surveyor.survey(encodeUtf8("q"), over);
    assert.deepEqual((await Array.fromAsync(first)).map(({ body }) => body), [encodeUtf8("a")]);
  },
);

Deno.test("Surveyor ends a survey that is aborted, also before", pure, async () => {
  const surveyor = new Surveyor();
  const stop = new AbortController();
  const answers = Array.fromAsync(surveyor.survey(encodeUtf8("q"), { signal: stop.signal }));
  stop.abort();
  assert.deepEqual(await answers, []);
  assert.deepEqual(
    await Array.fromAsync(surveyor.survey(encodeUtf8("q"), { signal: stop.signal })),
    [],
  );
});

Deno.test("Surveyor leaves no timer behind when a survey is left", pure, async () => {
  const surveyor = new Surveyor();
  await using pair = await connectRawPeer(surveyor);
  const stop = new AbortController();
  const answers = surveyor.survey(encodeUtf8("q"), { deadlineMs: 60_000, signal: stop.signal });
  pair.peer.send(encodeFrame("tcp", await idOf(pair.peer, 1)));
  for await (const _ of answers) break;
  const unread = surveyor.survey(encodeUtf8("q"), { deadlineMs: 60_000, signal: stop.signal });
  stop.abort();
  assert.ok(unread);
});

Deno.test("Surveyor does not ask those who come later", pure, async () => {
  const surveyor = new Surveyor();
  surveyor.survey(encodeUtf8("early"), over);
  await using pair = await connectRawPeer(surveyor);
  surveyor.survey(encodeUtf8("x"), over);
  await idOf(pair.peer, 1);
  assert.equal(pair.peer.unread, 0);
});

/** Reads a survey of `length` bytes and gives its id. */
async function idOf(peer: RawPeer, length: number): Promise<Uint8Array> {
  const frame = await peer.read(8 + 4 + length);
  return frame.subarray(8, 12);
}

function numberOf(id: Uint8Array): number {
  return new DataView(id.buffer, id.byteOffset).getUint32(0);
}

function clearTopBit(id: Uint8Array): Uint8Array {
  return id.map((byte, index) => index === 0 ? byte & 0x7f : byte);
}

function mockTimers(): Disposable & { tick(ms: number): void } {
  mock.timers.enable({ apis: ["setTimeout"] });
  return { tick: (ms) => mock.timers.tick(ms), [Symbol.dispose]: () => mock.timers.reset() };
}
