import assert from "node:assert/strict";
import { freeDescriptors } from "../../../lib/cli/sandbox/free_descriptors.ts";

Deno.test("freeDescriptors() counts what can be opened, and opens nothing for good", {
  permissions: { read: true },
}, () => {
  assert.equal(freeDescriptors("/", 100), 100);
  const most = freeDescriptors("/", 2_000_000);
  assert.ok(most > 100 && most < 2_000_000, `${most}`);
  assert.equal(freeDescriptors("/", 2_000_000), most);
});

Deno.test("freeDescriptors() finds none where it may not look", () => {
  assert.equal(freeDescriptors("/", 100), 0);
});
