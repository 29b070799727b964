import assert from "node:assert/strict";
import { detectHostTools, type HostTools } from "../../../lib/agent/os/host_tools.ts";
import { waitUntilSpooled } from "../../support/agent/detached_command.ts";
import { assertNothingLeft, PROGRAM_FOLDERS, runToEnd } from "../../support/agent/run_command.ts";
import {
  DetachedCommandFixture,
  readUntil,
  startDetached,
} from "../../support/agent/detached_command_fixture.ts";

const permissions: Deno.PermissionOptionsObject = {
  read: [...PROGRAM_FOLDERS, "/tmp"],
  write: ["/tmp"],
  run: true,
  sys: ["uid"],
};

Deno.test("run says of a surviving command what it says of others", { permissions }, async () => {
  await using fixture = new DetachedCommandFixture();
  const line = "echo out; echo err >&2; exit 3";
  const options = { job: fixture.job, detachSupport: fixture.detachSupport };
  const ran = await runToEnd({ kind: "shell", command: line, survive: true }, options);
  const usual = await runToEnd(line);
  assert.deepEqual([ran.stdout, ran.stderr], ["out\n", "err\n"]);
  assert.ok(ran.end.kind === "exited" && usual.end.kind === "exited");
  assert.equal(ran.end.code, 3);
  assert.deepEqual(ran.end.report.stdout, usual.end.report.stdout);
  assert.deepEqual(ran.end.report.stderr, usual.end.report.stderr);
  const { startMs, endMs, durationMs } = ran.end.report;
  assert.equal(endMs - startMs, durationMs);
  assert.ok(Math.abs(Date.now() - endMs) < 5_000);
});

Deno.test("run ends a surviving command at its time limit, and with a signal", {
  permissions,
}, async () => {
  const line = "trap '' TERM; setsid sleep 60 & echo up; sleep 60";
  for (const kind of ["timeout", "cancelled"] as const) {
    await using fixture = new DetachedCommandFixture();
    const cancel = new AbortController();
    const limit = kind === "timeout" ? 500 : 20_000;
    const events = await fixture.begin(line, cancel.signal, limit);
    const { pid } = await readUntil(events, "started");
    await readUntil(events, "output");
    if (kind === "cancelled") cancel.abort();
    await readUntil(events, kind);
    assert.equal((await events.next()).done, true);
    await assertNothingLeft({ job: fixture.job, pid });
  }
});

Deno.test("a command that was left says all of it again, in the same order, and the rest", {
  permissions,
}, async () => {
  await using fixture = new DetachedCommandFixture();
  const gate = `${fixture.folder}.gate`;
  const line = `echo 1 >&2; sleep 0.1; echo 2; until [ -e ${gate} ]; do sleep 0.02; done; ` +
    "echo 3 >&2; exit 7";
  await startDetached(fixture, line);
  await Deno.writeTextFile(gate, "");
  const { said, end } = await fixture.resume();
  assert.ok(end.kind === "exited" && end.code === 7, JSON.stringify(end));
  assert.ok(said.startsWith("up\n") && said.endsWith("3\n"), said);
  // Resume again, as after another crash: a hub may have received all of it.
  const again = await fixture.resume();
  assert.deepEqual([again.said, again.end], [said, end]);
});

Deno.test("what an agent has begun to end is called so by the next one", {
  permissions,
}, async () => {
  await using fixture = new DetachedCommandFixture();
  const pid = await startDetached(fixture, "sleep 60");
  await Deno.writeTextFile(`${fixture.folder}/stop.cancelled`, "");
  Deno.kill(-pid, "SIGTERM");
  await waitUntilSpooled(fixture.folder);
  assert.equal((await fixture.resume()).end.kind, "cancelled");
  // The earlier process may have died before it stopped anything.
  await using undone = new DetachedCommandFixture();
  const left = await startDetached(undone, "sleep 60");
  await Deno.writeTextFile(`${undone.folder}/stop.cancelled`, "");
  assert.equal((await undone.resume()).end.kind, "cancelled");
  await assertNothingLeft({ job: undone.job, pid: left });
});

Deno.test("what was left of the time limit counts, and none of it once it is used up", {
  permissions,
}, async () => {
  await using fixture = new DetachedCommandFixture();
  const pid = await startDetached(fixture, "sleep 60");
  const { end } = await fixture.resume({ timeoutMs: 1 });
  assert.equal(end.kind, "timeout");
  await assertNothingLeft({ job: fixture.job, pid });
  await using ended = new DetachedCommandFixture();
  await startDetached(ended, "exit 4");
  await waitUntilSpooled(ended.folder);
  const late = await ended.resume({ timeoutMs: 1 });
  assert.ok(late.end.kind === "exited" && late.end.code === 4, JSON.stringify(late.end));
});

Deno.test("the time that a command has run under an earlier process counts", {
  permissions,
}, async () => {
  await using fixture = new DetachedCommandFixture();
  const pid = await startDetached(fixture, "sleep 60");
  const path = `${fixture.folder}/command.pid`;
  const [, start = 0] = (await Deno.readTextFile(path)).split(" ").map(Number);
  // The recorded start is 1,000 seconds earlier.
  await Deno.writeTextFile(path, `${pid} ${start - 100_000}\n`);
  assert.equal((await fixture.resume({ timeoutMs: 900_000 })).end.kind, "timeout");
  await assertNothingLeft({ job: fixture.job, pid });
});

