/**
 * Splits bytes into pieces.
 * @module
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { concat } from "../../../lib/base/bytes.ts";
import { cutPieces, PIECE_BYTES } from "../../../lib/hub/store/output_table.ts";

Deno.test("piecesOf() makes full pieces of the same bytes, whatever they come in", () => {
  const size = fc.oneof(fc.nat(9), fc.integer({ min: PIECE_BYTES - 2, max: 2 * PIECE_BYTES + 2 }));
  fc.assert(
    fc.property(fc.array(size, { maxLength: 5 }), (sizes) => {
      const chunks = sizes.map((length, index) => new Uint8Array(length).fill(index + 1));
      const pieces = [...cutPieces(chunks)];
      assert.deepEqual(concat(pieces), concat(chunks));
      assert.ok(pieces.slice(0, -1).every(({ length }) => length === PIECE_BYTES));
      assert.ok(pieces.every(({ length }) => length > 0 && length <= PIECE_BYTES));
    }),
    { numRuns: 50 },
  );
});
