/**
 * What is loaded before all tests: whichever way a test is registered, it has no permissions unless it
 * names some, and being late fails it and nothing else.
 * @module
 */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";

const PRELOAD = fileURLToPath(new URL("../support/test_defaults.ts", import.meta.url));

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

const LOCKED = `
const read = () => Deno.readTextFileSync("deno.json");
Deno.test(function aFunctionWithAName() { read(); });
Deno.test("name and function", read);
Deno.test("name, options and function", { sanitizeOps: false }, read);
Deno.test({ sanitizeOps: false }, function optionsAndFunction() { read(); });
Deno.test({ name: "one definition", fn: read });
Deno.test({ name: "definition and function" }, read);
Deno.test("asks", { permissions: { read: true } }, () => Deno.permissions.querySync({ name: "read" }));
`;

Deno.test("a test that names no permissions has none", {
  permissions: { read: true, write: true, run: true },
  timeout: 60_000,
}, async () => {
  const folder = await Deno.makeTempDir({ prefix: "nanoexec_defaults_" });
  try {
    const file = `${folder}/locked_test.js`;
    await Deno.writeTextFile(file, LOCKED);
    const { code, stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["test", "--no-config", "--no-prompt", "--allow-read", `--preload=${PRELOAD}`, file],
      env: { NO_COLOR: "1" },
      stderr: "null",
    }).output();
    assert.equal(code, 1);
    assert.match(new TextDecoder().decode(stdout), /\| 1 passed \| 6 failed \(/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a late test fails, and the run goes on", {
  permissions: { read: true, write: true, run: true },
  timeout: 60_000,
}, async () => {
  const folder = await Deno.makeTempDir({ prefix: "nanoexec_defaults_" });
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
