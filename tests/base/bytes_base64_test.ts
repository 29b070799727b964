import { deepStrictEqual, strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { base64Length, decodeBase64 } from "../../lib/base/bytes.ts";

Deno.test("decodeBase64 reads what toBase64 writes", () => {
  fc.assert(fc.property(fc.uint8Array(), (bytes) => {
    const text = bytes.toBase64();
    deepStrictEqual(decodeBase64(text), bytes);
    strictEqual(base64Length(bytes.length), text.length);
  }));
});

Deno.test("decodeBase64 takes no second spelling", async (t) => {
  const hostile: readonly (readonly [string, string])[] = [
    ["padding is missing", "QQ"],
    ["padding is cut", "QQ="],
    ["padding is too long", "QUI=="],
    ["unused bits are set", "QR=="],
    ["unused bits are set in two characters", "QUJ="],
    ["space before", " QQ=="],
    ["space within", "QU FB"],
    ["space in the padding", "QQ= ="],
    ["line end behind", "QQ==\n"],
    ["URL-safe alphabet", "_-8="],
    ["text behind the padding", "QQ==QQ=="],
    ["lonely character", "Q"],
    ["foreign character", "QQ*="],
    ["NUL", "QQ\0="],
    ["full-width letter", "\uff21Q=="],
  ];
  for (const [name, text] of hostile) {
    await t.step(name, () => strictEqual(decodeBase64(text), undefined));
  }
});

Deno.test("decodeBase64 takes only what toBase64 would write", () => {
  const likely = fc.string({ unit: fc.constantFrom(..."AQg/+= _-\n"), maxLength: 12 });
  fc.assert(
    fc.property(likely, (text) => {
      const bytes = decodeBase64(text);
      if (bytes !== undefined) strictEqual(bytes.toBase64(), text);
    }),
    { numRuns: 2_000 },
  );
});
