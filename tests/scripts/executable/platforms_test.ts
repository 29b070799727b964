import assert from "node:assert/strict";
import { BuildError } from "../../../scripts/executable/errors.ts";
import { denoFor, fetchDeno, hostTarget, targets } from "../../../scripts/executable/platforms.ts";

Deno.test("denoFor is this Deno on this platform", { permissions: { read: true } }, async () => {
  assert.ok(targets.includes(hostTarget));
  assert.equal(await denoFor(hostTarget), Deno.execPath());
});

Deno.test("denoFor refuses a platform without a POSIX shell", async () => {
  await assert.rejects(denoFor("x86_64-pc-windows-msvc"), BuildError);
});

Deno.test("fetchDeno says what npm does not have", {
  permissions: { read: true, run: true },
}, async () => {
  await assert.rejects(fetchDeno("@deno/linux-x64-glibc", "0.0.1"), (error: unknown) => {
    assert.ok(error instanceof BuildError);
    assert.equal(error.message, "cannot download npm:@deno/linux-x64-glibc@0.0.1");
    return true;
  });
});
