import assert from "node:assert/strict";
import { encodeUtf8 } from "../../../lib/base/bytes.ts";
import {
  archiveOf,
  BYTES,
  CopyPlace,
  PRIVATE,
  treePlan,
} from "../../support/programs/copy_place.ts";

const files: Omit<Deno.TestDefinition, "name" | "fn"> = {
  permissions: { read: true, write: true, run: true },
};

const WHOLE = { file: "hello, world\n" };

Deno.test("copyCommand writes a file into a folder, or to a path", files, async () => {
  await using place = new CopyPlace();
  assert.deepEqual(await place.copy(), { code: 0, said: "from 0\ncopied\n", problem: "" });
  assert.deepEqual(await place.copy({ dest: place.path("other") }), {
    code: 0,
    said: "from 0\ncopied\n",
    problem: "",
  });
  assert.deepEqual(place.content(), { ...WHOLE, other: "hello, world\n" });
  assert.equal(place.mode("file"), "644");
});

Deno.test("copyCommand reads nothing where the same file is", files, async () => {
  await using place = new CopyPlace();
  await place.copy();
  assert.deepEqual(await place.copy({}, encodeUtf8("")), {
    code: 0,
    said: "unchanged\n",
    problem: "",
  });
  await place.copy({ mode: "0600" }, encodeUtf8(""));
  assert.equal(place.mode("file"), "600");
});

Deno.test("copyCommand goes on where a copy was broken off", files, async () => {
  await using place = new CopyPlace();
  const first = await place.copy({}, BYTES.subarray(0, 5));
  assert.deepEqual([first.code, first.said], [1, "from 0\n"]);
  assert.match(first.problem, /5 of 13 bytes received/);
  assert.deepEqual(place.content(), {});
  assert.equal(place.part(), "hello");
  const second = await place.copy({}, BYTES.subarray(5));
  assert.deepEqual([second.code, second.said], [0, "from 5\ncopied\n"]);
  assert.deepEqual(place.content(), WHOLE);
  assert.deepEqual(place.names(), ["file"]);
});

Deno.test("copyCommand leaves what was there when something else comes", files, async () => {
  await using place = new CopyPlace();
  await Deno.writeTextFile(place.path("file"), "before");
  for (const wrong of [encodeUtf8("hello, World\n"), encodeUtf8("hello, world\n and more")]) {
    const { code, problem } = await place.copy({}, wrong);
    assert.equal(code, 1);
    assert.match(problem, /checksum differs/);
    assert.deepEqual(place.content(), { file: "before" });
    assert.deepEqual(place.names(), ["file"]);
  }
});

Deno.test("copyCommand keeps the mode of a file that it replaces", files, async () => {
  await using place = new CopyPlace();
  await Deno.writeTextFile(place.path("file"), "before");
  await Deno.chmod(place.path("file"), 0o4640);
  assert.equal((await place.copy()).code, 0);
  assert.equal(place.mode("file"), "640", "but new content is no setuid program");
  await place.copy({ mode: "0604" });
  assert.equal(place.mode("file"), "604");
});

Deno.test("copyCommand sets the time of a file", files, async () => {
  await using place = new CopyPlace();
  await place.copy({ modifiedMs: 1_000_000_001_000 });
  const { mtime } = await Deno.stat(place.path("file"));
  assert.equal(mtime?.getTime(), 1_000_000_001_000);
});

Deno.test("copyCommand gives a file to whom it is to belong", {
  ...files,
  ignore: Deno.uid() !== 0,
}, async () => {
  await using place = new CopyPlace();
  await place.copy({ owner: "daemon:daemon" });
  assert.equal((await Deno.stat(place.path("file"))).uid, 1);
  const { code, problem } = await place.copy({ owner: "no-such-user" });
  assert.equal(code, 1);
  assert.match(problem, /cannot change the owner of .*file to no-such-user/);
});

Deno.test("copyCommand follows no link and overwrites nothing through one", files, async () => {
  await using place = new CopyPlace();
  await Deno.mkdir(place.path("in"));
  await Deno.writeTextFile(place.path("victim"), "precious");
  await Deno.symlink(place.path("victim"), place.path("in/file"));
  assert.equal((await place.copy({ dest: place.path("in") })).code, 0);
  assert.equal(await Deno.readTextFile(place.path("victim")), "precious");
  assert.ok((await Deno.lstat(place.path("in/file"))).isFile);
});

