/**
 * `copy`: files of the operator's on hosts.
 * @module
 */
import assert from "node:assert/strict";
import { cutFirst, FaultyProxy } from "../../support/faults/faulty_proxy.ts";
import { openHubInstallation } from "../../support/programs/hub_installation.ts";
import { E2E, type Installation, openInstallation } from "../../support/programs/installation.ts";

/** A file of `length` bytes. */
async function makeFile(here: Installation, length: number): Promise<string> {
  const file = `${here.home}/blob`;
  await Deno.writeFile(file, new Uint8Array(length).map((_, index) => index ^ (index >> 8)));
  return file;
}

async function assertSame(one: string, other: string): Promise<void> {
  const [a, b] = await Promise.all([Deno.readFile(one), Deno.readFile(other)]);
  assert.ok(a.length === b.length && a.every((byte, index) => byte === b[index]));
}

Deno.test("copy puts files on hosts", E2E, async (t) => {
  await using here = await openInstallation();
  await here.trigger("key");
  await using _first = await here.agent("web1");
  await using _second = await here.agent("web2");
  const file = await makeFile(here, 3_000_000);
  const dest = `${here.home}/dest`;
  await Deno.mkdir(dest);
  const copy = ["copy", ...here.listen, "-t", "30", "-w"];

  await t.step("into a folder", async () => {
    const ended = await here.trigger(...copy, "web1", "--dest", `${dest}/`, file);
    assert.deepEqual([ended.code, ended.stdout], [0, "web1: blob: copied\n"], ended.stderr);
    await assertSame(file, `${dest}/blob`);
  });

  await t.step("once", async () => {
    const ended = await here.trigger(...copy, "web[1-2]", "-b", "--dest", dest, file);
    assert.equal(ended.code, 0, ended.stderr);
    assert.match(ended.stdout, /web\[1-2\][^]*blob: unchanged/);
  });

  await t.step("one host after another", async () => {
    const ended = await here.trigger(...copy, "web[1-2]", "-f", "1", "--dest", dest, file);
    assert.equal(ended.code, 0, ended.stderr);
    assert.equal(ended.stdout, "web1: blob: unchanged\nweb2: blob: unchanged\n");
  });

  await t.step("several of them, with mode and time", async () => {
    const other = `${here.home}/empty`;
    await Deno.writeTextFile(other, "");
    await Deno.utime(other, 1_000_000_000, 1_000_000_000);
    await Deno.chmod(other, 0o601);
    const ended = await here.trigger(...copy, "web2", "-p", "--dest", `${dest}/`, file, other);
    assert.equal(ended.code, 0, ended.stderr);
    assert.equal(ended.stdout, "web2: blob: unchanged\nweb2: empty: copied\n");
    const { mode, mtime } = await Deno.stat(`${dest}/empty`);
    assert.deepEqual([(mode ?? 0) & 0o777, mtime?.getTime()], [0o601, 1_000_000_000_000]);
  });

  await t.step("and says where it cannot", async () => {
    const ended = await here.trigger(...copy, "web1", "--dest", `${dest}/none/`, file);
    assert.equal(ended.code, 2);
    assert.match(ended.stderr, /^web1: no such folder: .*none\/\n/);
    const folder = await here.trigger(...copy, "web1", "--dest", dest, here.home);
    assert.equal(folder.code, 1);
    assert.match(
      folder.stderr,
      /: is a folder\nnanotrigger: hint: copy a folder with -r\n/,
    );
  });
});

