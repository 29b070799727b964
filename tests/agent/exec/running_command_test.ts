import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { concat } from "../../../lib/base/bytes.ts";
import { RunningCommand } from "../../../lib/agent/exec/running_command.ts";

const RUN = { permissions: { run: true, read: true } } as const;
const COMMAND = {
  kind: "shell",
  command: "",
  timeoutMs: 60_000,
  maxOutput: null,
  survive: false,
} as const;

function start(line: string): RunningCommand {
  const child = new Deno.Command("/bin/sh", {
    args: ["-c", line],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
    detached: true,
  }).spawn();
  return new RunningCommand(child, COMMAND, { job: "a".repeat(32) });
}

Deno.test(
  "RunningCommand reports on what was taken after the command's end, too",
  RUN,
  async () => {
    await using running = start("head -c 60000 /dev/zero; echo over >&2");
    await running.ended;
    const taken: Uint8Array[] = [];
    for await (const { stream, bytes } of running.output()) {
      if (stream === "stdout") taken.push(bytes);
    }
    const end = await running.end();
    if (end.kind !== "exited") return assert.fail(end.kind);
    const { report } = end;
    assert.equal(concat(taken).length, 60_000);
    assert.equal(report.stdout.sha256, hash("sha256", concat(taken), "hex"));
    assert.equal(report.stderr.sha256, hash("sha256", "over\n", "hex"));
  },
);