Deno.test("copyCommand goes on only with what nobody else has put there", files, async () => {
  await using place = new CopyPlace();
  await Deno.writeTextFile(place.path("victim"), "hello");
  for (const put of [Deno.link, Deno.symlink]) {
    await place.copy({}, BYTES.subarray(0, 3));
    const [name = ""] = place.names().filter((each) => each.startsWith(PRIVATE));
    await Deno.remove(place.path(`${name}/copy.part`));
    await put(place.path("victim"), place.path(`${name}/copy.part`));
    const { code, said } = await place.copy();
    assert.deepEqual([code, said], [0, "from 0\ncopied\n"]);
    assert.deepEqual(place.content(), { ...WHOLE, victim: "hello" });
    await Deno.remove(place.path("file"));
  }
});

Deno.test("copyCommand takes every name as a name", files, async () => {
  await using place = new CopyPlace();
  for (const name of ["-rf", "a b", "$(touch x)", "*", "a'b\"c", "\\n", "a\nb"]) {
    assert.equal((await place.copy({ name })).code, 0, name);
  }
  assert.equal(Object.keys(place.content()).length, 7);
});

Deno.test("copyCommand says what is wrong with a destination", files, async () => {
  await using place = new CopyPlace();
  await Deno.mkdir(place.path("in/file"), { recursive: true });
  const rows: readonly (readonly [dest: string, problem: RegExp])[] = [
    ["nowhere/", /no such folder: .*nowhere\//],
    ["nowhere/file", /no such folder: .*nowhere\n/],
    ["in", /in\/file is a folder/],
  ];
  for (const [dest, problem] of rows) {
    const ended = await place.copy({ dest: place.path(dest) });
    assert.deepEqual([ended.code, ended.said], [1, ""], dest);
    assert.match(ended.problem, problem);
  }
});

Deno.test(
  "copyCommand makes a folder of an archive, also of one that was broken off",
  files,
  async () => {
    await using place = new CopyPlace();
    const archive = await archiveOf({ a: "one", "-b\n": "two" });
    const plan = treePlan(archive);
    const broken = await place.copy(plan, archive.subarray(0, 700));
    assert.deepEqual([broken.code, broken.said], [1, "from 0\n"]);
    const ended = await place.copy(plan, archive.subarray(700));
    assert.deepEqual(ended, { code: 0, said: "from 700\ncopied\n", problem: "" });
    assert.deepEqual(place.names(), ["tree"]);
    assert.equal(await Deno.readTextFile(place.path("tree/-b\n")), "two");
    assert.equal(place.mode("tree"), "755");
  },
);

Deno.test("copyCommand lays an archive over a folder that is there", files, async () => {
  await using place = new CopyPlace();
  await Deno.mkdir(place.path("tree"));
  await Deno.chmod(place.path("tree"), 0o700);
  await Deno.writeTextFile(place.path("tree/a"), "old");
  await Deno.writeTextFile(place.path("tree/other"), "stays");
  const archive = await archiveOf({ a: "new" });
  const ended = await place.copy(treePlan(archive), archive);
  assert.deepEqual(ended, { code: 0, said: "from 0\ncopied\n", problem: "" });
  assert.equal(await Deno.readTextFile(place.path("tree/a")), "new");
  assert.equal(await Deno.readTextFile(place.path("tree/other")), "stays");
  assert.equal(place.mode("tree"), "700");
});

Deno.test(
  "copyCommand unpacks nothing of an archive that is none, or has no place",
  files,
  async () => {
    await using place = new CopyPlace();
    const noArchive = new TextEncoder().encode("no archive".repeat(100));
    const bad = await place.copy(treePlan(noArchive), noArchive);
    assert.equal(bad.code, 1);
    assert.match(bad.problem, /cannot unpack in /);
    const start = `.tree.${`${treePlan(noArchive).sha256}`.slice(0, 16)}.`;
    assert.equal(place.part(start)?.length, noArchive.length, "it need not be sent again");
    const archive = await archiveOf({ a: "new" });
    await Deno.writeTextFile(place.path("tree"), "a file");
    const { code, problem } = await place.copy(treePlan(archive), archive);
    assert.deepEqual([code, problem], [1, `not a folder: ${place.path("tree")}\n`]);
  },
);
