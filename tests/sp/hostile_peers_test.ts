import assert from "node:assert/strict";
import { concat, decodeUtf8, encodeUtf8 } from "../../lib/base/bytes.ts";
import { dial } from "../../lib/sp/endpoints/dialer.ts";
import { FrameError } from "../../lib/sp/wire/errors.ts";
import { encodeFrame, FrameDecoder, type Framing } from "../../lib/sp/wire/framing.ts";
import { listen } from "../../lib/sp/endpoints/listener.ts";
import type { PipeEnd } from "../../lib/sp/wire/pipe.ts";
import { Pub } from "../../lib/sp/patterns/pubsub.ts";
import { RawRespondent, Respondent } from "../../lib/sp/patterns/respondent.ts";
import { RawSurveyor } from "../../lib/sp/patterns/surveyor.ts";
import { Sub } from "../../lib/sp/patterns/pubsub.ts";
import { tcp } from "../../lib/sp/transports/tcp.ts";
import { SinkLog } from "../support/sp/raw_pattern_peer.ts";
import { headerOf, hex, rawDial, RawPeer } from "../support/sp/raw_peer.ts";

const MEGABYTE = 1_048_576;
const ROLES = [0x20, 0x21, 0x62, 0x63, 0x30, 0xffff];
const ODD_BYTES = [0x00, 0x01, 0x7f, 0x80, 0xff, 0x53, 0x50];

Deno.test("FrameDecoder survives 4,000 seeded streams and keeps no memory", {
  timeout: 60_000,
}, () => {
  const random = seeded(12);
  const streams = () => {
    for (let count = 0; count < 2_000; count++) feed(random);
  };
  streams(); // warms up
  const before = held();
  streams();
  const grown = held() - before;
  assert.ok(grown < 32 * MEGABYTE, `${grown} bytes`);
});

Deno.test("a length of 2^63 allocates nothing, at any limit", () => {
  const lengths = ["7fffffffffffffff", "8000000000000000", "ffffffffffffffff"].map(hex);
  const before = Deno.memoryUsage().external;
  for (let count = 0; count < 1_000; count++) {
    for (const length of lengths) {
      const decoder = new FrameDecoder("tcp", 16 * MEGABYTE);
      decoder.push(length);
      assert.throws(() => decoder.next(), FrameError);
    }
  }
  assert.ok(Deno.memoryUsage().external - before < 65_536);
});

Deno.test("a one-port listener survives 400 seeded strangers, and its peers notice nothing", {
  permissions: { net: ["127.0.0.1"] },
  timeout: 60_000,
}, async () => {
  const random = seeded(13);
  await using hub = await openHub();
  await hub.exchange();
  const before = held();
  const open: RawPeer[] = [];
  for (let count = 0; count < 400; count++) {
    const stranger = await rawDial(hub.url, tcp);
    stranger.send(stream(random, "tcp"));
    if (random() < 0.5) stranger.end();
    open.push(stranger);
    if (open.length > 50) await open.shift()?.[Symbol.asyncDispose]();
    if (count % 50 === 0) await hub.exchange();
  }
  await Promise.all(open.map((stranger) => stranger[Symbol.asyncDispose]()));
  await hub.exchange();
  assert.deepEqual(hub.lost, []);
  const grown = held() - before;
  assert.ok(grown < 64 * MEGABYTE, `${grown} bytes`);
});

/** Bytes that this isolate holds; the resident set would count what other tests do as well. */
function held(): number {
  const { heapUsed, external } = Deno.memoryUsage();
  return heapUsed + external;
}

/** One stream, in pieces, to one decoder. */
function feed(random: () => number): void {
  const framing = random() < 0.5 ? "tcp" : "ipc";
  const bytes = stream(random, framing);
  const decoder = new FrameDecoder(framing, 4_096);
  try {
    for (let at = 0; at < bytes.length;) {
      const length = 1 + Math.floor(random() * 200);
      decoder.push(bytes.subarray(at, at + length));
      while (decoder.next());
      at += length;
    }
  } catch (error) {
    assert.ok(error instanceof FrameError);
  }
}

/** Bytes that are right up to a point: header, frames, and then something odd. */
function stream(random: () => number, framing: Framing): Uint8Array {
  const parts: Uint8Array[] = [];
  if (random() < 0.8) parts.push(headerOf(pick(random, ROLES)));
  const frames = Math.floor(random() * 4);
  for (let count = 0; count < frames; count++) {
    parts.push(encodeFrame(framing, noise(random, pick(random, [0, 3, 4, 40, 3_000]))));
  }
  if (random() < 0.5) parts.push(noise(random, Math.floor(random() * 100)));
  const bytes = concat(parts);
  const flips = Math.floor(random() * 3);
  for (let count = 0; count < flips && bytes.length > 0; count++) {
    bytes[Math.floor(random() * bytes.length)] = pick(random, ODD_BYTES);
  }
  return bytes;
}

function noise(random: () => number, length: number): Uint8Array {
  return Uint8Array.from({ length }, () => pick(random, ODD_BYTES));
}

function pick<T>(random: () => number, values: readonly T[]): T {
  // The index is within the values.
  return values[Math.floor(random() * values.length)] as T;
}

/** The generator "mulberry32": the same numbers for the same seed. */
function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

interface Hub extends AsyncDisposable {
  readonly url: string;
  /** Which of the good peers were lost, and why. */
  readonly lost: readonly PipeEnd[];
  /** Has the good peers get a message and answer a survey. */
  exchange(): Promise<void>;
}

/** A listener of all roles, with one good peer each. */
async function openHub(): Promise<Hub> {
  const log = new SinkLog();
  const pub = new Pub();
  const surveyor: RawSurveyor = new RawSurveyor({
    answer: (pipe, _id, body) => pipe === agent && log.add(decodeUtf8(body)),
  });
  const patterns = [pub, surveyor, new RawRespondent({ survey() {} })];
  const listener = await listen("tcp://127.0.0.1:0", { patterns, transports: [tcp] });
  const lost: PipeEnd[] = [];
  const sub = new Sub();
  sub.subscribe(encodeUtf8("news"));
  const respondent = new Respondent();
  const dialers = [sub, respondent].map((pattern) =>
    dial(listener.url, {
      patterns: [pattern],
      transports: [tcp],
      onEvent: (event) => event.kind === "detached" && lost.push(event.end),
    })
  );
  await Promise.all([pub.pipes.waitForCount(1), surveyor.pipes.waitForCount(1)]);
  const [agent] = surveyor.pipes;
  const messages = sub[Symbol.asyncIterator]();
  const surveys = respondent[Symbol.asyncIterator]();
  let answers = 0;
  return {
    url: listener.url,
    lost,
    async exchange() {
      pub.publish(encodeUtf8("news"));
      assert.deepEqual((await messages.next()).value, encodeUtf8("news"));
      if (agent) surveyor.ask(agent, 1, encodeUtf8("well?"));
      (await surveys.next()).value.answer(encodeUtf8("yes"));
      await log.length(++answers);
    },
    async [Symbol.asyncDispose]() {
      await Promise.all([...dialers.map((dialer) => dialer.close()), listener.close()]);
    },
  };
}
