import assert from "node:assert/strict";
import { join } from "node:path";
import { userFolders } from "../../../lib/cli/sandbox/folders.ts";
import { environmentNames, permissionFlags } from "../../../lib/cli/sandbox/permissions.ts";
import { startFlags } from "../../../lib/cli/start_flags.ts";
import { HEAP_FLAGS } from "../../../scripts/executable/heap_flags.ts";
import { findExternalProgram } from "../../support/programs/external_programs.ts";
import {
  makePortable,
  type PortableFixture,
  splitNul,
  type StartOptions,
} from "../../support/programs/portable_fixture.ts";

const permissions: Deno.PermissionOptionsObject = { read: true, write: true, env: true, run: true };
type Variables = Readonly<Record<string, string | undefined>>;

/** How many words Deno gets before its permissions: the subcommand, what to leave alone, and its heap. */
const RUNTIME_FLAGS = 7 + HEAP_FLAGS.length;

const AWKWARD = ["a  b", "it's", '"', "*", "", "$HOME", "`id`", "\\n", "two\nlines", "-n", "é"];

const busybox = findExternalProgram("busybox", "busybox");
const shells: readonly (readonly [string, readonly string[], boolean])[] = [
  ["dash", ["dash"], findExternalProgram("dash", "dash").available],
  [`busybox sh ${busybox.needs}`, ["busybox", "sh"], busybox.available],
  ["bash", ["bash"], findExternalProgram("bash", "bash").available],
];

for (const [name, shell, available] of shells) {
  Deno.test({
    name: `launcher under ${name} hands over arguments untouched, cold and warm`,
    ignore: !available,
    permissions,
    async fn() {
      await using fixture = await makePortable();
      for (const _ of ["cold", "warm"]) {
        assert.deepEqual(await programArguments(fixture, AWKWARD, shell), AWKWARD);
      }
    },
  });
}

Deno.test({
  name: `launcher needs no more programs than busybox has ${busybox.needs}`,
  ignore: !busybox.available,
  permissions,
  async fn() {
    await using fixture = await makePortable();
    const bin = join(fixture.folder, "bin");
    await Deno.mkdir(bin);
    for (
      const name of "sh env id ls mktemp tail head gzip sha256sum find sync chmod mv rm mkdir cat"
        .split(" ")
    ) {
      await Deno.symlink(await which("busybox"), join(bin, name));
    }
    const options = { shell: [join(bin, "sh")], env: { PATH: bin } };
    const { code, stderr } = await fixture.start(["arguments"], options);
    assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
  },
});

Deno.test("launcher does without sha256sum", { permissions }, async () => {
  await using fixture = await makePortable();
  const bin = join(fixture.folder, "bin");
  await Deno.mkdir(bin);
  for (
    const name of "sh env id ls mktemp tail head gzip find sync chmod mv rm mkdir cat".split(" ")
  ) {
    await Deno.symlink(await which(name), join(bin, name));
  }
  const { code, stderr } = await fixture.start(["arguments"], { env: { PATH: bin } });
  assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
});

Deno.test("launcher gives Deno the flags of permissionFlags", { permissions }, async (t) => {
  for (const program of ["exec", "trigger"] as const) {
    await using fixture = await makePortable(program);
    const homes: readonly Variables[] = [
      { HOME: fixture.folder },
      { HOME: undefined },
      { HOME: "relative" },
      { HOME: "/home/a b", XDG_CONFIG_HOME: "/x/c", XDG_STATE_HOME: "/x/s" },
      { HOME: "/home/ann", XDG_CONFIG_HOME: "x/c", XDG_STATE_HOME: "" },
    ];
    for (const env of homes) {
      await t.step(`${program} with ${JSON.stringify(env)}`, async () => {
        const { stdout } = await fixture.start([], { env });
        const flags = permissionFlags(program, { user: userFolders(env) });
        const given = splitNul(stdout).filter((word) => /^--(allow|no-prompt)/.test(word));
        assert.deepEqual(given, flags);
      });
    }
  }
});

