/** The output of commands on its way to the receiver. */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import type { ExecEvent } from "../../../lib/agent/exec/command.ts";
import { concat } from "../../../lib/base/bytes.ts";
import {
  AGENT_PERMISSIONS,
  assertNothingLeft,
  reportOf,
  runToEnd,
  start,
} from "../../support/agent/run_command.ts";

const permissions = AGENT_PERMISSIONS;

Deno.test({
  name: "run keeps the beginning and the end of a limited output and counts all of it",
  permissions,
  async fn() {
    const numbers = Array.from({ length: 10_000 }, (_, i) => `${i + 1}\n`).join("");
    const ran = await runToEnd({ kind: "argv", argv: ["seq", "10000"], maxOutput: 1000 });
    assert.equal(ran.stdout, numbers.slice(0, 750) + numbers.slice(-250));
    const sha256 = createHash("sha256").update(ran.stdout).digest("hex");
    const report = { bytes: numbers.length, kept: 1000, sha256, complete: true };
    assert.deepEqual(reportOf(ran.end).stdout, report);
  },
});

Deno.test({
  name: "run hands output on while the command still runs",
  permissions,
  async fn() {
    const { events } = await start({
      kind: "shell",
      command: "echo first; sleep 60",
      maxOutput: null,
      timeoutMs: 60_000,
    });
    for await (const event of events) {
      if (event.kind === "output") break;
      assert.equal(event.kind, "started");
    }
  },
});

Deno.test({
  name: "run takes an unlimited output at the receiver's pace, and loses none of it",
  permissions,
  async fn() {
    const MIB = 1024 * 1024;
    const { events } = await start({
      kind: "shell",
      command: "head -c 8M /dev/zero; echo end >&2",
      maxOutput: null,
    });
    const seen: ExecEvent[] = [];
    let bytes = 0;
    for await (const event of events) {
      if (event.kind !== "output") seen.push(event);
      else if (event.stream === "stdout") {
        assert.equal(event.offset, bytes);
        bytes += event.bytes.length;
      } else {
        // The pipe, the store and one piece hold less than 1 MiB: the command had to wait.
        assert.ok(bytes > 7 * MIB);
      }
    }
    assert.equal(bytes, 8 * MIB);
    assert.deepEqual(seen.map(({ kind }) => kind), ["started", "exited"]);
  },
});

Deno.test({
  name: "run never makes a command with an output limit wait for the receiver",
  permissions,
  async fn() {
    const { events, job } = await start({
      kind: "shell",
      command: "head -c 8M /dev/zero",
      maxOutput: 64 * 1024,
    });
    const first = await events.next();
    assert.ok(first.value?.kind === "started");
    const { pid } = first.value;
    // Nobody reads the output, and yet the command ends.
    await assertNothingLeft({ job, pid });
    const rest = await Array.fromAsync(events);
    const end = rest.at(-1);
    assert.ok(end?.kind === "exited");
    assert.equal(end.report.stdout.bytes, 8 * 1024 * 1024);
    assert.equal(end.report.stdout.kept, 64 * 1024);
  },
});

Deno.test({
  name: "run passes 64 MiB on without keeping them",
  permissions,
  async fn() {
    const { events } = await start({
      kind: "shell",
      command: "head -c 64M /dev/zero",
      maxOutput: null,
      timeoutMs: 60_000,
    });
    const before = Deno.memoryUsage().rss;
    let [bytes, rss] = [0, 0];
    for await (const event of events) {
      if (event.kind === "output") bytes += event.bytes.length;
      rss = Math.max(rss, Deno.memoryUsage().rss);
    }
    assert.equal(bytes, 64 * 1024 * 1024);
    assert.ok(rss - before < 64 * 1024 * 1024, `grew by ${(rss - before) >> 20} MiB`);
  },
});

Deno.test({
  name: "run joins the output of one stream to what the command wrote",
  permissions,
  async fn() {
    const { events } = await start({ kind: "argv", argv: ["seq", "50000"], maxOutput: null });
    const parts: Uint8Array[] = [];
    for await (const event of events) if (event.kind === "output") parts.push(event.bytes);
    const text = new TextDecoder().decode(concat(parts));
    assert.equal(text, Array.from({ length: 50_000 }, (_, i) => `${i + 1}\n`).join(""));
  },
});
