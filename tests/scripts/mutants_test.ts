import assert from "node:assert/strict";
import { ALL_MUTANTS } from "../../scripts/mutate/all_mutants.ts";

const ROOT = new URL("../../", import.meta.url);

Deno.test("every check that is taken out by `deno task mutate` is in its file exactly once", {
  permissions: { read: [ROOT] },
}, async (t) => {
  for (const { file, changes } of ALL_MUTANTS) {
    await t.step(file, async () => {
      const text = await Deno.readTextFile(new URL(file, ROOT));
      for (const { name, find, replace } of changes) {
        assert.equal(text.split(find).length, 2, name);
        assert.notEqual(find, replace, name);
      }
      assert.equal(new Set(changes.map(({ name }) => name)).size, changes.length);
    });
  }
});

Deno.test("the tests that belong to checks exist", { permissions: { read: [ROOT] } }, async () => {
  for (const test of new Set(ALL_MUTANTS.flatMap(({ tests }) => tests))) {
    assert.equal((await Deno.stat(new URL(test, ROOT))).isFile, true, test);
  }
});
