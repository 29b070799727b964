/**
 * The check for docstrings.
 * @module
 */

import { deepStrictEqual } from "node:assert/strict";
import { findComplaints } from "../../scripts/check_docs.ts";

function complaint(code: string, line: string): string {
  return `error[${code}]: exported symbol is missing JSDoc documentation
  --> /project/lib/a.ts:41:12
   |${" "}
41 |   ${line}
   |            ^
`;
}

const END = `
error: Found 2 documentation lint errors.

Stack backtrace:
   0: <unknown>
`;

Deno.test("findComplaints lets a discriminator through, and nothing else", () => {
  const kept = [
    complaint("missing-jsdoc", "readonly name: string;"),
    complaint("private-type-ref", "readonly kind: Secret;"),
  ];
  const printed = [complaint("missing-jsdoc", 'readonly kind: "ack";'), ...kept].join("\n\n") + END;
  deepStrictEqual(findComplaints(printed), kept.map((text) => text.trimEnd()));
  deepStrictEqual(findComplaints(""), []);
});
