/**
 * The check for import cycles.
 * @module
 */

import { deepStrictEqual, strictEqual, throws } from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { findCycles, importGraph } from "../../scripts/check_cycles.ts";

Deno.test({
  name: "importGraph keeps the project's files, with value, type-only and repeated imports once",
  fn() {
    const graph = importGraph([
      {
        specifier: "file:///project/lib/a.ts",
        dependencies: [
          { code: { specifier: "file:///project/lib/b.ts" } },
          { type: { specifier: "file:///project/lib/c.ts" } },
          { type: { specifier: "file:///project/lib/b.ts" } },
          { code: { specifier: "npm:fast-check" } },
          { code: {} },
        ],
      },
      { specifier: "file:///project/lib/b.ts" },
      { specifier: "npm:/fast-check@4.10.2" },
    ], "file:///project/");
    deepStrictEqual([...graph], [["lib/a.ts", ["lib/b.ts", "lib/c.ts"]], ["lib/b.ts", []]]);
  },
});

Deno.test({
  name: "importGraph throws for a file of the project that cannot be read",
  fn() {
    const missing = { specifier: "file:///project/lib/a.ts", error: "Module not found" };
    throws(() => importGraph([missing], "file:///project/"), { message: "Module not found" });
  },
});

Deno.test({
  name: "findCycles finds each cycle where it closes, and none in a graph without",
  fn() {
    const diamond = { a: ["b", "c"], b: ["d"], c: ["d"], d: [] };
    deepStrictEqual(findCycles(new Map(Object.entries(diamond))), []);
    const self = { a: ["a"] };
    deepStrictEqual(findCycles(new Map(Object.entries(self))), [["a"]]);
    const two = { a: ["b"], b: ["c", "d"], c: ["b"], d: ["d2"], d2: ["d"] };
    deepStrictEqual(findCycles(new Map(Object.entries(two))), [["b", "c"], ["d", "d2"]]);
  },
});

Deno.test({
  name: "check_cycles prints a cycle through a type-only import and exits with 1",
  permissions: { read: true, write: true, run: true },
  async fn() {
    const folder = await Deno.makeTempDir();
    try {
      await Deno.writeTextFile(`${folder}/a.ts`, 'export type { B } from "./b.ts";');
      await Deno.writeTextFile(`${folder}/b.ts`, 'import type { B as A } from "./a.ts";');
      const { code, stdout, stderr } = await runCheck(folder, ["a.ts", "b.ts"]);
      strictEqual(stderr, "import cycle: a.ts → b.ts → a.ts\n");
      strictEqual(stdout, "2 files, 1 import cycles\n");
      strictEqual(code, 1);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

async function runCheck(cwd: string, files: readonly string[]) {
  const script = fileURLToPath(new URL("../../scripts/check_cycles.ts", import.meta.url));
  const output = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-config", "--allow-read", "--allow-run", script, ...files],
    cwd,
  }).output();
  const text = new TextDecoder();
  return {
    code: output.code,
    stdout: text.decode(output.stdout),
    stderr: text.decode(output.stderr),
  };
}
