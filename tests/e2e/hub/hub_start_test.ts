/**
 * A hub that cannot keep what it promises does not listen: one line, status 1. What it finds damaged is
 * set aside and reported; on a disk that fills up later, new work is refused and old work completes.
 * @module
 */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { openHubStore } from "../../../lib/hub/store/hub_store.ts";
import { assertRefused } from "../../support/programs/assert_refused.ts";
import { E2E, type Installation, openInstallation } from "../../support/programs/installation.ts";
import { canMount, fillDisk, onSmallDisk } from "../../support/faults/small_disk.ts";

/** The words of a hub with its state in a folder of its own. */
function hubWords(here: Installation, name: string, ...more: readonly string[]): string[] {
  return ["hub", "--state", `${here.home}/${name}`, ...here.listen, ...more];
}

async function makeFolder(path: string): Promise<string> {
  await Deno.mkdir(path, { mode: 0o700 });
  return path;
}

/** The socket of somebody else is made by the test. */
const SOCKETS = {
  ...E2E,
  permissions: { read: true, write: true, env: true, run: true, sys: ["uid"], net: true },
} satisfies typeof E2E;

Deno.test("nanotrigger hub refuses in one line, before it listens", SOCKETS, async (t) => {
  await using here = await openInstallation();
  await here.trigger("key");

  await t.step("a state folder that another hub uses", async () => {
    await using hub = here.start("trigger", hubWords(here, "used"));
    await hub.says("stdout", /^Listening on /);
    const refused = await here.trigger(...hubWords(here, "used"), "--listen", "tcp://127.0.0.1:0");
    assertRefused(refused, /another hub uses the state folder .*used/, /--state/);
  });

  await t.step("a store that a newer version wrote", async () => {
    const folder = await makeFolder(`${here.home}/newer`);
    const path = `${folder}/hub.db`;
    openHubStore({ path }).store[Symbol.dispose]();
    {
      using database = new DatabaseSync(path);
      database.exec("PRAGMA user_version = 999");
    }
    assertRefused(await here.trigger(...hubWords(here, "newer")), /newer version/, /./);
  });

  await t.step("a store that cannot be read", async () => {
    const folder = await makeFolder(`${here.home}/unreadable`);
    await makeFolder(`${folder}/hub.db`);
    assertRefused(await here.trigger(...hubWords(here, "unreadable")), /store.*hub\.db/, /./);
  });

  await t.step("a control socket on which somebody else listens", async () => {
    const path = `${here.home}/other.sock`;
    using other = Deno.listen({ transport: "unix", path });
    const refused = await here.trigger(...hubWords(here, "fresh", "--control", path));
    assertRefused(refused, /cannot listen on ipc:.*other\.sock/);
    assert.ok((await Deno.lstat(path)).isSocket);
    assert.equal(other.addr.path, path);
  });

  await t.step("a control socket that others could put something in the place of", async () => {
    const folder = await makeFolder(`${here.home}/shared`);
    await Deno.chmod(folder, 0o777);
    const refused = await here.trigger(...hubWords(here, "fresh", "--control", `${folder}/socket`));
    assertRefused(refused, /cannot use the control socket .*shared\/socket: others may write/, /./);
    assert.deepEqual(await Array.fromAsync(Deno.readDir(folder)), []);
  });

  await t.step("a control socket whose place holds a file of somebody's", async () => {
    const path = `${here.home}/notes`;
    await Deno.writeTextFile(path, "keep me");
    const refused = await here.trigger(...hubWords(here, "fresh", "--control", path));
    assertRefused(refused, /cannot listen on ipc:.*notes/);
    assert.equal(await Deno.readTextFile(path), "keep me");
  });
});

Deno.test("nanotrigger hub sets a damaged store aside, and says so", E2E, async () => {
  await using here = await openInstallation();
  const folder = await makeFolder(`${here.home}/hub`);
  const garbage = "this is no database".repeat(1_000);
  await Deno.writeTextFile(`${folder}/hub.db`, garbage);
  await using hub = here.start("trigger", hubWords(here, "hub"));
  await hub.says("stdout", /^Listening on /);
  const [, aside = ""] = await hub.says("stderr", /warning: .* damaged .* set aside as (\S+\w)/);
  assert.equal(await Deno.readTextFile(aside), garbage);
});

const NEEDS_MOUNT = { ...E2E, ignore: !await canMount() };

Deno.test("nanotrigger hub refuses a disk that is full", NEEDS_MOUNT, async () => {
  await using here = await openInstallation();
  await onSmallDisk(256, async (folder) => {
    await fillDisk(`${folder}/ballast`);
    const args = ["hub", "--state", `${folder}/hub`, ...here.listen];
    assertRefused(await here.trigger(...args), /full|No space left/);
  });
});

Deno.test({
  ...NEEDS_MOUNT,
  name: "a hub whose disk fills up refuses new work, and old work completes",
  async fn() {
    await using here = await openInstallation();
    await here.trigger("key");
    await onSmallDisk(2_048, async (folder) => {
      const state = `${folder}/hub`;
      await using hub = here.start("trigger", ["hub", "--state", state, ...here.listen]);
      await hub.says("stdout", /^Listening on /);
      await using _agent = await here.agent("web1");
      const run = ["run", "--hub", `ipc://${state}/control.sock`, "-w", "web1", "-t", "20"];
      const line = `echo begun; while [ ! -e ${here.home}/go ]; do sleep 0.1; done; seq 100000`;
      await using old = here.start("trigger", [...run, "--shell", line]);
      await old.says("stdout", /begun/);
      await fillDisk(`${folder}/ballast`);
      const long = "x".repeat(60_000);
      const refused = await here.trigger(
        ...run,
        "--shell",
        `echo no >> ${here.home}/ran; : ${long}`,
      );
      assertRefused(refused, /disk|full|space/);
      await Deno.writeTextFile(`${here.home}/go`, "");
      await hub.says("stderr", /cannot write store error=/);
      await Deno.remove(`${folder}/ballast`);
      const { code, stdout, stderr } = await old.ended();
      assert.equal(code, 0, stderr);
      assert.equal(stdout.split("\n").length, 100_002);
      const next = await here.trigger(...run, "--", "echo", "room again");
      assert.deepEqual([next.code, next.stdout], [0, "web1: room again\n"], next.stderr);
      await assert.rejects(Deno.stat(`${here.home}/ran`), Deno.errors.NotFound);
    });
  },
});