Deno.test("copy -r puts a folder on hosts, with all that is in it", E2E, async (t) => {
  await using here = await openInstallation();
  await here.trigger("key");
  await using _first = await here.agent("web1");
  const site = `${here.home}/site`;
  await Deno.mkdir(`${site}/empty`, { recursive: true });
  await Deno.writeTextFile(`${site}/-x\nü`, "odd");
  await Deno.writeFile(`${site}/blob`, new Uint8Array(1_000_000).fill(7));
  await Deno.symlink("nowhere/../..", `${site}/link`);
  const copy = ["copy", "-r", ...here.listen, "-t", "30", "-w", "web1"];

  await t.step("under another name, at once", async () => {
    const ended = await here.trigger(...copy, "--dest", `${here.home}/new`, `${site}/`);
    assert.deepEqual([ended.code, ended.stdout], [0, "web1: site: copied\n"], ended.stderr);
    assert.equal(await Deno.readTextFile(`${here.home}/new/-x\nü`), "odd");
    assert.equal(await Deno.readLink(`${here.home}/new/link`), "nowhere/../..");
    await assertSame(`${site}/blob`, `${here.home}/new/blob`);
    assert.ok((await Deno.stat(`${here.home}/new/empty`)).isDirectory);
  });

  await t.step("into a folder, beside a file", async () => {
    const dest = `${here.home}/dest`;
    await Deno.mkdir(dest);
    const file = `${here.home}/one`;
    await Deno.writeTextFile(file, "1");
    const ended = await here.trigger(...copy, "--dest", `${dest}/`, site, file);
    assert.equal(ended.code, 0, ended.stderr);
    assert.equal(ended.stdout, "web1: site: copied\nweb1: one: copied\n");
    const names = await Array.fromAsync(Deno.readDir(dest), ({ name }) => name);
    assert.deepEqual(names.toSorted(), ["one", "site"]);
  });
});

Deno.test({
  ...E2E,
  name: "copy by root into the folder of a user who swaps names harms no file of root's",
  ignore: Deno.uid() !== 0,
  async fn() {
    await using here = await openInstallation();
    await here.trigger("key");
    await using _first = await here.agent("web1");
    await Deno.chmod(here.home, 0o711);
    const [folder, victim] = [`${here.home}/theirs`, `${here.home}/victim`];
    await Deno.mkdir(folder, { mode: 0o755 });
    await Deno.chown(folder, 65_534, 65_534);
    await Deno.writeTextFile(victim, "precious", { mode: 0o600 });
    const file = await makeFile(here, 100_000);
    const swap = `cd "$1"
      while [ ! -e "$1/stop" ]; do
        for each in .[!.]* blob; do
          [ ! -h "$each" ] || rm -f "$each"
          mv "$each" taken && ln -s "$2" "$each" && rm -f "$each" && mv taken "$each"
        done
      done`;
    const user = ["--reuid=65534", "--regid=65534", "--clear-groups", "--pdeathsig=KILL"];
    const args = [...user, "/bin/sh", "-c", swap, "swap", folder, victim];
    await using attacker = new Deno.Command("setpriv", { args, stderr: "null" }).spawn();
    const copy = ["copy", ...here.listen, "-t", "30", "-w", "web1", "--dest", `${folder}/blob`];
    for (let round = 0; round < 8; round++) {
      const ended = await here.trigger(...copy, "--owner", "nobody", "--mode", "666", file);
      // Whoever can change a folder can keep others from writing there, but that is told.
      assert.ok([0, 2].includes(ended.code), ended.stderr);
      const { uid, mode } = await Deno.stat(victim);
      assert.deepEqual([uid, mode], [0, 0o100600], ended.stderr);
      assert.equal(await Deno.readTextFile(victim), "precious");
    }
    await Deno.writeTextFile(`${folder}/stop`, "");
    await attacker.status;
  },
});

Deno.test("copy keeps to --limit-rate, through a hub, too", E2E, async () => {
  await using place = await openHubInstallation();
  const { here } = place;
  await using _agent = await here.agent("web1");
  const file = await makeFile(here, 1_000_000);
  const dest = `${here.home}/copied`;
  const args = ["-w", "web1", "-t", "30", "--limit-rate", "250K", "--dest", dest, file];
  const begun = performance.now();
  const { code, stderr } = await place.ask("copy", ...args);
  const took = performance.now() - begun;
  assert.equal(code, 0, stderr);
  await assertSame(file, dest);
  // The last block has to wait for those that come before it.
  assert.ok(took >= 1_000 * (1_000_000 - 262_144) / 256_000, `${took} ms`);
});

