/** Commands that try not to end, or to hide: rows 51 to 55 of the hostile inputs. */

import assert from "node:assert/strict";
import { encodeUtf8 } from "../../../lib/base/bytes.ts";
import {
  AGENT_PERMISSIONS,
  AS_ROOT,
  assertNothingLeft,
  findLeft,
  reportOf,
  runToEnd,
  start,
} from "../../support/agent/run_command.ts";

const permissions = AGENT_PERMISSIONS;

/** Commands that would run for a minute, each in its own way. */
const ENDLESS: Record<string, string> = {
  "a simple command": "exec sleep 60",
  "a shell with a child": "sleep 60; true",
  "a tree of 200 processes": "for i in $(seq 200); do sh -c 'sleep 60; true' & done; wait",
  "a pipeline": "yes | cat >/dev/null",
  "a command that closes its pipes": "exec <&- >&- 2>&-; sleep 60; true",
  "a command that prints without end": "yes",
  "nohup": "nohup sleep 60 >/dev/null 2>&1 & sleep 60",
  "setsid": "setsid sleep 60 & sleep 60",
  "a daemon that leaves its parent": "(setsid sh -c 'sleep 60 & exec sleep 60' &); sleep 60",
  "a shell that stopped itself": "kill -s STOP $$; sleep 60",
};

for (const [what, command] of Object.entries(ENDLESS)) {
  Deno.test({
    name: `run ends ${what} at the time limit and leaves nothing`,
    permissions,
    async fn() {
      const ran = await runToEnd({ kind: "shell", command, timeoutMs: 300, maxOutput: 1000 });
      assert.equal(ran.end.kind, "timeout");
      const { durationMs } = reportOf(ran.end);
      assert.ok(durationMs >= 299 && durationMs < 5_000, `took ${durationMs} ms`);
      await assertNothingLeft(ran);
    },
  });
}

for (const what of ["a tree of 200 processes", "setsid"]) {
  Deno.test({
    name: `run ends ${what} when it is called off and leaves nothing`,
    permissions,
    async fn() {
      const abort = new AbortController();
      const command = `echo up; ${ENDLESS[what]}`;
      const { events, job } = await start(command, { signal: abort.signal });
      const kinds: string[] = [];
      for await (const event of events) {
        if (event.kind === "output") abort.abort();
        kinds.push(event.kind);
      }
      assert.deepEqual(kinds, ["started", "output", "cancelled"]);
      await assertNothingLeft({ job, pid: undefined });
    },
  });
}

Deno.test({
  name: "run ends a command that is called off in the moment of its start",
  permissions,
  async fn() {
    for (let round = 0; round < 10; round++) {
      const abort = new AbortController();
      const { events, job } = await start("sleep 60; true", { signal: abort.signal });
      let pid: number | undefined;
      for await (const event of events) {
        if (event.kind === "started") {
          pid = event.pid;
          abort.abort();
        } else {
          assert.ok(event.kind === "cancelled");
          assert.ok(event.report.durationMs < 4_000, "it was asked to end, not killed");
        }
      }
      await assertNothingLeft({ job, pid });
    }
  },
});

Deno.test({
  name: "run gives a command five seconds between SIGTERM and SIGKILL, and no more",
  permissions,
  async fn() {
    const ran = await runToEnd({
      kind: "shell",
      command: "trap '' TERM INT HUP; while :; do sleep 0.2; done",
      timeoutMs: 100,
    });
    assert.equal(ran.end.kind, "timeout");
    const { durationMs } = reportOf(ran.end);
    assert.ok(durationMs >= 5_000 && durationMs < 8_000, `took ${durationMs} ms`);
    await assertNothingLeft(ran);
  },
});

Deno.test({
  name: "run lets a command clean up after SIGTERM and takes its last words",
  permissions,
  async fn() {
    const ran = await runToEnd({
      kind: "shell",
      command: "trap 'sleep 0.3; echo bye; exit 0' TERM; sleep 60 & wait",
      timeoutMs: 300,
    });
    assert.deepEqual([ran.end.kind, ran.stdout], ["timeout", "bye\n"]);
    await assertNothingLeft(ran);
  },
});

Deno.test({
  name: "run keeps the time limit while nobody takes the output",
  permissions,
  async fn() {
    const { events, job } = await start({
      kind: "shell",
      command: "yes",
      timeoutMs: 300,
      maxOutput: null,
    });
    const first = await events.next();
    assert.ok(first.value?.kind === "started");
    await assertNothingLeft({ job, pid: first.value.pid });
    const rest = await Array.fromAsync(events);
    assert.equal(rest.at(-1)?.kind, "timeout");
  },
});

Deno.test({
  name: "run waits one second for others that hold the output open, and lets them go on",
  permissions,
  async fn() {
    const ran = await runToEnd("sleep 4 & echo hi");
    assert.ok(ran.end.kind === "exited");
    assert.equal(ran.stdout, "hi\n");
    assert.ok(ran.end.report.durationMs < 1_000, "the wait is not part of the command's time");
    assert.deepEqual([ran.end.report.stdout.complete, ran.end.report.stderr.complete], [
      false,
      false,
    ]);
    const left = await findLeft(ran.job, ran.pid);
    assert.equal(left.length, 1);
    for (const pid of left) Deno.kill(pid, "SIGKILL");
  },
});

