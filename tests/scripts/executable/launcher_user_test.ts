import assert from "node:assert/strict";
import { join } from "node:path";
import { makePortable, splitNul, type Start } from "../../support/programs/portable_fixture.ts";

const permissions: Deno.PermissionOptionsObject = {
  read: true,
  write: true,
  env: true,
  run: true,
  sys: ["uid"],
};
const isRoot = Deno.uid() === 0;

/** Ways to say `--user nobody`. */
const spellings: readonly (readonly string[])[] = [
  ["-u", "nobody"],
  ["-unobody"],
  ["--user", "nobody"],
  ["--user=nobody"],
  ["--hostname", "h", "-u", "nobody"],
  ["-v", "-vvunobody"],
  ["-vu", "nobody"],
];

Deno.test({
  name: "launcher becomes the user of --user with nothing of root left",
  ignore: !isRoot,
  permissions,
  async fn(t) {
    await using fixture = await makePortable();
    const groups = await output("id", "-G", "nobody");
    for (const option of spellings) {
      await t.step(option.join(" "), async () => {
        const status = new Map(
          (await ran(fixture.start([...option, "status"]))).split("\n")
            .map((line) => line.split(/:\s*/, 2) as [string, string]),
        );
        const uid = await output("id", "-u", "nobody");
        const gid = await output("id", "-g", "nobody");
        assert.equal(status.get("Uid"), [uid, uid, uid, uid].join("\t"));
        assert.equal(status.get("Gid"), [gid, gid, gid, gid].join("\t"));
        assert.equal(status.get("Groups")?.trim(), groups);
        for (const name of ["CapInh", "CapPrm", "CapEff", "CapAmb"]) {
          assert.equal(Number(`0x${status.get(name)}`), 0, name);
        }
      });
    }
  },
});

Deno.test({
  name: "launcher leaves no process of root behind --user",
  ignore: !isRoot,
  permissions,
  async fn() {
    await using fixture = await makePortable();
    const child = new Deno.Command(fixture.path, {
      args: ["-u", "nobody", "wait"],
      clearEnv: true,
      env: { PATH: Deno.env.get("PATH") ?? "", NANOEXEC_CACHE: fixture.cache },
      stdout: "piped",
    }).spawn();
    const reader = child.stdout.getReader();
    const { value } = await reader.read(); // printed by the program, once it runs
    assert.equal(Number(new TextDecoder().decode(value)), child.pid, "no parent waits for it");
    child.kill("SIGTERM");
    await reader.cancel();
    assert.equal((await child.status).signal, "SIGTERM");
  },
});

Deno.test({
  name: "launcher gives the program the home and the names of the user",
  ignore: !isRoot,
  permissions,
  async fn() {
    await using fixture = await makePortable();
    const env = { XDG_CONFIG_HOME: "/root/c", XDG_STATE_HOME: "/root/s", USER: "root" };
    const text = await ran(fixture.start(["-u", "nobody", "environment"], { env }));
    const variables = new Map(splitNul(text).map((entry) => entry.split("=") as [string, string]));
    const home = (await output("getent", "passwd", "nobody")).split(":")[5];
    assert.equal(variables.get("HOME"), home);
    assert.equal(variables.get("USER"), "nobody");
    assert.equal(variables.get("LOGNAME"), "nobody");
    assert.ok(!variables.has("XDG_CONFIG_HOME") && !variables.has("XDG_STATE_HOME"));
    const flags = splitNul(await ran(fixture.start(["-u", "nobody"], { env })));
    assert.ok(flags.some((flag) => flag.includes(`${home}/.local/state/nanoexec`)));
  },
});

/** What does not change the user: it is for the program to judge. */
const untouched: Readonly<Record<string, readonly string[]>> = {
  "no option": [],
  "an empty name": ["--user="],
  "the value of another option": ["-h", "-unobody"],
  "an operand": ["-v", "--", "-u", "nobody"],
  "a name that begins like the option": ["-hunit"],
  "the option of a command": ["check", "-u", "nobody"],
  "root itself": ["-u", "root"],
};

Deno.test({
  name: "launcher stays root otherwise",
  ignore: !isRoot,
  permissions,
  async fn(t) {
    await using fixture = await makePortable();
    for (const [name, args] of Object.entries(untouched)) {
      await t.step(name, async () => {
        assert.match(await ran(fixture.start([...args, "status"])), /^Uid:\t0\t0\t0\t0$/m);
      });
    }
  },
});

Deno.test({
  name: "launcher of the trigger knows no --user",
  ignore: !isRoot,
  permissions,
  async fn() {
    await using fixture = await makePortable("trigger");
    assert.match(await ran(fixture.start(["-u", "nobody", "status"])), /^Uid:\t0\t0\t0\t0$/m);
  },
});

Deno.test({
  name: "launcher refuses what is not the name of a user",
  ignore: !isRoot,
  permissions,
  async fn(t) {
    await using fixture = await makePortable();
    for (const name of ["nosuchuser", "65534", "-1", "+0", "~", "a b", "$(id)", "nobody;id", "/"]) {
      await t.step(name, async () => {
        const { code, stdout, stderr } = await fixture.start([`--user=${name}`, "status"]);
        assert.deepEqual({ code, stdout }, { code: 1, stdout: "" });
        assert.equal(
          stderr,
          `nanoexec: error: no such user: "${name}"\n` +
            "nanoexec: hint: give the name of a user, not a number\n",
        );
      });
    }
  },
});

Deno.test({
  name: "launcher refuses --user where it cannot be done, or not be used",
  ignore: !isRoot,
  permissions,
  async fn() {
    await using fixture = await makePortable();
    const bin = join(fixture.folder, "bin");
    await Deno.mkdir(bin);
    for (
      const name of "sh env id ls mktemp tail head gzip find sync chmod mv rm mkdir".split(" ")
    ) {
      await Deno.symlink(await output("sh", "-c", `command -v ${name}`), join(bin, name));
    }
    const lacking = await fixture.start(["-u", "nobody"], { env: { PATH: bin } });
    assert.equal(lacking.code, 1);
    assert.match(lacking.stderr, /no setpriv\nnanoexec: hint: install util-linux\n$/);
    await Deno.mkdir(join(fixture.folder, "private"), { mode: 0o700 });
    const env = { NANOEXEC_CACHE: join(fixture.folder, "private/cache") };
    const shut = await fixture.start(["-u", "nobody"], { env });
    assert.equal(shut.code, 1);
    assert.match(shut.stderr, /^nanoexec: error: user nobody cannot run .*\nnanoexec: hint: .*\n$/);
  },
});

async function ran(start: Promise<Start>): Promise<string> {
  const { code, stdout, stderr } = await start;
  assert.deepEqual({ code, stderr }, { code: 0, stderr: "" });
  return stdout;
}

async function output(program: string, ...args: string[]): Promise<string> {
  const { stdout } = await new Deno.Command(program, { args }).output();
  return new TextDecoder().decode(stdout).trim();
}
