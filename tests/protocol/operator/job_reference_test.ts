import assert from "node:assert/strict";
import fc from "fast-check";
import { parseJobReference } from "../../../lib/protocol/operator/job_reference.ts";

Deno.test("parseJobReference reads a job and which of its hosts", () => {
  const id = "0123456789abcdef0123456789abcdef";
  const rows: readonly (readonly [text: string, job: object | string, selector: object])[] = [
    ["last", "last", { kind: "all" }],
    ["last:failed", "last", { kind: "state", state: "failed" }],
    ["3fa9:rc!=0", { idPrefix: "3fa9" }, { kind: "code", operator: "!=", code: 0 }],
    [`${id}:lost`, { idPrefix: id }, { kind: "state", state: "lost" }],
  ];
  for (const [text, job, selector] of rows) {
    assert.deepEqual(parseJobReference(text), { kind: "job", job, selector }, text);
  }
  const colons = parseJobReference("last:out~a:b");
  assert.ok(colons.kind === "job" && colons.selector.kind === "output");
  assert.equal(colons.selector.regex.test("xa:by"), true);
});

Deno.test("parseJobReference refuses what is no job, or no selector", () => {
  for (const text of ["", "*", "Last", "abc:ok", "12345678901234567890123456789012f", "XYZW:ok"]) {
    const parsed = parseJobReference(text);
    assert.ok(parsed.kind === "problem", text);
    assert.match(
      parsed.problem,
      /^not a job id: ".*": use "last" or the first 4 to 32 hex digits$/,
    );
  }
  const parsed = parseJobReference("last:sad");
  assert.ok(parsed.kind === "problem");
  assert.match(parsed.problem, /^unknown selector "sad": use all, /);
});

Deno.test("parseJobReference of any text is a reference or a problem of one line", () => {
  const piece = fc.constantFrom(
    "last",
    ":",
    "rc",
    "=",
    "!=",
    "out~",
    "err~",
    "[a-",
    "(",
    "*",
    "3fa9",
  );
  const anyText = fc.oneof(fc.string({ unit: piece, maxLength: 8 }), fc.string({ unit: "binary" }));
  fc.assert(fc.property(anyText, (text) => {
    const parsed = parseJobReference(text);
    if (parsed.kind === "problem") assert.ok(!/\n/.test(parsed.problem), parsed.problem);
  }));
});
