import assert from "node:assert/strict";
import fc from "fast-check";
import { concat } from "../../../lib/base/bytes.ts";
import { FrameError } from "../../../lib/sp/wire/errors.ts";
import {
  encodeFrame,
  FrameDecoder,
  type Framing,
  MAX_PAYLOAD,
} from "../../../lib/sp/wire/framing.ts";
import { hex } from "../../support/sp/raw_peer.ts";

const FRAMINGS: readonly Framing[] = ["tcp", "ipc"];
const framing = fc.constantFrom(...FRAMINGS);
const payloads = fc.array(fc.uint8Array({ maxLength: 40 }), { maxLength: 6 });

Deno.test("encodeFrame gives the bytes that nanomsg, nng and mangos send", () => {
  const hi = hex("68 69");
  assert.deepEqual(encodeFrame("tcp", hi), hex("00 00 00 00 00 00 00 02 68 69"));
  assert.deepEqual(encodeFrame("ipc", hi), hex("01 00 00 00 00 00 00 00 02 68 69"));
  assert.deepEqual(encodeFrame("tcp"), hex("00 00 00 00 00 00 00 00"));
});

Deno.test("encodeFrame joins the parts of a payload", () => {
  fc.assert(fc.property(framing, payloads, (kind, parts) => {
    assert.deepEqual(encodeFrame(kind, ...parts), encodeFrame(kind, concat(parts)));
  }));
});

Deno.test("FrameDecoder gives back each frame that is split at any one byte", () => {
  for (const kind of FRAMINGS) {
    const sent = [hex("68 69"), hex(""), hex("01 02 03 04 05")];
    const bytes = concat(sent.map((payload) => encodeFrame(kind, payload)));
    for (let cut = 0; cut <= bytes.length; cut++) {
      assert.deepEqual(decode(kind, [bytes.subarray(0, cut), bytes.subarray(cut)]), sent);
    }
  }
});

Deno.test("FrameDecoder gives back frames that come in pieces of any size", () => {
  const cuts = fc.array(fc.nat(300));
  fc.assert(fc.property(framing, payloads, cuts, (kind, sent, places) => {
    const bytes = concat(sent.map((payload) => encodeFrame(kind, payload)));
    const ends = [...places.filter((place) => place < bytes.length), bytes.length];
    const sorted = ends.toSorted((a, b) => a - b);
    const chunks = sorted.map((end, index) => bytes.subarray(sorted[index - 1] ?? 0, end));
    assert.deepEqual(decode(kind, chunks), sent);
  }));
});

Deno.test("FrameDecoder takes chunks that come before anything is asked for", () => {
  const decoder = new FrameDecoder("tcp");
  for (const byte of hex("00 00 00 00 00 00 00 02 68 69 00")) decoder.push(Uint8Array.of(byte));
  assert.deepEqual(decoder.next(), hex("68 69"));
  assert.equal(decoder.next(), undefined);
});

Deno.test("FrameDecoder knows whether a stream may end here", () => {
  const bytes = concat([encodeFrame("ipc", hex("68 69")), encodeFrame("ipc")]);
  const decoder = new FrameDecoder("ipc");
  const ends = [...bytes].map((byte) => {
    decoder.push(Uint8Array.of(byte));
    decoder.next();
    return decoder.isAtBoundary;
  });
  assert.deepEqual(ends.flatMap((end, index) => end ? [index + 1] : []), [11, 20]);
  assert.equal(new FrameDecoder("tcp").isAtBoundary, true);
});

Deno.test("FrameDecoder takes a payload of exactly the limit", () => {
  const payload = new Uint8Array(MAX_PAYLOAD).fill(7);
  const frame = encodeFrame("tcp", payload);
  const chunks = [frame.subarray(0, 10), frame.subarray(10, 70_000), frame.subarray(70_000)];
  const [taken] = decode("tcp", chunks);
  assert.equal(taken?.length, MAX_PAYLOAD);
  assert.ok(taken?.every((byte) => byte === 7));
});

