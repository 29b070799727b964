import assert from "node:assert/strict";
import { describeRequest, readRequest, writeRequest } from "../../../lib/cli/files/request_file.ts";
import { type Request, requestType } from "../../../lib/envelope/statements/request.ts";
import { signEnvelope } from "../../../lib/envelope/signing/sign_envelope.ts";
import { generateSecretKey } from "../../../lib/envelope/keys/secret_key.ts";
import { recordingTerminal } from "../terminal/recording_terminal.ts";

const permissions = { read: true, write: true } as const;

const REQUEST: Request = {
  v: 1,
  id: "00112233445566778899aabbccddeeff",
  issued: Date.now(),
  expires: Date.now() + 3_600_000,
  target: "web[1-3]",
  run: { kind: "argv", argv: ["/sbin/reboot", "now or never"] },
  timeoutMs: 60_000,
  mode: "run",
  survive: false,
};

/** Runs `action` with the path of a file that is not there. */
async function withPath(action: (path: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "nanoexec_request_" });
  try {
    await action(`${folder}/reboot.request`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function sealed(change: Partial<Request>): Uint8Array {
  return signEnvelope(requestType, { ...REQUEST, ...change }, [generateSecretKey("ann")]);
}

Deno.test(
  "a request is read as it was written, newlines of an editor aside",
  { permissions },
  () =>
    withPath(async (path) => {
      const { terminal } = recordingTerminal();
      const envelope = sealed({});
      await writeRequest(path, envelope, terminal);
      await writeRequest(path, envelope, terminal); // in place of the other
      await Deno.writeTextFile(path, "\r\n\n", { append: true });
      const { claimed, keyids, envelope: read } = await readRequest(path);
      assert.deepEqual(read, envelope);
      assert.deepEqual(structuredClone(claimed), REQUEST); // its objects have no prototype
      assert.equal(keyids.length, 1);
      const entries = await Array.fromAsync(Deno.readDir(path.replace(/\/[^/]*$/, "")));
      assert.equal(entries.length, 1);
    }),
);

Deno.test("writeRequest writes through no link", { permissions }, () =>
  withPath(async (path) => {
    const { terminal } = recordingTerminal();
    const victim = `${path}.victim`;
    await Deno.writeTextFile(victim, "precious");
    for (const link of [path, `${path}.new`, `${path}.draft`]) await Deno.symlink(victim, link);
    await writeRequest(path, sealed({}), terminal);
    assert.equal(await Deno.readTextFile(victim), "precious");
    assert.ok((await Deno.lstat(path)).isFile);
  }));

Deno.test("writeRequest writes to stdout if asked to", async () => {
  const { terminal, stdout } = recordingTerminal();
  await writeRequest("-", sealed({}), terminal);
  await terminal.flush();
  assert.match(stdout.text, /^\{"payload":.*\}\n$/);
});

Deno.test(
  "describeRequest shows everything that would be signed",
  { permissions },
  () =>
    withPath(async (path) => {
      const { terminal } = recordingTerminal();
      const change: Partial<Request> = {
        run: { kind: "shell", command: "reboot" },
        user: "root",
        cwd: "/srv",
        env: { A: "1" },
        stdin: btoa("y\n"),
        mode: "check",
        splayMs: 30_000,
        undo: { command: "reboot -f", withinMs: 120_000 },
        secrets: { names: ["DB", "PW"], sha256: "0".repeat(64) },
        maxOutput: 4_096,
      };
      await writeRequest(path, sealed(change), terminal);
      const lines = describeRequest(await readRequest(path));
      const until = new Date(REQUEST.expires).toISOString().slice(0, 19).replace("T", " ");
      assert.deepEqual(lines, [
        "run:     /bin/sh -c reboot (dry run)",
        "on:      web[1-3]",
        "as:      root",
        "in:      /srv",
        'with:    {"A":"1"}',
        "secret:  DB, PW",
        'stdin:   "y\\n"',
        "for:     at most 1m",
        "splay:   30s",
        "undo:    reboot -f",
        "         unless the command succeeds and is confirmed within 2m",
        "output:  at most 4096 bytes of each stream",
        `id:      ${REQUEST.id}`,
        `until:   ${until} UTC`,
        "signed:  by 1 key",
      ]);
    }),
);

Deno.test(
  "readRequest refuses what cannot be sent",
  { permissions },
  () =>
    withPath(async (path) => {
      const { terminal } = recordingTerminal();
      await assert.rejects(readRequest(path), { message: `no such request: ${path}` });
      for (const text of ["", "{}", "nonsense", '{"payload":1}']) {
        await Deno.writeTextFile(path, text);
        const message = new RegExp(`^${path} is not a signed request: `);
        await assert.rejects(readRequest(path), { name: "UserError", message }, text);
      }
      await writeRequest(path, sealed({ issued: 1, expires: 86_400_000 }), terminal);
      await assert.rejects(readRequest(path), {
        name: "UserError",
        message: "request expired at 1970-01-02 00:00:00 UTC",
      });
    }),
);

Deno.test(
  "describeRequest shows a script to its last line",
  { permissions },
  () =>
    withPath(async (path) => {
      const { terminal } = recordingTerminal();
      const script = btoa("#!/bin/sh\nreboot\n");
      const change: Partial<Request> = { run: { kind: "script", script, args: ["-x"] } };
      await writeRequest(path, sealed(change), terminal);
      assert.deepEqual(describeRequest(await readRequest(path)).slice(0, 4), [
        'run:     script with arguments ["-x"]',
        "         | #!/bin/sh",
        "         | reboot",
        "         | ",
      ]);
    }),
);
