import assert from "node:assert/strict";
import { compileOptions } from "../../scripts/compile.ts";
import { BuildError } from "../../scripts/executable/errors.ts";
import { hostTarget } from "../../scripts/executable/platforms.ts";

Deno.test("compileOptions makes both programs for this machine by default", {
  permissions: { env: ["HOME"] },
}, () => {
  const { entries, report: _, ...rest } = compileOptions([]);
  assert.match(entries.exec, /\/main_exec\.ts$/);
  assert.match(entries.trigger, /\/main_trigger\.ts$/);
  const homes = [Deno.env.get("HOME") ?? "/"];
  assert.deepEqual(rest, { out: "dist", targets: [hostTarget], homes, sockets: [] });
});

Deno.test("compileOptions takes several platforms and narrower permissions", {
  permissions: "none",
}, () => {
  const { targets, form, allowNet, allowRun, homes, sockets, out } = compileOptions([
    ...["--home=/home/ann", "--home", "/root", "--socket", "/run/q"],
    ...["--native", "--out", "x", "--allow-net=m:1,n", "--allow-net=o", "--allow-run=/bin/sh"],
    ...["--target", "aarch64-unknown-linux-gnu", "--target=x86_64-apple-darwin"],
  ]);
  assert.deepEqual(targets, ["aarch64-unknown-linux-gnu", "x86_64-apple-darwin"]);
  assert.deepEqual({ form, allowNet, allowRun, homes, sockets, out }, {
    form: "native",
    allowNet: ["m:1", "n", "o"],
    allowRun: ["/bin/sh"],
    homes: ["/home/ann", "/root"],
    sockets: ["/run/q"],
    out: "x",
  });
});

Deno.test("compileOptions refuses a wrong command line", { permissions: "none" }, () => {
  const wrong = [["--target=vax"], ["--native", "--portable"], ["--nativ"], ["operand"], ["--out"]];
  for (const args of wrong) assert.throws(() => compileOptions(args), BuildError);
});
