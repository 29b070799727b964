import assert from "node:assert/strict";
import { compileOptions } from "../../scripts/compile.ts";
import { BuildError } from "../../scripts/executable/errors.ts";
import { hostTarget } from "../../scripts/executable/platforms.ts";

Deno.test("compileOptions makes both programs for this machine by default", {
  permissions: { env: ["HOME"] },
}, () => {
  const { keys, build: { entries, report: _, ...rest } } = compileOptions([]);
  assert.deepEqual(keys, { kind: "own" });
  assert.match(entries.exec, /\/main_exec\.ts$/);
  assert.match(entries.trigger, /\/main_trigger\.ts$/);
  const homes = [Deno.env.get("HOME") ?? "/"];
  assert.deepEqual(rest, { out: "dist", targets: [hostTarget], homes, sockets: [] });
});

Deno.test("compileOptions takes several platforms and narrower permissions", () => {
  const { build } = compileOptions([
    ...["--home=/home/ann", "--home", "/root", "--socket", "/run/q"],
    ...["--native", "--out", "x", "--allow-net=m:1,n", "--allow-net=o", "--allow-run=/bin/sh"],
    ...["--target", "aarch64-unknown-linux-gnu", "--target=x86_64-apple-darwin"],
  ]);
  const { targets, form, allowNet, allowRun, homes, sockets, out } = build;
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

Deno.test("compileOptions takes the keys and the queue that are built in", {
  permissions: { env: ["HOME"] },
}, () => {
  assert.deepEqual(compileOptions(["--no-key"]).keys, { kind: "none" });
  const sources = ["ops.keys", 'no-shell nanoexec-ed25519 AA== "ann, of ops"'];
  const given = sources.flatMap((source) => ["--trust", source]);
  assert.deepEqual(compileOptions(given).keys, { kind: "given", sources });
  const { url } = compileOptions(["--url", "tcp://master.example.com:4444"]).build;
  assert.equal(url, "tcp://master.example.com:4444");
});

Deno.test("compileOptions refuses a wrong command line", () => {
  const wrong = [
    ["--target=vax"],
    ["--native", "--portable"],
    ["--nativ"],
    ["operand"],
    ["--out"],
    ["--no-key", "--trust=f"],
    ["--url=master:4444"],
    ["--url=tcp://*:4444"],
    ["--url=tls+tcp://master:4444"],
    ["--url=tcp://master"],
  ];
  for (const args of wrong) assert.throws(() => compileOptions(args), BuildError, args.join(" "));
});
