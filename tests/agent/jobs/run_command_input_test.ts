import assert from "node:assert/strict";
import type { InputStream } from "../../../lib/agent/exec/command.ts";
import { AGENT_PERMISSIONS, assertNothingLeft, runToEnd } from "../../support/agent/run_command.ts";

const permissions = AGENT_PERMISSIONS;

/** An input of `count` pieces of 100,000 bytes, which may then stay open. */
function pieces(count: number, { open = false } = {}) {
  const closed = Promise.withResolvers<void>();
  const seen = { taken: 0, closed: closed.promise, returned: false };
  const stream: InputStream = {
    async *[Symbol.asyncIterator]() {
      try {
        for (; seen.taken < count; seen.taken++) yield new Uint8Array(100_000).fill(120);
        if (open) await closed.promise;
        if (open) throw new Error("closed");
      } finally {
        seen.returned = true;
      }
    },
    close: () => closed.resolve(),
  };
  return { stream, seen };
}

Deno.test({
  name: "run gives a command what is streamed to it, then its end",
  permissions,
  async fn() {
    const { stream, seen } = pieces(50);
    const { end, stdout } = await runToEnd({ kind: "argv", argv: ["wc", "-c"], stdin: stream });
    assert.equal(end.kind, "exited");
    assert.equal(stdout.trim(), "5000000");
    assert.deepEqual([seen.taken, seen.returned], [50, true]);
  },
});

Deno.test({
  name: "run takes no more of a stream than the command reads",
  permissions,
  async fn() {
    const { stream, seen } = pieces(1_000);
    const command = "head -c 10; exec sleep 60";
    const { end } = await runToEnd({ kind: "shell", command, stdin: stream, timeoutMs: 300 });
    assert.equal(end.kind, "timeout");
    assert.ok(seen.taken <= 12, `a pipe holds 64 KiB, 1 MiB at most, and ${seen.taken} were taken`);
  },
});

Deno.test({
  name: "run ends a stream when the command closes its input, or ends",
  permissions,
  async fn() {
    const closing = pieces(1_000);
    const closed = await runToEnd({
      kind: "shell",
      command: "exec <&-; sleep 0.2",
      stdin: closing.stream,
    });
    assert.equal(closed.end.kind, "exited");
    assert.ok(closing.seen.returned);
    for (const command of ["exit 4", "head -c 10 >/dev/null; exit 4"]) {
      const { stream, seen } = pieces(1, { open: true });
      const { end } = await runToEnd({ kind: "shell", command, stdin: stream });
      assert.ok(end.kind === "exited" && end.code === 4);
      await seen.closed;
      assert.ok(seen.returned);
    }
  },
});

Deno.test({
  name: "run stops a command that waits for a stream",
  permissions,
  async fn() {
    const { stream, seen } = pieces(1, { open: true });
    const ran = await runToEnd({ kind: "argv", argv: ["cat"], stdin: stream, timeoutMs: 200 });
    assert.equal(ran.end.kind, "timeout");
    await seen.closed;
    await assertNothingLeft(ran);
  },
});

/** On SIGTERM the command lives on for a moment, in which an end of file would show. */
const SEES_THE_END = `
exec 3<&0
(trap "" TERM; cat <&3 >/dev/null; echo end of file) &
trap 'sleep 0.3; kill -9 0' TERM
wait`;

Deno.test({
  name: "run gives a command that it stops no end of file",
  permissions,
  async fn() {
    const { stream, seen } = pieces(1, { open: true });
    const command = { kind: "shell", command: SEES_THE_END } as const;
    const ran = await runToEnd({ ...command, stdin: stream, timeoutMs: 300 });
    assert.deepEqual([ran.end.kind, ran.stdout], ["timeout", ""]);
    await seen.closed;
    await assertNothingLeft(ran);
    const whole = await runToEnd({ ...command, stdin: pieces(1).stream });
    assert.deepEqual([whole.end.kind, whole.stdout], ["exited", "end of file\n"]);
  },
});

Deno.test({
  name: "run gives a command no end of file when its stream fails",
  permissions,
  async fn() {
    const stream: InputStream = {
      async *[Symbol.asyncIterator]() {
        yield new Uint8Array(10);
        throw new Error("the hub is gone");
      },
      close() {},
    };
    const command = { kind: "shell", command: SEES_THE_END } as const;
    const ran = await runToEnd({ ...command, stdin: stream, timeoutMs: 300 });
    assert.deepEqual([ran.end.kind, ran.stdout], ["timeout", ""]);
  },
});
