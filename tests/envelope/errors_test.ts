import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { EnvelopeError, KeyError, PatternError, TrustError } from "../../lib/envelope/errors.ts";

Deno.test("every error of the layer is an EnvelopeError with a code and its cause", () => {
  const cause = new Error("below");
  const errors = [
    new EnvelopeError("type", "wrong type", { cause }),
    new KeyError("key-weak", "weak key", { cause }),
    new PatternError("no pattern", { cause }),
    new TrustError(3, "unknown option", { cause }),
  ];
  deepStrictEqual(errors.map(({ name, code, message }) => [name, code, message]), [
    ["EnvelopeError", "type", "wrong type"],
    ["KeyError", "key-weak", "weak key"],
    ["PatternError", "pattern", "no pattern"],
    ["TrustError", "trust", "line 3: unknown option"],
  ]);
  for (const error of errors) {
    strictEqual(error instanceof EnvelopeError, true);
    strictEqual(error.cause, cause);
  }
});
