import { deepStrictEqual, notDeepStrictEqual } from "node:assert/strict";
import fc from "fast-check";
import { decodeUtf8, encodeUtf8 } from "../../../lib/base/bytes.ts";
import { preAuthEncoding } from "../../../lib/envelope/signing/dsse_envelope.ts";
import vectors from "../../vectors/dsse_pae.json" with { type: "json" };

Deno.test("preAuthEncoding gives the published bytes", async (t) => {
  for (const vector of vectors.pae) {
    await t.step(vector.pae, () => {
      deepStrictEqual(
        decodeUtf8(preAuthEncoding(vector.payloadType, encodeUtf8(vector.body))),
        vector.pae,
      );
    });
  }
});

Deno.test("preAuthEncoding keeps the bytes of the body as they are", () => {
  const body = Uint8Array.of(0, 0xff, 0xfe, 0x20);
  deepStrictEqual(
    preAuthEncoding("t", body),
    Uint8Array.of(...encodeUtf8("DSSEv1 1 t 4 "), ...body),
  );
});

Deno.test("preAuthEncoding differs when the border of type and body is moved", () => {
  const text = fc.string({ unit: fc.constantFrom(..."a 1"), maxLength: 12 });
  fc.assert(fc.property(text, fc.nat(12), fc.nat(12), (joined, one, other) => {
    fc.pre(Math.min(one, joined.length) !== Math.min(other, joined.length));
    notDeepStrictEqual(
      preAuthEncoding(joined.slice(0, one), encodeUtf8(joined.slice(one))),
      preAuthEncoding(joined.slice(0, other), encodeUtf8(joined.slice(other))),
    );
  }));
});