Deno.test({
  name: "run does not wait for others that write without end after the command",
  permissions,
  async fn() {
    const ran = await runToEnd({ kind: "shell", command: "yes & echo hi >&2", maxOutput: 100 });
    assert.equal(ran.end.kind, "exited");
    assert.equal(ran.stderr, "hi\n");
    assert.equal(reportOf(ran.end).stdout.complete, false);
    await assertNothingLeft(ran); // a closed pipe ends "yes"
  },
});

Deno.test({
  name: "run takes what a command wrote last, also from a slow receiver's point of view",
  permissions,
  async fn() {
    const { events } = await start({ kind: "argv", argv: ["seq", "60000"], maxOutput: null });
    let bytes = 0;
    for await (const event of events) {
      if (event.kind !== "output") continue;
      // Longer, in all, than the second that a held pipe gets.
      await new Promise((resolve) => setTimeout(resolve, 250));
      bytes += event.bytes.length;
    }
    assert.equal(bytes, 348_894);
  },
});

Deno.test({
  name: "run never hangs on standard input that is not read",
  permissions,
  async fn() {
    const stdin = new Uint8Array(1024 * 1024);
    const ended = await runToEnd({ kind: "shell", command: "exit 4", stdin });
    assert.ok(ended.end.kind === "exited" && ended.end.code === 4);
    const partly = await runToEnd({ kind: "argv", argv: ["head", "-c", "10"], stdin });
    assert.equal(partly.end.kind, "exited");
    const closed = await runToEnd({ kind: "shell", command: "exec <&-; sleep 0.1", stdin });
    assert.equal(closed.end.kind, "exited");
    const never = await runToEnd({ kind: "shell", command: "sleep 60", stdin, timeoutMs: 200 });
    assert.equal(never.end.kind, "timeout");
    await assertNothingLeft(never);
  },
});

Deno.test({
  name: "run ends the input of a command that reads for ever",
  permissions,
  async fn() {
    const nothing = await runToEnd("cat; echo done");
    assert.equal(nothing.stdout, "done\n");
    const something = await runToEnd({
      kind: "shell",
      command: "cat; echo done",
      stdin: encodeUtf8("x"),
    });
    assert.equal(something.stdout, "xdone\n");
  },
});

Deno.test({
  name: "run survives a command that ends its own group or deletes its folder",
  permissions: { ...permissions, write: true },
  async fn() {
    const killed = await runToEnd("sleep 60 & kill -s KILL 0");
    assert.ok(killed.end.kind === "signalled" && killed.end.signal === "SIGKILL");
    await assertNothingLeft(killed);
    const folder = await Deno.makeTempDir();
    const homeless = await runToEnd({
      kind: "shell",
      command: 'rmdir "$PWD"; ls . >/dev/null; echo here',
      cwd: folder,
    });
    assert.equal(homeless.stdout, "here\n");
  },
});

Deno.test({
  name: "run stops a command that fills the disk",
  permissions: { ...permissions, write: true, read: true },
  async fn() {
    const folder = await Deno.makeTempDir();
    try {
      const { end } = await runToEnd(
        { kind: "argv", argv: ["dd", "if=/dev/zero", "of=full", "bs=1M"], cwd: folder },
        { rlimits: { fsize: 4 * 1024 * 1024 } },
      );
      assert.ok(end.kind === "signalled" && end.signal === "SIGXFSZ");
      assert.equal((await Deno.stat(`${folder}/full`)).size, 4 * 1024 * 1024);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
});

Deno.test({
  name: "run hands no open file and no variable of the agent's to a command",
  permissions: { ...permissions, env: true, net: ["127.0.0.1"] },
  async fn() {
    const listOpen = { kind: "argv", argv: ["ls", "/proc/self/fd"] } as const;
    const before = await runToEnd(listOpen); // The test runner may have left some open.
    using _listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    using _file = await Deno.open("/bin/sh");
    Deno.env.set("NX_SECRET", "hunter2");
    try {
      assert.equal((await runToEnd(listOpen)).stdout, before.stdout);
      assert.doesNotMatch((await runToEnd("env")).stdout, /hunter2/);
    } finally {
      Deno.env.delete("NX_SECRET");
    }
  },
});

Deno.test({
  name: "run as another user keeps a command away from the agent (only as root)",
  ignore: !AS_ROOT,
  permissions: { ...permissions, write: true },
  async fn() {
    const key = await Deno.makeTempFile(); // mode 0600
    try {
      await Deno.writeTextFile(key, "secret");
      const spy = await runToEnd({
        kind: "shell",
        command:
          `cat ${key}; cat /proc/$PPID/environ; ls /proc/$PPID/fd; kill -s 0 $PPID; sudo -n id`,
        user: "daemon",
      });
      assert.equal(spy.stdout, "");
      assert.equal(spy.end.kind, "exited");
    } finally {
      await Deno.remove(key);
    }
  },
});
