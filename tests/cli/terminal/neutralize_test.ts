import assert from "node:assert/strict";
import { decodeUtf8, encodeUtf8 } from "../../../lib/base/bytes.ts";
import { neutralizeProgramName, neutralizeRule } from "../../../lib/cli/terminal/escape.ts";

const RULE = "-".repeat(15);

Deno.test("disarmName spells out what looks like a line of ours", () => {
  const rows: readonly (readonly [line: string, shown: string])[] = [
    ["nanotrigger: 1000 ok\n", "\\x6eanotrigger: 1000 ok\n"],
    ["nanonanotrigger:nanotrigger:", "nano\\x6eanotrigger:\\x6eanotrigger:"],
    [`é${" ".repeat(79)}nanotrigger: ok\n`, `é${" ".repeat(79)}\\x6eanotrigger: ok\n`],
    ["nanotrigger run\n", "nanotrigger run\n"],
    ["日本語\n", "日本語\n"],
  ];
  for (const [line, shown] of rows) {
    assert.equal(decodeUtf8(neutralizeProgramName(encodeUtf8(line))), shown);
  }
});

Deno.test(
  "disarmRule spells out what looks like the rule of a header",
  () => {
    const rows: readonly (readonly [line: string, shown: string])[] = [
      [RULE, `\\x2d${RULE.slice(1)}`],
      [`${"x".repeat(80)}${RULE}  web1`, `${"x".repeat(80)}\\x2d${RULE.slice(1)}  web1`],
      [`${RULE}-`, `${RULE}-`],
      ["--------------", "--------------"],
    ];
    for (const [line, shown] of rows) {
      assert.equal(decodeUtf8(neutralizeRule(encodeUtf8(line))), shown);
    }
  },
);
