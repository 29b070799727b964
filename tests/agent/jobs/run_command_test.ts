import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { findAccount, findGroups } from "../../../lib/agent/os/accounts.ts";
import type { ExecEvent, StreamReport } from "../../../lib/agent/exec/command.ts";
import { encodeUtf8 } from "../../../lib/base/bytes.ts";
import type { Clock } from "../../../lib/base/clock.ts";
import {
  AGENT_PERMISSIONS,
  AS_ROOT,
  assertNothingLeft,
  reportOf,
  runToEnd,
  start,
  type TestCommand,
} from "../../support/agent/run_command.ts";

const permissions = AGENT_PERMISSIONS;

function reportOn(text: string): StreamReport {
  const bytes = encodeUtf8(text);
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  return { bytes: bytes.length, kept: bytes.length, sha256, complete: true };
}

Deno.test({
  name: "run yields started, both outputs, and the exit code with exact figures",
  permissions,
  async fn() {
    const ran = await runToEnd("echo out; echo err >&2; exit 3");
    assert.ok(ran.end.kind === "exited");
    assert.equal(ran.end.code, 3);
    assert.deepEqual([ran.stdout, ran.stderr], ["out\n", "err\n"]);
    const { stdout, stderr, startMs, endMs, durationMs } = ran.end.report;
    assert.deepEqual([stdout, stderr], [reportOn("out\n"), reportOn("err\n")]);
    assert.ok(startMs <= endMs && durationMs > 0);
    await assertNothingLeft(ran);
  },
});

Deno.test({
  name: "run gives a program its arguments untouched by any shell",
  permissions,
  async fn() {
    const odd = ["-n", "--", "$HOME", "a\nb", "", "'; exit 9 #", "*"];
    const { stdout } = await runToEnd({ kind: "argv", argv: ["printf", "<%s>", ...odd] });
    assert.equal(stdout, odd.map((word) => `<${word}>`).join(""));
  },
});

Deno.test({
  name: "run gives a command a clean environment, / as folder, and no input",
  permissions,
  async fn() {
    const { stdout, job } = await runToEnd({
      kind: "shell",
      command: "pwd; cat; env",
      env: { GREETING: "hello there" },
    });
    const [folder, ...lines] = stdout.trimEnd().split("\n");
    assert.equal(folder, "/");
    const names = lines.map((line) => line.split("=")[0]).sort();
    const expected = ["GREETING", "HOME", "LANG", "NANOEXEC_HOST", "NANOEXEC_JOB", "PATH", "PWD"];
    assert.deepEqual(names.filter((name) => name !== "USER" && name !== "LOGNAME"), expected);
    assert.ok(lines.includes(`NANOEXEC_JOB=${job}`) && lines.includes("GREETING=hello there"));
  },
});

Deno.test({
  name: "run starts a command in the folder that it names",
  permissions,
  async fn() {
    assert.equal((await runToEnd({ kind: "argv", argv: ["pwd"], cwd: "/etc" })).stdout, "/etc\n");
  },
});

Deno.test({
  name: "run gives a command the bytes of its standard input, then its end",
  permissions,
  async fn() {
    const stdin = new Uint8Array(300_000).map((_, index) => index);
    const { end } = await runToEnd({ kind: "argv", argv: ["cat"], stdin });
    const sha256 = createHash("sha256").update(stdin).digest("hex");
    assert.equal(reportOf(end).stdout.sha256, sha256);
    const empty = await runToEnd({ kind: "argv", argv: ["cat"], stdin: new Uint8Array() });
    assert.equal(empty.end.kind, "exited");
  },
});

Deno.test({
  name: "run reports a signal that was not the agent's",
  permissions,
  async fn() {
    const { end } = await runToEnd("kill -s SEGV $$");
    assert.ok(end.kind === "signalled");
    assert.equal(end.signal, "SIGSEGV");
  },
});

Deno.test({
  name: "run ends with one event when a command cannot be run",
  permissions,
  async fn() {
    const { events } = await start({ kind: "argv", argv: ["nx-no-such-program"] });
    const all = await Array.fromAsync(events);
    assert.equal(all.length, 1);
    assert.ok(all[0]?.kind === "failed" && all[0].code === "not-found");
  },
});

Deno.test({
  name: "run is called off by its signal, before and after the start",
  permissions,
  async fn() {
    const before = await runToEnd("true", { signal: AbortSignal.abort() });
    assert.deepEqual([before.end.kind, before.pid], ["cancelled", undefined]);

    const abort = new AbortController();
    const { events, job } = await start("echo here; sleep 60", { signal: abort.signal });
    const seen: ExecEvent[] = [];
    for await (const event of events) {
      if (event.kind === "output") abort.abort();
      seen.push(event);
    }
    assert.deepEqual(seen.map(({ kind }) => kind), ["started", "output", "cancelled"]);
    await assertNothingLeft({ job, pid: undefined });
  },
});

Deno.test({
  name: "run ends the command when the receiver leaves",
  permissions,
  async fn() {
    const { events, job } = await start("sleep 60 & sleep 60");
    let pid: number | undefined;
    for await (const event of events) {
      if (event.kind === "started") pid = event.pid;
      break;
    }
    await assertNothingLeft({ job, pid });
  },
});

Deno.test({
  name: "run keeps a time limit that the wall clock cannot move",
  permissions,
  async fn() {
    const jumping: Clock = {
      now: () => Date.now() + 3_600_000 * Math.floor(Math.random() * 3 - 1),
      monotonic: () => performance.now(),
      sleep: (_ms, signal) =>
        new Promise((_, reject) => signal?.addEventListener("abort", () => reject(signal.reason))),
    };
    const { end } = await runToEnd("sleep 0.1; echo done", { clock: jumping });
    assert.equal(end.kind, "exited");
    assert.ok(reportOf(end).durationMs < 60_000);
  },
});

Deno.test({
  name: "run refuses a job id that could be anything but a mark",
  permissions,
  async fn() {
    for (const job of ["", "a b", "x".repeat(65), "a=b", "a\n"]) {
      await assert.rejects(runToEnd("true", { job }), TypeError);
    }
  },
});

Deno.test({
  name: "run applies resource limits",
  permissions,
  async fn() {
    const { stdout } = await runToEnd("ulimit -c; ulimit -n; ulimit -t", {
      rlimits: { core: 0, nofile: 99, cpu: 77 },
    });
    assert.equal(stdout, "0\n99\n77\n");
  },
});

Deno.test({
  name: "run as another user leaves nothing of root (only as root)",
  ignore: !AS_ROOT,
  permissions,
  async fn() {
    const command: TestCommand = {
      kind: "shell",
      command: "id -u; id -g; id -G; grep -E '^(Cap|NoNewPrivs)' /proc/self/status",
      user: "daemon",
    };
    const [{ stdout }, lookup] = await Promise.all([runToEnd(command), findAccount("daemon")]);
    assert.ok(lookup.kind === "found");
    const { uid, gid } = lookup.account;
    const [ownUid, ownGid, groups, ...lines] = stdout.trimEnd().split("\n");
    assert.deepEqual([Number(ownUid), Number(ownGid)], [uid, gid]);
    assert.deepEqual(new Set(groups?.split(" ").map(Number)), await findGroups("daemon"));
    const status = Object.fromEntries(lines.map((line) => line.split(":\t")));
    assert.equal(status.NoNewPrivs, "1");
    for (const name of ["CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"]) {
      assert.match(status[name] ?? "missing", /^0+$/);
    }
  },
});
