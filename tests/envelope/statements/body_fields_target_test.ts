import { match, strictEqual, throws } from "node:assert/strict";
import { parseResolvedTarget } from "../../../lib/envelope/statements/body_fields.ts";
import { parseTarget } from "../../../lib/nodeset/mod.ts";

Deno.test("parseResolvedTarget gives a target that holds no group", () => {
  for (const text of ["ALL", "web[1-3]", "not /x/ and os=linux", "ALL or web*"]) {
    strictEqual(parseResolvedTarget(() => parseTarget(text)).kind, "target", text);
  }
});

Deno.test("parseResolvedTarget finds a group wherever it is", () => {
  for (
    const text of ["@rack4", "ALL or @rack4", "not ALL and @rack4", "web1 and (web2 or not @x:y)"]
  ) {
    const read = parseResolvedTarget(() => parseTarget(text));
    match(read.kind === "problem" ? read.problem : "", /group/, text);
  }
});

Deno.test("parseResolvedTarget says why a text is no target", () => {
  for (const text of ["", "web[", "a b", "\0", "a\n"]) {
    const read = parseResolvedTarget(() => parseTarget(text));
    strictEqual(read.kind, "problem", text);
  }
});

Deno.test("parseResolvedTarget passes other errors on", () => {
  throws(() =>
    parseResolvedTarget(() => {
      throw new RangeError("of the parser");
    }), RangeError);
});