const execLines: readonly (readonly string[])[] = [
  ["ipc:///run/q", "-v", "ipc:///run/a b"],
  ["ipc://", "say ipc:///x", "-vvuroot", "-h", "ipc:///y"],
  ["--trust", "/k/ops", "--trust=ops", "--trust=d/ann.key", "--trust", "/ops"],
  ["--trust", 'commands="a" nanoexec-ed25519 AA== ann', "-v"],
  ["--state", "/s", "--state=t"],
  ["check", "--key", "alice", "--trust=t", "--", "/bin/ls", "--trust=u"],
  ["check", "--key=alice", "ls", "--trust=u"],
  ["audit", "verify", "/l/audit.jsonl"],
  ["audit", "verify", "--state", "d"],
  ["--", "ipc:///run/q", "--state=/s"],
  ["ipc:///a,/etc", "--state=/a,/etc", "--trust=/a,/etc/b", "--state="],
  ["completion", "bash", "--state", "d"],
  ["help", "check"],
];

const triggerLines: readonly (readonly string[])[] = [
  ["--command=cat ipc:///x", "--listen", "ipc:///run/a b", "-hweb1"],
  ["--key=d/ann.key", "--passphrase-file=/p/w"],
  ["run", "--outdir=o", "--errdir", "/e/r", "-a"],
  ["run", "-a", "--hub", "ipc:///h", "-t", "30", "-bLt90", "ls", "--hub=ipc:///i"],
  ["keygen", "-f", "d/k", "--file=k"],
  ["key", "-f", "d/k"],
  ["nodeset", "-f", "web1"],
  ["run", "-w", "^a/b", "-w^/c,", "-bx^d", "--nodes=^e", "^"],
  ["nodeset", "-f", "-i", "^m", "^l", "--", "^n"],
  ["hosts", "-l", "-w^l"],
  ["hosts", "forget", "--hub", "ipc:///h", "^l"],
  ["jobs", "-w", "web1", "-n", "5"],
  ["send", "^r"],
  ["run", "--save", "d/r", "-a", "--save=s", "--", "--save=t"],
  ["copy", "-a", "--", "-f", "g"],
  ["copy", "-w", "^hosts", "--dest", "/etc", "a", "-l", "root", "-"],
  ["send", "--", "r"],
  ["fetch", "-a", "--dest", "d/e", "/etc/motd"],
  ["fetch", "-a", "--dest=d", "--", "/etc/motd"],
  ["copy", "-a", "--dest=/srv/", "d/s", "t"],
  ["run", "--stdin", "d/i", "-a", "--stdin=/t", "--", "--stdin=u"],
  ["run", "--script", "d/s", "-a", "--script=/t", "--", "--script=u"],
  ["run", "--secret", "PW=@d/p", "--secret=Q=@/q=@r", "--secret", "x", "-a"],
  ["cosign", "--key", "/k/a", "--passphrase-file=/p/w", "/d/r"],
  ["send", "-t", "30", "/d/r"],
  ["hub", "--control", "/r/n/c", "--state=A=@s"],
  ["shell", "-w^f"],
  ["completion", "bash", "shell", "--hub", "ipc:///h", ""],
  ["completion"],
];

for (const [program, lines] of [["exec", execLines], ["trigger", triggerLines]] as const) {
  Deno.test(`launcher reads command lines of ${program} as namedPaths does`, {
    permissions,
  }, async (t) => {
    await using fixture = await makePortable(program);
    for (const args of lines) {
      await t.step(args.join(" "), async () => {
        const { stdout, stderr } = await fixture.start(args);
        assert.equal(stderr, "");
        const flags = startFlags(program, args, userFolders({ HOME: fixture.folder }));
        assert.deepEqual(
          splitNul(stdout).slice(0, RUNTIME_FLAGS + flags.length).slice(RUNTIME_FLAGS),
          flags,
        );
      });
    }
  });
}

Deno.test("launcher lets only the shell of a trigger start a shell here", {
  permissions,
}, async () => {
  await using fixture = await makePortable("trigger");
  for (const args of [["shell", "-a"], ["run", "-a", "shell"], ["shell", "-w^f"], ["shells"]]) {
    const { stdout } = await fixture.start(args);
    const flags = startFlags("trigger", args, userFolders({ HOME: fixture.folder }));
    assert.deepEqual(
      splitNul(stdout).filter((word) => word.startsWith("--allow-")),
      flags.slice(1),
    );
  }
});

