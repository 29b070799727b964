/**
 * Signed requests for commands that cannot, or should not, run: rows 39, 41 to 43 and 51 to 55 of
 * the catalogue, sent to an agent that executes commands.
 */

import assert from "node:assert/strict";
import type { Request } from "../../lib/envelope/statements/request.ts";
import { CommandFixture } from "../support/agent/command_fixture.ts";
import { inFastFolder } from "../support/fast_folder.ts";
import { AS_ROOT } from "../support/agent/run_command.ts";

const permissions: Deno.PermissionOptions = { read: true, write: true, run: true, sys: ["uid"] };
const NOBODY = AS_ROOT ? "daemon" : "root";

function argv(...words: readonly string[]): Partial<Request> {
  return { run: { kind: "argv", argv: words } };
}

/** Creates a program or folder below `folder` that must not be used. */
type Row = readonly [
  string,
  (folder: string) => Partial<Request> | Promise<Partial<Request>>,
  string,
];

const ROWS: readonly Row[] = [
  ["39: a relative program", () => argv("bin/true"), "bad-argv"],
  ["39: a program in the current folder", () => argv("./true"), "bad-argv"],
  ["39: a program behind ..", () => argv("/usr/../bin/true"), "bad-argv"],
  ["39: a program behind //", () => argv("/usr//bin/true"), "bad-argv"],
  ["39: an option for a program", () => argv("--help"), "bad-argv"],
  ["39: no such program", () => argv("/usr/bin/no-such-program"), "not-found"],
  ["39: no such name", () => argv("no-such-program"), "not-found"],
  ["39: a folder", () => argv("/usr/bin"), "not-executable"],
  ["39: a file without an execute bit", () => argv("/etc/passwd"), "not-executable"],
  ["39: a program that everybody may write to", async (folder) => {
    await Deno.writeTextFile(`${folder}/tool`, "#!/bin/sh\n");
    await Deno.chmod(`${folder}/tool`, 0o777);
    return argv(`${folder}/tool`);
  }, "not-executable"],
  ["39: a link to such a program", async (folder) => {
    await Deno.symlink(`${folder}/tool`, `${folder}/link`);
    return argv(`${folder}/link`);
  }, "not-executable"],
  ["39: a FIFO", async (folder) => {
    await new Deno.Command("mkfifo", { args: ["-m", "755", `${folder}/fifo`] }).output();
    return argv(`${folder}/fifo`);
  }, "not-executable"],
  ["39: a path of 100 kB", () => argv(`/${"a".repeat(100_000)}`), "not-executable"],
  ["41: an unknown user", () => ({ user: "no-such-user" }), "bad-user"],
  ["41: a user of a directory", () => ({ user: "alice@example.com" }), "bad-user"],
  ["41: a machine's account", () => ({ user: "host$" }), "bad-user"],
  ["42: LD_PRELOAD", () => ({ env: { LD_PRELOAD: "/tmp/x.so" } }), "bad-env"],
  ["42: BASH_ENV", () => ({ env: { BASH_ENV: "/tmp/x" } }), "bad-env"],
  ["42: IFS", () => ({ env: { IFS: "/" } }), "bad-env"],
  ["42: GCONV_PATH", () => ({ env: { GCONV_PATH: "." } }), "bad-env"],
  ["42: NANOEXEC_JOB", () => ({ env: { NANOEXEC_JOB: "x" } }), "bad-env"],
  ["42: PATH", () => ({ env: { PATH: "/tmp" } }), "bad-env"],
  ["43: a missing folder", (folder) => ({ cwd: `${folder}/missing` }), "bad-cwd"],
  ["43: a file for a folder", () => ({ cwd: "/etc/passwd" }), "bad-cwd"],
  ["43: a folder behind ..", () => ({ cwd: "/usr/../etc" }), "bad-cwd"],
  ["43: a folder behind a link", async (folder) => {
    await Deno.symlink("/etc", `${folder}/etc`);
    return { cwd: `${folder}/etc` };
  }, "bad-cwd"],
];

Deno.test("an agent runs nothing that is not what was asked for", { permissions }, async (t) => {
  await inFastFolder(async (folder) => {
    await using scene = await CommandFixture.open();
    for (const [name, make, code] of ROWS) {
      await t.step(name, async () => {
        const { result, text } = await scene.run(await make(folder));
        const { outcome } = result;
        assert.ok(outcome.kind === "refused", outcome.kind);
        assert.equal(outcome.code, code, outcome.reason);
        assert.equal(outcome.reason.length < 400, true);
        assert.equal(text, "");
        assert.deepEqual(scene.eventsOf(result.id), ["ended"], "nothing was started");
        await scene.assertObeys();
      });
    }
  });
});

Deno.test("43: an agent never falls back to a folder of its own", {
  permissions,
  ignore: !AS_ROOT,
}, async () => {
  await inFastFolder(async (folder) => {
    await Deno.chmod(folder, 0o700);
    await using scene = await CommandFixture.open();
    const outcome = await scene.shell("pwd", { cwd: folder, user: NOBODY });
    assert.equal(outcome.kind === "refused" && outcome.code, "bad-cwd");
    await scene.assertObeys();
  });
});