Deno.test("FrameDecoder refuses a length above the limit before any byte of the body", () => {
  const rows: readonly (readonly [string, string])[] = [
    ["2^20 + 1", "00 00 00 00 00 10 00 01"],
    ["2^32", "00 00 00 01 00 00 00 00"],
    ["2^63 - 1", "7f ff ff ff ff ff ff ff"],
    ["2^63", "80 00 00 00 00 00 00 00"],
    ["2^64 - 1", "ff ff ff ff ff ff ff ff"],
    ["a text", "47 45 54 20 2f 20 48 54"],
  ];
  for (const [what, length] of rows) {
    for (const kind of FRAMINGS) {
      const decoder = new FrameDecoder(kind);
      decoder.push(hex(kind === "ipc" ? `01 ${length}` : length));
      assert.throws(() => decoder.next(), FrameError, what);
    }
  }
});

Deno.test("FrameDecoder has the limit that it was given", () => {
  const frame = encodeFrame("tcp", new Uint8Array(11));
  assert.deepEqual(decode("tcp", [frame], 11), [new Uint8Array(11)]);
  assert.throws(() => decode("tcp", [frame], 10), FrameError);
});

Deno.test("FrameDecoder refuses an ipc type other than 1 at its byte", () => {
  for (const type of ["00", "02", "ff"]) {
    assert.throws(() => decode("ipc", [hex(type)]), FrameError, type);
  }
});

Deno.test("FrameDecoder throws nothing but FrameError, and what it takes encodes the same", () => {
  const bytes = fc.array(fc.constantFrom(0, 0, 0, 0, 1, 2, 255), { maxLength: 64 });
  fc.assert(fc.property(framing, bytes, (kind, values) => {
    const input = Uint8Array.from(values);
    const taken: Uint8Array[] = [];
    try {
      taken.push(...decode(kind, [input], 16));
    } catch (error) {
      assert.ok(error instanceof FrameError);
    }
    const again = concat(taken.map((payload) => encodeFrame(kind, payload)));
    assert.deepEqual(input.subarray(0, again.length), again);
  }));
});

Deno.test("FrameDecoder takes memory only as bytes arrive", () => {
  const announced = hex("00 00 00 00 00 10 00 00 01");
  const before = Deno.memoryUsage().external;
  const decoders = Array.from({ length: 200 }, () => {
    const decoder = new FrameDecoder("tcp");
    decoder.push(announced);
    assert.equal(decoder.next(), undefined);
    return decoder;
  });
  const perDecoder = (Deno.memoryUsage().external - before) / decoders.length;
  assert.ok(perDecoder < 65_536, `${perDecoder} bytes each`);
});

Deno.test("FrameDecoder takes a large message byte by byte without copying it each time", {
  timeout: 10_000,
}, () => {
  const frame = encodeFrame("tcp", new Uint8Array(500_000).fill(3));
  const [taken] = decode("tcp", Array.from(frame, (byte) => Uint8Array.of(byte)));
  assert.ok(taken?.length === 500_000 && taken.every((byte) => byte === 3));
});

Deno.test("FrameDecoder lets a short payload keep no large read buffer alive", () => {
  for (const length of [0, 1, 64, 1_000, 4_095]) {
    const chunk = new Uint8Array(65_536);
    chunk.set(encodeFrame("tcp", new Uint8Array(length).fill(5)));
    const decoder = new FrameDecoder("tcp");
    decoder.push(chunk);
    const payload = decoder.next();
    assert.deepEqual(payload, new Uint8Array(length).fill(5));
    assert.ok(payload && payload.buffer.byteLength <= 8_192, `${length}`);
  }
});

Deno.test("FrameDecoder gives payloads that later ones leave alone", () => {
  const sizes = fc.array(fc.nat(9_000), { maxLength: 30 });
  fc.assert(
    fc.property(sizes, (lengths) => {
      const sent = lengths.map((length, index) => new Uint8Array(length).fill(index + 1));
      const bytes = concat(sent.map((payload) => encodeFrame("tcp", payload)));
      assert.deepEqual(decode("tcp", [bytes.subarray(0, 20_000), bytes.subarray(20_000)]), sent);
    }),
    { numRuns: 30 },
  );
});

function decode(kind: Framing, chunks: readonly Uint8Array[], limit?: number): Uint8Array[] {
  const decoder = new FrameDecoder(kind, limit);
  const taken: Uint8Array[] = [];
  for (const chunk of chunks) {
    decoder.push(chunk);
    for (let payload = decoder.next(); payload; payload = decoder.next()) taken.push(payload);
  }
  return taken;
}
