/**
 * The lint rules about whole files and about what the house does not write.
 * @module
 */

import { strictEqual } from "node:assert/strict";
import { plugin } from "../../scripts/lint/plugin.ts";

/** How often rule `rule` complains of a file. */
function count(rule: string, file: string, source: string): number {
  return Deno.lint.runPlugin(plugin, file, source)
    .filter((diagnostic) => diagnostic.id === `nanoexec/${rule}`).length;
}

/** What a rule is shown, and how often it should complain. */
interface Example {
  readonly file?: string;
  readonly source?: string;
  readonly times: number;
}

const EXAMPLES: Readonly<Record<string, readonly Example[]>> = {
  "file-length": [
    { source: "x();\n".repeat(450), times: 0 },
    { source: "x();\n".repeat(451), times: 1 },
    { file: "main_exec.ts", source: "x();\n".repeat(60), times: 0 },
    { file: "main_exec.ts", source: "x();\n".repeat(61), times: 1 },
  ],
  "file-name": [
    { file: "lib/sp/wire/framing.ts", times: 0 },
    { file: "lib/sp/util.ts", times: 1 },
    { file: "lib/sp/exit_handler.ts", times: 1 },
    { file: "tests/helpers/framing_test.ts", times: 1 },
    { file: "lib/sp/common.d.ts", times: 1 },
    { file: "lib/sp/utilities_of_war.ts", times: 0 },
    { file: "lib/sp/nodeStream.ts", times: 1 },
    { file: "lib/sp/node-stream.ts", times: 1 },
  ],
  "module-comment": [
    { source: "/**\n * Frames.\n * @module\n */\nx();", times: 0 },
    { source: "#!/usr/bin/env -S deno run\n/** Frames. @module */\nx();", times: 0 },
    { source: "x();", times: 1 },
    { source: "/** Frames. */\n/** @module */\nx();", times: 1 },
    { source: "// @module\nx();", times: 1 },
    { file: "tests/sp/wire/framing_test.ts", source: "x();", times: 0 },
  ],
  "no-top-level-arrow": [
    { source: "const f = () => 1;", times: 1 },
    { source: "export const f = async () => {}, g = function () {};", times: 2 },
    { source: "function f() { const g = () => 1; }", times: 0 },
    { source: "const table = { f: () => 1 };", times: 0 },
  ],
  "no-module-state": [
    { source: "let count = 0;", times: 1 },
    { source: "export let count = 0;", times: 1 },
    { source: "function f() { let count = 0; }", times: 0 },
    { source: "const LIMIT = 1;", times: 0 },
    { file: "tests/sp/wire/framing_test.ts", source: "let count = 0;", times: 0 },
  ],
  "no-private-keyword": [
    { source: "class A { private b = 1; private c() {} }", times: 2 },
    { source: "class A { #b = 1; protected c() {} public d = 1; }", times: 0 },
  ],
  "no-default-export": [
    { source: "export default 1;", times: 1 },
    { source: "export const one = 1;", times: 0 },
  ],
  "test-permissions": [
    { source: 'Deno.test("x", () => {});', times: 0 },
    { source: 'Deno.test({ name: "x", permissions: "none", fn() {} });', times: 1 },
    { source: 'Deno.test("x", { permissions: "inherit" }, () => {});', times: 1 },
    { source: 'Deno.test("x", { permissions: { read: true } }, () => {});', times: 0 },
    { source: "Deno.test({ ...base, permissions: LOCKED });", times: 0 },
  ],
};

for (const [rule, examples] of Object.entries(EXAMPLES)) {
  Deno.test({
    name: `${rule} complains of what it forbids and of nothing else`,
    fn() {
      for (const { file = "lib/sp/x.ts", source = "x();", times } of examples) {
        strictEqual(count(rule, file, source), times, `${file}: ${source.slice(0, 80)}`);
      }
    },
  });
}

Deno.test({
  name: "the examples cover every rule about style",
  fn() {
    const elsewhere = ["layers", "runtime-access", "no-child-process", "no-print"];
    const shown = [...elsewhere, ...Object.keys(EXAMPLES)].sort();
    strictEqual(shown.join(), Object.keys(plugin.rules).sort().join());
  },
});
