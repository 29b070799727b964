/**
 * Copies of folders into folders that others can change, or over such.
 * @module
 */
import assert from "node:assert/strict";
import {
  archiveOf,
  type Copied,
  type Running,
  treePlan,
} from "../../support/programs/copy_place.ts";
import { OthersPlace, UID } from "../../support/programs/others_place.ts";

const AS_ROOT: Omit<Deno.TestDefinition, "name" | "fn"> = {
  permissions: { read: true, write: true, run: true, env: ["PATH"] },
  ignore: Deno.uid() !== 0,
};
const COPIED: Copied = { code: 0, said: "from 0\ncopied\n", problem: "" };
const AS_NOBODY: Running = {
  shell: ["setpriv", `--reuid=${UID}`, `--regid=${UID}`, "--clear-groups", "/bin/sh"],
};

Deno.test("copy -r into a user's folder makes the files that user's", AS_ROOT, async () => {
  await using place = new OthersPlace();
  place.give("in/tree");
  place.give("in/tree/sub");
  place.give("in/tree/a", "old");
  place.give("in/tree/other", "stays");
  await Deno.chmod(place.path("in/tree"), 0o711);
  const archive = await archiveOf({ a: "new", "sub/b": "new" });
  const plan = { ...treePlan(archive), dest: place.in };
  assert.deepEqual(await place.copy(plan, archive), COPIED);
  assert.deepEqual([place.text("in/tree/a"), place.text("in/tree/other")], ["new", "stays"]);
  assert.deepEqual([place.owner("in/tree/a"), place.owner("in/tree/sub/b")], [UID, UID]);
  assert.equal(place.mode("in/tree"), "711");
  const names = place.names(place.path("in/tree"));
  assert.deepEqual(names, ["a", "other", "sub"]);
  assert.deepEqual(await place.copy({ ...plan, owner: "nobody" }, archive), COPIED);
  const { code, problem } = await place.copy({ ...plan, owner: "daemon" }, archive);
  assert.equal(code, 1);
  assert.match(
    problem,
    /tree belongs to nobody, so --owner daemon is not possible: copy without/,
  );
});

Deno.test("copy -r goes through no folder that others can change", AS_ROOT, async () => {
  await using place = new OthersPlace();
  await Deno.mkdir(place.path("tree"));
  place.give("tree/sub");
  const archive = await archiveOf({ a: "new", "sub/b": "new" });
  const plan = treePlan(archive);
  const sub = place.path("tree/sub");
  const refused = await place.copy(plan, archive);
  assert.match(
    refused.problem,
    /^other users can change .*tree\/sub: copy that folder by itself, or chmod/,
  );
  await Deno.remove(sub);
  await Deno.symlink(place.in, sub);
  assert.equal((await place.copy(plan, new Uint8Array())).problem, `not a folder: ${sub}\n`);
  await Deno.remove(sub);
  await Deno.chmod(place.path("tree"), 0o775);
  assert.match(
    (await place.copy(plan, new Uint8Array())).problem,
    /^other users can change .*tree: chmod go-w it/,
  );
  assert.deepEqual(place.names(place.in), []);
});

Deno.test(
  "copy -r lays odd names over a folder of root's, with owner, mode and time",
  AS_ROOT,
  async () => {
    await using place = new OthersPlace();
    const odd = "{}/-x \n'\"/b";
    await Deno.mkdir(place.path("tree/{}/-x \n'\""), { recursive: true });
    await Deno.mkdir(place.path("tree"), { recursive: true });
    await Deno.writeTextFile(place.path(`tree/${odd}`), "old", { mode: 0o600 });
    const archive = await archiveOf({ [odd]: "new", "{}/new/c": "new", "{}/d": "new" });
    const plan = { ...treePlan(archive), owner: "nobody:nogroup", modifiedMs: 1_000_000_000_000 };
    await Deno.utime(place.path("tree/{}"), 1, 1);
    assert.deepEqual(await place.copy(plan, archive), COPIED);
    for (const name of [odd, "{}/new/c", "{}/d"]) {
      assert.deepEqual([place.text(`tree/${name}`), place.owner(`tree/${name}`)], ["new", UID]);
    }
    assert.deepEqual([place.owner("tree"), place.owner("tree/{}")], [0, UID]);
    const { mtime } = await Deno.stat(place.path("tree/{}"));
    assert.equal(mtime?.getTime(), 1_000_000_000_000);
    assert.deepEqual(place.names(place.path("tree")), ["{}"]);
  },
);

Deno.test(
  "copy -r by a user who is not root moves folders that nobody may write",
  AS_ROOT,
  async () => {
    await using place = new OthersPlace();
    const source = await Deno.makeTempDir();
    await Deno.mkdir(`${source}/sub`);
    await Deno.chmod(`${source}/sub`, 0o555);
    await Deno.chmod(source, 0o555);
    const { stdout } = await new Deno.Command("tar", { args: ["-cf", "-", "-C", source, "."] })
      .output();
    await Deno.remove(source, { recursive: true });
    const plan = { ...treePlan(stdout), dest: place.in };
    assert.deepEqual(await place.copy(plan, stdout, AS_NOBODY), COPIED);
    assert.deepEqual([place.mode("in/tree"), place.mode("in/tree/sub")], ["555", "555"]);
    await Deno.chmod(place.path("in/tree"), 0o755);
    await Deno.chmod(place.path("in/tree/sub"), 0o755);
    assert.deepEqual(await place.copy(plan, stdout, AS_NOBODY), COPIED);
    assert.deepEqual([place.mode("in/tree"), place.mode("in/tree/sub")], ["755", "555"]);
  },
);
