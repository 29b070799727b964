/**
 * Signed requests for commands that cannot, or should not, be run as they are: rows 39, 41 to 43 and
 * 51 to 55 of the catalogue, sent to an agent that really runs commands.
 */

import assert from "node:assert/strict";
import { openAgent } from "../../lib/agent/open_agent.ts";
import { TrustStore } from "../../lib/agent/trust_store.ts";
import type { Request } from "../../lib/envelope/request.ts";
import type { Outcome, Result } from "../../lib/envelope/result.ts";
import { inproc } from "../../lib/sp/mod.ts";
import { alice, plain } from "../envelope/fixtures.ts";
import { inFastFolder } from "../support/fast_folder.ts";
import { HubSide } from "../support/hub_side.ts";
import { AS_ROOT } from "../support/run_command.ts";
import { requestAt, signed, trustLine } from "../support/signed_request.ts";

const permissions: Deno.PermissionOptions = { read: true, write: true, run: true, sys: ["uid"] };
const NOBODY = AS_ROOT ? "daemon" : "root";

/** A queue and an agent behind it. */
class Scene implements AsyncDisposable {
  readonly hub: HubSide;
  readonly #stack: AsyncDisposableStack;

  constructor(hub: HubSide, stack: AsyncDisposableStack) {
    this.hub = hub;
    this.#stack = stack;
  }

  static async open(): Promise<Scene> {
    await using stack = new AsyncDisposableStack();
    const transport = inproc();
    const hub = stack.use(await HubSide.open(transport, "inproc://hub"));
    const baked = [trustLine(alice, "alice")];
    const trust = new TrustStore({ baked, given: [], files: [], revoked: [] });
    await trust.load();
    stack.use(
      await openAgent({
        name: "web1",
        version: "test",
        urls: ["inproc://hub"],
        transports: [transport],
        trust,
        insecure: false,
        facts: {},
        state: undefined,
        slots: 1,
        onEvent: () => {},
      }),
    );
    await hub.hello();
    return new Scene(hub, stack.move());
  }

  /** Has a request run, and gives its result and what it printed. */
  async run(fields: Partial<Request>): Promise<{ result: Result; text: string }> {
    const body = requestAt(Date.now(), { maxOutput: 10_000, timeoutMs: 5_000, ...fields });
    const { id, bytes } = signed(body);
    this.hub.send(bytes);
    const result = plain(await this.hub.result(id)) as Result;
    const chunks = this.hub.received.splice(0)
      .filter((message) => message.kind === "output" && message.id === id);
    const text = chunks.map((chunk) =>
      "bytes" in chunk ? new TextDecoder().decode(chunk.bytes) : ""
    );
    this.hub.say({ kind: "ack", id });
    return { result, text: text.join("") };
  }

  /** Runs a shell command and gives how it ended. */
  async shell(command: string, fields: Partial<Request> = {}): Promise<Outcome> {
    return (await this.run({ run: { kind: "shell", command }, ...fields })).result.outcome;
  }

  /** Asserts that there is a slot and that an honest command runs. */
  async assertObeys(): Promise<void> {
    assert.deepEqual(await this.shell("exit 5"), { kind: "exited", code: 5 });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}

function argv(...words: readonly string[]): Partial<Request> {
  return { run: { kind: "argv", argv: words } };
}

/** Each makes a program or folder below `folder` that must not be used. */
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
    await using scene = await Scene.open();
    for (const [name, make, code] of ROWS) {
      await t.step(name, async () => {
        const { result: { outcome }, text } = await scene.run(await make(folder));
        assert.ok(outcome.kind === "refused", outcome.kind);
        assert.equal(outcome.code, code, outcome.reason);
        assert.equal(outcome.reason.length < 400, true);
        assert.equal(text, "");
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
    await using scene = await Scene.open();
    const outcome = await scene.shell("pwd", { cwd: folder, user: NOBODY });
    assert.equal(outcome.kind === "refused" && outcome.code, "bad-cwd");
    await scene.assertObeys();
  });
});

Deno.test("51: an agent ends what will not end, and has its slot again", {
  permissions,
}, async (t) => {
  await using scene = await Scene.open();
  const commands: Readonly<Record<string, string>> = {
    "many processes": "for i in 1 2 3 4 5 6 7 8 9; do sleep 60 & done; wait",
    "closed pipes": "exec <&- >&- 2>&-; sleep 60; true",
    "a session of its own": "setsid sleep 60 & sleep 60",
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
  await using scene = await Scene.open();
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
  await using scene = await Scene.open();
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
  await using scene = await Scene.open();
  assert.deepEqual(await scene.shell("sleep 60 & kill -s KILL 0"), {
    kind: "signalled",
    signal: "SIGKILL",
  });
  await scene.assertObeys();
});

Deno.test("55: an agent hands nothing of its own to a command", { permissions }, async () => {
  await using scene = await Scene.open();
  const { text } = await scene.run({ run: { kind: "argv", argv: ["env"] } });
  const names = text.trimEnd().split("\n").map((line) => line.slice(0, line.indexOf("=")));
  assert.deepEqual(
    names.filter((name) => !["LOGNAME", "USER"].includes(name)).sort(),
    ["HOME", "LANG", "NANOEXEC_HOST", "NANOEXEC_JOB", "PATH"],
  );
});
