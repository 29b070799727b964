import assert from "node:assert/strict";
import { completeSet } from "../../../lib/cli/shell/shell_target.ts";

const names = { hosts: ["db1", "web1", "web2"], groups: ["@db", "@web"] };

const rows: readonly (readonly [line: string, typed: string, found: readonly string[]])[] = [
  ["@w", "w", ["web1", "web2", "web"]],
  ["@@w", "@w", ["@web"]],
  ["+w", "w", ["web1", "web2"]],
  ["-web1,@", "@", ["@db", "@web"]],
  ["@web1,d", "d", ["db1"]],
  ["@web1 and d", "d", ["db1"]],
  ["@web!web", "web", ["web1", "web2"]],
  ["+", "", ["db1", "web1", "web2", "@db", "@web"]],
  ["@x", "x", []],
];

for (const [line, typed, found] of rows) {
  Deno.test(`completeSet of ${line}`, () => {
    assert.deepEqual(completeSet(line, names), { typed, found });
  });
}