Deno.test("launcher passes on only the environment that the program may read", {
  permissions,
}, async () => {
  await using fixture = await makePortable();
  const allowed = Object.fromEntries(environmentNames.map((name) => [name, `/ ${name}`]));
  const env = {
    ...allowed,
    PATH: Deno.env.get("PATH"),
    NODE_OPTIONS: "--require /tmp/x.cjs",
    DENO_V8_FLAGS: "--help",
    DENO_DIR: "/tmp/elsewhere",
    NODE_TLS_REJECT_UNAUTHORIZED: "0",
    LS_COLORS: "x",
    TIME_STYLE: "+%s %s %s %s",
    BLOCK_SIZE: "1M",
  };
  const { stdout, stderr } = await fixture.start(["environment"], { env });
  assert.equal(stderr, "");
  const names = splitNul(stdout).map((entry) => entry.replace(/=.*/s, ""));
  assert.deepEqual(names.sort(), [...environmentNames, "DENO_DIR", "DENO_NO_UPDATE_CHECK"].sort());
  assert.ok(splitNul(stdout).includes("HOME=/ HOME"));
  assert.ok(!stdout.includes("/tmp/elsewhere"));
});

Deno.test("launcher finds itself however it is started", { permissions }, async (t) => {
  const spellings: Readonly<Record<string, (fixture: PortableFixture) => StartOptions>> = {
    "by a relative path": () => ({ path: "./nanoexec" }),
    "through PATH": ({ folder }) => ({
      path: "nanoexec",
      cwd: "/",
      env: { PATH: `${folder}:${Deno.env.get("PATH")}` },
    }),
    "through a symbolic link": () => ({ path: "./a link" }),
    "as an argument of a shell": () => ({ shell: ["sh"], path: "nanoexec" }),
    "under a name that begins with a dash": () => ({ shell: ["sh", "--"], path: "-e" }),
    "from a folder with spaces": () => ({ path: "./s p  a/nanoexec" }),
  };
  for (const [name, options] of Object.entries(spellings)) {
    await t.step(name, async () => {
      await using fixture = await makePortable();
      await Deno.symlink(fixture.path, join(fixture.folder, "a link"));
      await Deno.copyFile(fixture.path, join(fixture.folder, "-e"));
      await Deno.mkdir(join(fixture.folder, "s p  a"));
      await Deno.copyFile(fixture.path, join(fixture.folder, "s p  a/nanoexec"));
      const { code, stderr } = await fixture.start(["arguments"], options(fixture));
      assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
    });
  }
});

Deno.test("launcher ends as the program ends", { permissions }, async () => {
  await using fixture = await makePortable();
  assert.equal((await fixture.start(["fail"])).code, 7);
  const command = new Deno.Command(fixture.path, {
    args: ["wait"],
    clearEnv: true,
    env: { PATH: Deno.env.get("PATH") ?? "", NANOEXEC_CACHE: fixture.cache },
    stdout: "piped",
  });
  const child = command.spawn();
  assert.equal(
    Number(await firstLine(child.stdout)),
    child.pid,
    "the program has replaced the launcher",
  );
  child.kill("SIGTERM");
  assert.equal((await child.status).signal, "SIGTERM");
});

Deno.test("launcher refuses what it cannot express", { permissions }, async (t) => {
  await using fixture = await makePortable();
  const { folder } = fixture;
  const refused: Readonly<Record<string, readonly [readonly string[], Variables, RegExp]>> = {
    "a folder with a comma": [[], { XDG_STATE_HOME: "/a,b" }, /folder holds a comma/],
    "a cache with an equals sign": [[], { NANOEXEC_CACHE: `${folder}/a=b` }, /cache holds '='/],
    "a relative cache": [[], { NANOEXEC_CACHE: "cache" }, /is not absolute: cache/],
  };
  for (const [name, [args, env, message]] of Object.entries(refused)) {
    await t.step(name, async () => {
      const { code, stdout, stderr } = await fixture.start(args, { env });
      assert.deepEqual({ code, stdout }, { code: 1, stdout: "" });
      assert.match(stderr, /^nanoexec: error: .*\n(nanoexec: hint: .*\n)?$/);
      assert.match(stderr, message);
    });
  }
});

async function programArguments(
  fixture: PortableFixture,
  args: readonly string[],
  shell: readonly string[],
): Promise<string[]> {
  const { code, stdout, stderr } = await fixture.start(args, { shell });
  assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
  const words = splitNul(stdout);
  return words.slice(words.findIndex((word) => word.endsWith("/nanoexec.js")) + 1);
}

async function firstLine(stream: ReadableStream<Uint8Array>): Promise<string> {
  let text = "";
  for await (const chunk of stream) {
    text += new TextDecoder().decode(chunk);
    if (text.includes("\n")) break;
  }
  return text.split("\n")[0] ?? "";
}

async function which(name: string): Promise<string> {
  const command = new Deno.Command("sh", { args: ["-c", `command -v ${name}`] });
  return new TextDecoder().decode((await command.output()).stdout).trim();
}
