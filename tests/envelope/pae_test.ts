import { deepStrictEqual, notDeepStrictEqual } from "node:assert/strict";
import fc from "fast-check";
import { fromUtf8, utf8 } from "../../lib/base/bytes.ts";
import { pae } from "../../lib/envelope/pae.ts";
import vectors from "../vectors/dsse_pae.json" with { type: "json" };

Deno.test("pae gives the published bytes", { permissions: "none" }, async (t) => {
  for (const vector of vectors.pae) {
    await t.step(vector.pae, () => {
      deepStrictEqual(fromUtf8(pae(vector.payloadType, utf8(vector.body))), vector.pae);
    });
  }
});

Deno.test("pae keeps the bytes of the body as they are", { permissions: "none" }, () => {
  const body = Uint8Array.of(0, 0xff, 0xfe, 0x20);
  deepStrictEqual(pae("t", body), Uint8Array.of(...utf8("DSSEv1 1 t 4 "), ...body));
});

Deno.test("pae differs when the border of type and body is moved", { permissions: "none" }, () => {
  const text = fc.string({ unit: fc.constantFrom(..."a 1"), maxLength: 12 });
  fc.assert(fc.property(text, fc.nat(12), fc.nat(12), (joined, one, other) => {
    fc.pre(Math.min(one, joined.length) !== Math.min(other, joined.length));
    notDeepStrictEqual(
      pae(joined.slice(0, one), utf8(joined.slice(one))),
      pae(joined.slice(0, other), utf8(joined.slice(other))),
    );
  }));
});
