/**
 * `fetch`: files of hosts, here.
 * @module
 */
import assert from "node:assert/strict";
import { E2E, openInstallation } from "../../support/programs/installation.ts";

Deno.test("fetch brings a file of each host", E2E, async (t) => {
  await using here = await openInstallation();
  await here.trigger("key");
  await using _first = await here.agent("web1");
  await using _second = await here.agent("web2");
  const remote = `${here.home}/remote.log`;
  const bytes = new Uint8Array(3_000_000).map((_, index) => index ^ (index >> 8));
  await Deno.writeFile(remote, bytes);
  const dest = `${here.home}/logs`;
  const fetch = ["fetch", ...here.listen, "-t", "30", "-w", "web[1-2]", "--dest", dest];

  await t.step("into a folder that is there", async () => {
    const missing = await here.trigger(...fetch, remote);
    assert.equal(missing.code, 1);
    assert.match(missing.stderr, /no such folder: .*logs\nnanotrigger: hint: create it: mkdir -p /);
    await Deno.mkdir(dest);
    const ended = await here.trigger(...fetch, remote);
    assert.equal(ended.code, 0, ended.stderr);
    assert.match(ended.stdout, /^web[12]: .*\/logs\/remote\.log\.web[12]: 3000000 bytes\n/);
    for (const name of ["web1", "web2"]) {
      const copy = await Deno.readFile(`${dest}/remote.log.${name}`);
      assert.ok(copy.length === bytes.length && copy.every((byte, at) => byte === bytes[at]));
    }
  });

  await t.step("and leaves nothing of what is not there", async () => {
    const ended = await here.trigger(...fetch, `${here.home}/none`);
    assert.equal(ended.code, 2);
    assert.match(ended.stderr, /No such file/);
    const names = await Array.fromAsync(Deno.readDir(dest), ({ name }) => name);
    assert.deepEqual(names.toSorted(), ["remote.log.web1", "remote.log.web2"]);
  });

  await t.step("and no more than was allowed of what never ends", async () => {
    const ended = await here.trigger(...fetch, "--max-size", "64K", "/dev/zero");
    assert.equal(ended.code, 1);
    assert.match(ended.stderr, /web\[1-2\]: zero is longer than 64K, discarded\n/);
  });

  await t.step("but not over what is no file", async () => {
    await Deno.symlink("/etc/passwd", `${dest}/other.web1`);
    const { code, stderr } = await here.trigger(...fetch, `${here.home}/other`);
    assert.equal(code, 1);
    assert.match(stderr, /other\.web1 is not a regular file\n/);
  });
});

Deno.test("a key that is bound to cat of one file fetches that one alone", E2E, async () => {
  await using here = await openInstallation();
  const { stdout: key } = await here.trigger("key");
  await Deno.mkdir(`${here.home}/dest`);
  const trust = `commands="cat ${here.home}/file" ${key}`;
  await Deno.writeTextFile(`${here.home}/.config/nanoexec/trusted_keys`, trust);
  await Deno.writeTextFile(`${here.home}/file`, "hello");
  await using _agent = await here.agent("web1");
  const fetch = ["fetch", ...here.listen, "-t", "30", "-w", "web1", "--dest", `${here.home}/dest`];
  const good = await here.trigger(...fetch, `${here.home}/file`);
  assert.equal(good.code, 0, good.stderr);
  assert.equal(await Deno.readTextFile(`${here.home}/dest/file.web1`), "hello");
  assert.equal((await here.trigger(...fetch, "/etc/hostname")).code, 16);
});
