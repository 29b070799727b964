import assert from "node:assert/strict";
import type { ScriptRecords } from "../../../lib/agent/exec/script.ts";
import { encodeUtf8 } from "../../../lib/base/bytes.ts";
import {
  AGENT_PERMISSIONS,
  AS_ROOT,
  assertNothingLeft,
  runToEnd,
  start,
  type TestCommand,
} from "../../support/agent/run_command.ts";
import { temporaryUser } from "../../support/programs/temporary_user.ts";

/** The agent's permissions, and those to check the files from outside. */
const permissions = { ...AGENT_PERMISSIONS, read: true, write: ["/tmp"] };

/** A command that is a script. */
function script(text: string, ...args: readonly string[]): TestCommand {
  return { kind: "script", script: encodeUtf8(text), args };
}

/** Records that are only counted. */
class Notes implements ScriptRecords {
  readonly open = new Map<string, string | undefined>();
  added = 0;

  add(job: string, user: string | undefined): void {
    this.added++;
    this.open.set(job, user);
  }

  remove(job: string): void {
    this.open.delete(job);
  }
}

async function assertGone(job: string): Promise<void> {
  await assert.rejects(() => Deno.lstat(`/tmp/nanoexec-${job}`), Deno.errors.NotFound);
}

Deno.test({
  name: "run runs a script with its arguments, and leaves nothing of it",
  permissions,
  async fn() {
    const notes = new Notes();
    const text = 'echo "$#:$1:$2"; stat -c %a "$0" "${0%/*}"; exit 3\n';
    const ran = await runToEnd(script(text, "a  b", "-x"), { scripts: notes });
    assert.ok(ran.end.kind === "exited");
    assert.deepEqual([ran.end.code, ran.stdout, ran.stderr], [3, "2:a  b:-x\n700\n700\n", ""]);
    assert.deepEqual([notes.added, notes.open.size], [1, 0]);
    await assertGone(ran.job);
  },
});

Deno.test({
  name: "run has the interpreter of the first line run a script",
  permissions,
  async fn() {
    const { stdout } = await runToEnd(script("#!/usr/bin/env sed -f\n", "/dev/null"));
    assert.equal(stdout, "");
    const awk = await runToEnd(script('#!/usr/bin/awk -f\nBEGIN { print "awk", ARGV[1] }', "x"));
    assert.equal(awk.stdout, "awk x\n", awk.stderr);
  },
});

Deno.test({
  name: "run brings a script of 128 KiB and any bytes whole to its file",
  permissions,
  async fn() {
    const bytes = new Uint8Array(131_072).map((_, index) => index);
    bytes.set(encodeUtf8("#!/usr/bin/wc -c\n"));
    const { stdout } = await runToEnd({ kind: "script", script: bytes, args: [] });
    assert.match(stdout, /^131072 /);
  },
});

Deno.test({
  name: "run gives a script to its user alone",
  permissions,
  ignore: !AS_ROOT,
  async fn() {
    await using user = await temporaryUser([]);
    const text = 'id -un; stat -c "%a %U" "$0" "${0%/*}"; exit 0\n';
    const notes = new Notes();
    const command = { ...script(text) as object, user: user.name } as TestCommand;
    const { job, stdout, stderr } = await runToEnd(command, { scripts: notes });
    assert.equal(stdout, `${user.name}\n700 ${user.name}\n700 ${user.name}\n`, stderr);
    assert.deepEqual([notes.added, notes.open.size], [1, 0]);
    await assertGone(job);
  },
});

Deno.test({
  name: "run runs no script where somebody has made its folder before",
  permissions: { ...permissions, write: true },
  async fn() {
    const job = crypto.randomUUID();
    const folder = `/tmp/nanoexec-${job}`;
    const elsewhere = await Deno.makeTempDir();
    await Deno.writeTextFile(`${elsewhere}/theirs`, "");
    await Deno.symlink(elsewhere, folder);
    try {
      const { end } = await runToEnd(script("echo here"), { job });
      assert.ok(end.kind === "failed" && end.code === "bad-script");
      assert.match(end.reason, /File exists/);
      assert.deepEqual([...Deno.readDirSync(elsewhere)].map(({ name }) => name), ["theirs"]);
      assert.ok((await Deno.lstat(folder)).isSymlink);
    } finally {
      await Deno.remove(folder).catch(() => {});
      await Deno.remove(elsewhere, { recursive: true });
    }
  },
});

Deno.test({
  name: "run refuses a script without an interpreter, and one that cannot be noted",
  permissions,
  async fn() {
    const none = await runToEnd(script("#!/usr/bin/nx-no-such\n"));
    assert.ok(none.end.kind === "failed" && none.end.code === "not-found");
    const crlf = await runToEnd(script("#!/bin/sh\r\n"));
    assert.ok(crlf.end.kind === "failed" && crlf.end.code === "bad-script");
    const full: ScriptRecords = {
      add() {
        throw new Error("No space left on device");
      },
      remove() {},
    };
    const unnoted = await runToEnd(script("echo here"), { scripts: full });
    assert.ok(unnoted.end.kind === "failed" && unnoted.end.code === "bad-script");
    assert.match(unnoted.end.reason, /No space left/);
    for (const { job } of [none, crlf, unnoted]) await assertGone(job);
  },
});

Deno.test({
  name: "run removes a script that is called off, out of time, or left alone",
  permissions,
  async fn() {
    const late = await runToEnd({ ...script("sleep 60") as object, timeoutMs: 100 } as TestCommand);
    assert.equal(late.end.kind, "timeout");
    const { job, events } = await start(script("echo here; sleep 60"));
    for await (const event of events) if (event.kind === "output") break;
    await assertNothingLeft({ job, pid: undefined });
    for (const id of [late.job, job]) await assertGone(id);
  },
});
