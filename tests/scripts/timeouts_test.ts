/**
 * What is loaded before all tests: whichever way a test is registered, being late fails it and nothing else.
 * @module
 */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";

const PRELOAD = fileURLToPath(new URL("../support/timeouts.ts", import.meta.url));

const TESTS = `
const options = { permissions: { read: true }, timeout: 200, sanitizeOps: false, sanitizeResources: false };
const late = () => new Promise((resolve) => setTimeout(resolve, 60_000));
Deno.test("name, options and function", options, late);
Deno.test("a step", options, async (t) => { await t.step("step", late); });
Deno.test({ ...options, name: "one definition", fn: late });
Deno.test({ ...options, name: "definition and function" }, late);
Deno.test("in time", options, () => {});
Deno.test("no limit", () => {});
`;

Deno.test("a late test fails, and the run goes on", {
  permissions: { read: true, write: true, run: true },
  timeout: 60_000,
}, async () => {
  const folder = await Deno.makeTempDir({ prefix: "nanoexec_timeouts_" });
  try {
    const file = `${folder}/late_test.js`;
    await Deno.writeTextFile(file, TESTS);
    const { code, stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["test", "--no-config", "--allow-read", `--preload=${PRELOAD}`, file],
      env: { NO_COLOR: "1" },
      stderr: "null",
    }).output();
    const text = new TextDecoder().decode(stdout);
    assert.equal(code, 1);
    assert.match(text, /\| 2 passed \| 4 failed \(1 step\) \(/);
    assert.equal(text.match(/the test took longer than 200 ms/g)?.length, 4);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
