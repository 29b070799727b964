import assert from "node:assert/strict";
import { userFolders } from "../../lib/cli/sandbox/folders.ts";
import { permissionFlags } from "../../lib/cli/sandbox/permissions.ts";
import { runArguments } from "../../scripts/run.ts";

const run = new URL("../../scripts/run.ts", import.meta.url).href;
const config = new URL("../../deno.json", import.meta.url).pathname;

Deno.test("runArguments runs a program with the permissions of its executable", {
  permissions: { env: true },
}, () => {
  const args = ["--insecure", "ipc:///run/q", "tcp://h:1"];
  const words = runArguments("exec", args);
  const user = userFolders(Deno.env.toObject());
  const flags = permissionFlags("exec", { user, sockets: ["/run/q"] });
  assert.deepEqual(words.slice(0, 1 + flags.length), ["run", ...flags]);
  assert.match(words[1 + flags.length] ?? "", /\/main_exec\.ts$/);
  assert.deepEqual(words.slice(2 + flags.length), args);
});

/** What a program does, and how `become` ends when it runs that program. */
const ends: Readonly<Record<string, readonly [string, Partial<Deno.CommandStatus>]>> = {
  "its exit code": ["Deno.exit(7)", { code: 7, signal: null }],
  "the signal that ended it": ["Deno.kill(Deno.pid, 'SIGKILL')", { signal: "SIGKILL" }],
};

for (const [what, [program, end]] of Object.entries(ends)) {
  Deno.test(`become ends with ${what}`, { permissions: { read: true, run: true } }, async () => {
    await using child = becoming(program);
    await child.stdout.cancel();
    const { code, signal } = await child.status;
    assert.deepEqual({ code, signal }, { code, signal, ...end });
  });
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  Deno.test(`become passes ${signal} on`, { permissions: { read: true, run: true } }, async () => {
    const listen = `Deno.addSignalListener('${signal}', () => Deno.exit(9))`;
    await using child = becoming(`${listen}; console.log('ready'); setInterval(() => {}, 60_000)`);
    const reader = child.stdout.getReader();
    await reader.read(); // it listens now
    child.kill(signal);
    await reader.cancel();
    assert.equal((await child.status).code, 9);
  });
}

function becoming(program: string): Deno.ChildProcess {
  const script = `import { become } from ${JSON.stringify(run)};
    await become(["run", "--allow-run", "data:text/javascript,${encodeURIComponent(program)}"]);`;
  return new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      `--config=${config}`,
      "--allow-run",
      "--allow-read",
      `data:text/typescript,${encodeURIComponent(script)}`,
    ],
    stdout: "piped",
  }).spawn();
}