Deno.test("a signal is told by its name", { permissions }, async () => {
  await using fixture = new DetachedCommandFixture();
  await startDetached(fixture, "kill -SEGV $$");
  const { end } = await fixture.resume();
  assert.ok(end.kind === "signalled" && end.signal === "SIGSEGV", JSON.stringify(end));
});

Deno.test("a command is lost if the host was started again, unless it had ended", {
  permissions,
}, async () => {
  await using fixture = new DetachedCommandFixture();
  const pid = await startDetached(fixture, "sleep 60");
  const path = `${fixture.folder}/keeper`;
  const [keeper = ""] = (await Deno.readTextFile(path)).split(" ");
  await Deno.writeTextFile(path, `${keeper} 1 another-boot\n`);
  const { end } = await fixture.resume();
  assert.ok(end.kind === "lost");
  assert.match(end.reason, /^the host rebooted before the command ended/);
  await assertNothingLeft({ job: fixture.job, pid });
  await using ended = new DetachedCommandFixture();
  await startDetached(ended, "exit 4");
  await waitUntilSpooled(ended.folder);
  await Deno.writeTextFile(`${ended.folder}/keeper`, "1 1 another-boot\n");
  assert.equal((await ended.resume()).end.kind, "exited");
});

Deno.test("a process that has got the command's id is left alone", { permissions }, async () => {
  await using fixture = new DetachedCommandFixture();
  const pid = await startDetached(fixture, "sleep 60");
  const keeper = Number.parseInt(await Deno.readTextFile(`${fixture.folder}/keeper`));
  Deno.kill(keeper, "SIGKILL");
  Deno.kill(-pid, "SIGKILL");
  // Another process leads a group with the recorded id.
  const other = new Deno.Command("/usr/bin/setsid", { args: ["sleep", "60"], stdout: "null" })
    .spawn();
  await Deno.writeTextFile(`${fixture.folder}/command.pid`, `${other.pid} 1\n`);
  const { end } = await fixture.resume();
  assert.equal(end.kind, "lost");
  other.kill("SIGKILL");
  assert.equal((await other.status).signal, "SIGKILL");
  const names = await Array.fromAsync(Deno.readDir(fixture.folder), ({ name }) => name);
  assert.ok(names.every((name) => !name.startsWith("exited")), names.join());
});

Deno.test("a command whose supervisor had not begun it is lost and never begun", {
  permissions,
}, async () => {
  await using fixture = new DetachedCommandFixture();
  await Deno.writeTextFile(`${fixture.folder}/ready`, "");
  const { end } = await fixture.resume();
  assert.ok(end.kind === "lost");
  assert.match(end.reason, /before the command started/);
});

Deno.test("run refuses to have a command survive that cannot, and says why", {
  permissions,
}, async () => {
  await using fixture = new DetachedCommandFixture();
  const host = await detectHostTools();
  const detachSupport = fixture.detachSupport;
  const rows = [
    [{ detachSupport, host: { ...host, setsid: undefined } satisfies HostTools }, {}, /no setsid/],
    [{ host }, {}, /the agent has no state folder/],
    [{ detachSupport, host }, { secrets: { A: "b" } }, /secrets/],
    [{ detachSupport, host }, { stdin: new Uint8Array(1) }, /standard input/],
  ] as const;
  for (const [options, more, pattern] of rows) {
    const command = { kind: "shell", command: "true", survive: true, ...more } as const;
    const { end } = await runToEnd(command, { job: fixture.job, ...options });
    assert.ok(end.kind === "failed" && end.code === "bad-survive", JSON.stringify(end));
    assert.match(end.reason, pattern);
  }
});

Deno.test("run says why a surviving command was not begun", { permissions }, async () => {
  await using fixture = new DetachedCommandFixture();
  await Deno.remove(fixture.folder);
  const options = { job: fixture.job, detachSupport: fixture.detachSupport };
  const { end } = await runToEnd({ kind: "shell", command: "true", survive: true }, options);
  assert.ok(end.kind === "failed" && end.code === "not-started", JSON.stringify(end));
});

Deno.test("a surviving command is put into a scope where there is systemd", {
  permissions,
}, async () => {
  await using fixture = new DetachedCommandFixture();
  const fake = `${fixture.folder}.systemd-run`;
  await Deno.writeTextFile(
    fake,
    `#!/bin/sh\necho "$*" > ${fixture.folder}.asked\n` +
      `while [ "$1" != -- ]; do shift; done\nshift\nINVOCATION_ID=1 exec "$@"\n`,
  );
  await Deno.chmod(fake, 0o755);
  const detectSystemd = () =>
    Promise.resolve({ uid: 0, systemd: true, ofUser: false, systemdRun: fake });
  const line = "echo in ${INVOCATION_ID-no}";
  const ran = await runToEnd({ kind: "shell", command: line, survive: true }, {
    ...{ job: fixture.job, detachSupport: { ...fixture.detachSupport, detectSystemd } },
  });
  assert.deepEqual([ran.end.kind, ran.stdout], ["exited", "in no\n"]);
  assert.equal(
    await Deno.readTextFile(`${fixture.folder}.asked`),
    `--scope --quiet --collect --unit=nanoexec-${fixture.job} -- /usr/bin/setsid /bin/sh keep\n`,
  );
});