Deno.test("a copy that was broken off by the agent's death goes on where it was", E2E, async () => {
  await using here = await openInstallation();
  await here.trigger("key");
  const file = await makeFile(here, 100_000_000);
  const dest = `${here.home}/dest`;
  await Deno.mkdir(dest);
  const copy = ["copy", ...here.listen, "-t", "30", "-w", "web1", "--dest", dest, file];
  {
    await using agent = await here.agent("web1");
    using watcher = Deno.watchFs(dest);
    await using trigger = here.start("trigger", copy);
    let length = 0;
    for await (const _ of watcher) {
      length = await lengthOfPart(dest);
      if (length > 0) break;
    }
    trigger.kill("SIGSTOP");
    agent.kill("SIGKILL");
    await agent.ended();
    trigger.kill("SIGCONT");
  }
  await using _agent = await here.agent("web1");
  const length = await settledLength(dest);
  assert.ok(length > 0 && length < 100_000_000, `${length} bytes were there`);
  const ended = await here.trigger(...copy);
  assert.equal(ended.code, 0, ended.stderr);
  assert.equal(
    ended.stdout,
    `web1: blob: resumes at byte ${length}\nweb1: blob: copied\n`,
  );
  await assertSame(file, `${dest}/blob`);
});

/** The file that is being copied, if it is there: in a private folder beside its destination. */
async function partOf(dest: string): Promise<string | undefined> {
  for await (const { name, isDirectory } of Deno.readDir(dest)) {
    const part = `${dest}/${name}/copy.part`;
    if (isDirectory && await Deno.stat(part).catch(() => undefined)) return part;
  }
  return undefined;
}

/** How long it is. */
async function lengthOfPart(dest: string): Promise<number> {
  const part = await partOf(dest);
  return part === undefined ? 0 : (await Deno.stat(part).catch(() => ({ size: 0 }))).size;
}

/** Its length when nobody writes to it any more: `cat` takes what is in its pipe, then ends. */
async function settledLength(dest: string): Promise<number> {
  const args = ["-w", "10", await partOf(dest) ?? "", "true"];
  await new Deno.Command("flock", { args }).output();
  return await lengthOfPart(dest);
}

Deno.test("a copy goes on over another connection when one is cut", E2E, async () => {
  await using here = await openInstallation();
  await here.trigger("key");
  const port = Number(new URL(here.url.replace("tcp", "http")).port);
  using proxy = new FaultyProxy(port, { toClient: cutFirst(5_000_000) });
  await using agent = here.start("exec", [
    ...["--hostname", "web1", "--state", here.stateOf("web1"), `tcp://127.0.0.1:${proxy.port}`],
  ]);
  await agent.says("stdout", /^Filtering on hostname: /);
  const file = await makeFile(here, 20_000_000);
  const ended = await here.trigger(
    ...["copy", ...here.listen, "-w", "web1", "-t", "30", "--dest", `${here.home}/copied`, file],
  );
  assert.deepEqual([ended.code, ended.stdout], [0, "web1: blob: copied\n"], ended.stderr);
  await assertSame(file, `${here.home}/copied`);
  assert.ok(proxy.connections > 1);
});

Deno.test("a key that may run no shell copies nothing", E2E, async () => {
  await using here = await openInstallation();
  const { stdout: key } = await here.trigger("key");
  await Deno.writeTextFile(`${here.home}/.config/nanoexec/trusted_keys`, `no-shell ${key}`);
  await using _agent = await here.agent("web1");
  const { code, stderr } = await here.trigger(
    ...["copy", ...here.listen, "-w", "web1", "--dest", "/tmp/x", await makeFile(here, 10)],
  );
  assert.equal(code, 16);
  assert.match(stderr, /may not run a shell/);
});