Deno.test("51: an agent ends what will not end, and has its slot again", {
  permissions,
}, async (t) => {
  await using scene = await CommandFixture.open();
  const commands: Readonly<Record<string, string>> = {
    "many processes": "for i in 1 2 3 4 5 6 7 8 9; do sleep 60 & done; wait",
    "closed pipes": "exec <&- >&- 2>&-; sleep 60; true",
    "a session of its own": "setsid sleep 60 & sleep 60",
    "SIGTERM ignored": "trap '' TERM; while :; do sleep 1; done",
  };
  for (const [what, command] of Object.entries(commands)) {
    await t.step(what, async () => {
      assert.deepEqual(await scene.shell(command, { timeoutMs: 300 }), { kind: "timeout" });
      await scene.assertObeys();
    });
  }
});

Deno.test("52: an agent does not wait for others that hold the output", {
  permissions,
}, async () => {
  await using scene = await CommandFixture.open();
  const before = performance.now();
  const { result, text } = await scene.run({
    run: { kind: "shell", command: "sleep 20 & echo $!" },
  });
  assert.deepEqual(result.outcome, { kind: "exited", code: 0 });
  assert.equal(performance.now() - before < 10_000, true);
  Deno.kill(Number(text), "SIGKILL");
  await scene.assertObeys();
});

Deno.test("53: an agent ends the input of a command that reads for ever, and forces none on it", {
  permissions,
}, async () => {
  await using scene = await CommandFixture.open();
  const stdin = new Uint8Array(65_536).toBase64();
  assert.deepEqual(await scene.shell("cat >/dev/null; exit 3"), { kind: "exited", code: 3 });
  assert.deepEqual(await scene.shell("cat >/dev/null; exit 3", { stdin }), {
    kind: "exited",
    code: 3,
  });
  assert.deepEqual(await scene.shell("exit 4", { stdin }), { kind: "exited", code: 4 });
  await scene.assertObeys();
});

Deno.test("54: an agent outlives a command that ends its own group", { permissions }, async () => {
  await using scene = await CommandFixture.open();
  assert.deepEqual(await scene.shell("sleep 60 & kill -s KILL 0"), {
    kind: "signalled",
    signal: "SIGKILL",
  });
  await scene.assertObeys();
});

Deno.test("54: an agent outlives a command that fills the disk or takes its folder away", {
  permissions,
}, async (t) => {
  await inFastFolder(async (folder) => {
    await using scene = await CommandFixture.open();
    await t.step("the disk", async () => {
      const endless = `yes > ${folder}/full; echo $? > ${folder}/code`;
      const outcome = await scene.shell(`ulimit -f 2; ${endless}`);
      assert.equal(outcome.kind, "exited");
      assert.equal((await Deno.stat(`${folder}/full`)).size <= 1_024, true);
      assert.notEqual(await Deno.readTextFile(`${folder}/code`), "0\n");
      await scene.assertObeys();
    });
    await t.step("its folder", async () => {
      await Deno.mkdir(`${folder}/gone`);
      const outcome = await scene.shell("rmdir $PWD; exit 6", { cwd: `${folder}/gone` });
      assert.deepEqual(outcome, { kind: "exited", code: 6 });
      await scene.assertObeys();
    });
  });
});

Deno.test("54, 55: another user's command cannot read the agent's key nor stop the agent", {
  permissions,
  ignore: !AS_ROOT,
}, async (t) => {
  await inFastFolder(async (folder) => {
    await Deno.chmod(folder, 0o755);
    await using scene = await CommandFixture.open({ state: `${folder}/state` });
    const rows: Readonly<Record<string, string>> = {
      "its key": `cat ${folder}/state/agent.key`,
      "its journal": `cat ${folder}/state/journal.db`,
      "its environment": `cat /proc/${Deno.pid}/environ`,
      "its memory": `cat /proc/${Deno.pid}/mem`,
      "a signal to it": `kill -s KILL ${Deno.pid}`,
    };
    for (const [what, command] of Object.entries(rows)) {
      await t.step(what, async () => {
        const run = { kind: "shell", command } as const;
        const { result, text } = await scene.run({ run, user: NOBODY });
        assert.equal(result.outcome.kind === "exited" && result.outcome.code !== 0, true);
        assert.match(text, /denied|not permitted/i);
        await scene.assertObeys();
      });
    }
  });
});

Deno.test("55: an agent hands nothing of its own to a command", { permissions }, async () => {
  await using scene = await CommandFixture.open();
  const { text } = await scene.run({ run: { kind: "argv", argv: ["env"] } });
  const names = text.trimEnd().split("\n").map((line) => line.slice(0, line.indexOf("=")));
  assert.deepEqual(
    names.filter((name) => !["LOGNAME", "USER"].includes(name)).sort(),
    ["HOME", "LANG", "NANOEXEC_HOST", "NANOEXEC_JOB", "PATH"],
  );
  await scene.assertObeys();
  await inFastFolder(async (folder) => {
    const list = argv("ls", "/proc/self/fd");
    const before = await scene.run(list); // The test runner may have left some open.
    await using other = await CommandFixture.open({ state: `${folder}/state` });
    assert.equal((await other.run(list)).text, before.text);
  });
});
