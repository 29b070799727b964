/**
 * What it costs to run a command: until it is started, until it has ended, and with an output of
 * 1 GiB, which may let the agent's memory grow by 64 MiB at most.
 *
 *     deno task bench tests/bench/exec_bench.ts
 */

import assert from "node:assert/strict";
import type { Command } from "../../lib/agent/exec/command.ts";
import { runCommand } from "../../lib/agent/jobs/run_command.ts";
import { detectHostTools } from "../../lib/agent/os/host_tools.ts";
import { AS_ROOT, complete } from "../support/agent/run_command.ts";

const GIB = 1024 ** 3;
const MAX_GROWTH = 64 * 1024 * 1024;

const HOST = await detectHostTools();

const TRUE = complete({ kind: "argv", argv: ["/usr/bin/true"] });

function events(command: Command) {
  return runCommand(command, { host: HOST, job: crypto.randomUUID(), hostName: "bench" });
}

Deno.bench("Deno.Command", { group: "until started", baseline: true }, async (b) => {
  b.start();
  const child = new Deno.Command("/usr/bin/true", { stdout: "piped", stderr: "piped" }).spawn();
  b.end();
  await child.output();
});

Deno.bench("run", { group: "until started" }, async (b) => {
  await benchStart(b, TRUE);
});

Deno.bench("run in a folder", { group: "until started" }, async (b) => {
  await benchStart(b, { ...TRUE, cwd: "/etc" });
});

Deno.bench("run as another user", { group: "until started", ignore: !AS_ROOT }, async (b) => {
  await benchStart(b, { ...TRUE, user: "daemon" });
});

Deno.bench("Deno.Command", { group: "until ended", baseline: true }, async () => {
  await new Deno.Command("/usr/bin/true").output();
});

Deno.bench("run", { group: "until ended" }, async () => {
  for await (const event of events(TRUE)) if (event.kind === "exited") return;
});

Deno.bench("head | cat", { group: "1 GiB", baseline: true, n: 3, warmup: 0 }, async () => {
  const args = ["-c", "head -c 1G /dev/zero | cat > /dev/null"];
  await new Deno.Command("/bin/sh", { args }).output();
});

Deno.bench("run", { group: "1 GiB", n: 3, warmup: 0 }, async () => {
  const command = ["head", "-c", "1G", "/dev/zero"];
  const before = Deno.memoryUsage().rss;
  let [bytes, most] = [0, before];
  for await (const event of events(complete({ kind: "argv", argv: command, maxOutput: null }))) {
    if (event.kind !== "output") continue;
    bytes += event.bytes.length;
    most = Math.max(most, Deno.memoryUsage().rss);
  }
  assert.equal(bytes, GIB);
  const growth = most - before;
  assert.ok(growth <= MAX_GROWTH, `the memory grew by ${Math.round(growth / 1024 ** 2)} MiB`);
});

async function benchStart(b: Deno.BenchContext, command: Command): Promise<void> {
  const running = events(command);
  b.start();
  const first = await running.next();
  b.end();
  assert.equal(first.value?.kind, "started");
  for await (const _ of running);
}
