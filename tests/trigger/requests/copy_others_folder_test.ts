/**
 * Copies of files into folders that others can change, and through links of theirs.
 * @module
 */
import assert from "node:assert/strict";
import { PINNED_FOLDER } from "../../../lib/trigger/requests/pinned_folder_script.ts";
import { BYTES, type Copied } from "../../support/programs/copy_place.ts";
import { OthersPlace, UID } from "../../support/programs/others_place.ts";

const AS_ROOT: Omit<Deno.TestDefinition, "name" | "fn"> = {
  permissions: { read: true, write: true, run: true, env: ["PATH"] },
  ignore: Deno.uid() !== 0,
};
const COPIED: Copied = { code: 0, said: "from 0\ncopied\n", problem: "" };

Deno.test(
  "copy follows links that nobody else can change, and a user's to what is his",
  AS_ROOT,
  async () => {
    await using place = new OthersPlace();
    await Deno.mkdir(place.path("system"));
    await Deno.symlink("system", place.path("root-link"));
    place.give("in/own");
    await Deno.symlink("own", place.path("in/own-link"));
    await Deno.symlink(`${place.in}/own`, place.path("in/far-link"));
    for (const dest of ["root-link", "in/own-link", "in/../in/./own-link", "in/far-link/x"]) {
      const ended = await place.copy({ dest: place.path(dest), name: dest.replaceAll("/", "_") });
      if (dest.includes("..")) {
        assert.match(
          ended.problem,
          /in\/\.\. leads out of a folder that nobody can move: name the/,
        );
      } else assert.deepEqual(ended, COPIED, dest);
    }
    assert.equal(place.text("system/root-link"), "hello, world\n");
    assert.equal(place.text("in/own/x"), "hello, world\n");
  },
);

Deno.test("copy follows links one by one, and no loop of them", AS_ROOT, async () => {
  await using place = new OthersPlace();
  await Deno.mkdir(place.path("a/b/c"), { recursive: true });
  await Deno.symlink("b/../two", place.path("a/one\n"));
  await Deno.symlink(place.path("a/b/c/../.."), place.path("a/two"));
  await Deno.symlink("loop", place.path("a/loop"));
  assert.deepEqual(await place.copy({ dest: place.path("a/one\n/b/c/") }), COPIED);
  assert.equal(place.text("a/b/c/file"), "hello, world\n");
  const { problem } = await place.copy({ dest: place.path("a/loop/file") });
  assert.match(problem, /^no such folder: .*a\/loop\n$/);
  assert.deepEqual(await place.copy({ dest: place.path("a/loop") }), COPIED);
  assert.equal(place.text("a/loop"), "hello, world\n");
});

Deno.test("copy follows no link of others to elsewhere", AS_ROOT, async () => {
  await using place = new OthersPlace();
  await Deno.mkdir(place.path("system"));
  await Deno.mkdir(place.path("shared"));
  await Deno.chmod(place.path("shared"), 0o1777);
  for (const [holder, who] of [["in", "nobody"], ["shared", "other users"]]) {
    await Deno.symlink(place.path("system"), place.path(`${holder}/link`));
    for (const dest of [`${holder}/link`, `${holder}/link/`, `${holder}/link/file`]) {
      const { code, problem } = await place.copy({ dest: place.path(dest) });
      const link = place.path(`${holder}/link`);
      const name = "name the folder that it leads to";
      assert.equal(problem, `${link} is a link in a folder that ${who} can change: ${name}\n`);
      assert.equal(code, 1);
    }
  }
  await Deno.symlink("in/link", place.path("through"));
  await Deno.symlink(`${place.in}/none/../link/x`, place.path("far"));
  await Deno.mkdir(place.path("system/x"));
  place.give("in/none");
  for (const dest of ["through", "far"]) {
    const { code, problem } = await place.copy({ dest: place.path(dest) });
    assert.equal(code, 1);
    assert.match(problem, /can (change|move): name the folder/, dest);
  }
  await Deno.remove(place.path("system/x"));
  assert.deepEqual(place.names(place.path("system")), []);
});

Deno.test(
  "copy replaces a link, a FIFO or a device of others, and opens none",
  AS_ROOT,
  async () => {
    await using place = new OthersPlace();
    await Deno.writeTextFile(place.path("victim"), "precious");
    const dest = `${place.in}/file`;
    const make: readonly (readonly string[])[] = [
      ["ln", "-s", place.path("victim"), dest],
      ["ln", "-s", "/dev/zero", dest],
      ["mkfifo", dest],
      ["mknod", dest, "c", "1", "5"],
    ];
    for (const [program = "", ...args] of make) {
      assert.ok((await new Deno.Command(program, { args }).output()).success);
      assert.deepEqual(await place.copy({ dest, mode: "0604" }), COPIED, program);
      assert.ok((await Deno.lstat(dest)).isFile);
      await Deno.remove(dest);
    }
    assert.equal(place.text("victim"), "precious");
    assert.deepEqual(place.names(), ["in", "victim"]);
  },
);

Deno.test(
  "copy changes no file of root's that has another name in a user's folder",
  AS_ROOT,
  async () => {
    await using place = new OthersPlace();
    await Deno.writeTextFile(place.path("victim"), "hello, world\n", { mode: 0o600 });
    await Deno.link(place.path("victim"), `${place.in}/file`);
    assert.deepEqual(await place.copy({ dest: place.in, owner: "nobody", mode: "4755" }), COPIED);
    assert.deepEqual([place.owner("victim"), place.mode("victim")], [0, "600"]);
    assert.deepEqual([place.owner("in/file"), place.mode("in/file")], [UID, "4755"]);
  },
);

Deno.test(
  "copy gives what a user can still write to nobody else, but copies it anew",
  AS_ROOT,
  async () => {
    await using place = new OthersPlace();
    place.give("in/file", "hello, world\n");
    using open = await Deno.open(place.path("in/file"), { write: true });
    assert.deepEqual(await place.copy({ dest: place.in, owner: "nobody" }, new Uint8Array()), {
      code: 0,
      said: "unchanged\n",
      problem: "",
    });
    assert.deepEqual(await place.copy({ dest: place.in, owner: "root", mode: "4755" }), COPIED);
    await open.write(new TextEncoder().encode("evil"));
    assert.equal(place.text("in/file"), "hello, world\n");
    assert.deepEqual([place.owner("in/file"), place.mode("in/file")], [0, "4755"]);
  },
);

Deno.test(
  "copy into a user's folder keeps owner and mode, goes on, and leaves nothing",
  AS_ROOT,
  async () => {
    await using place = new OthersPlace();
    place.give("in/file", "before");
    await Deno.chmod(place.path("in/file"), 0o640);
    const broken = await place.copy({ dest: place.in }, BYTES.subarray(0, 5));
    assert.match(broken.problem, /5 of 13 bytes/);
    const ended = await place.copy({ dest: place.in }, BYTES.subarray(5));
    assert.deepEqual(ended, { ...COPIED, said: "from 5\ncopied\n" });
    assert.deepEqual([place.owner("in/file"), place.mode("in/file")], [UID, "640"]);
    const same = await place.copy({ dest: place.in }, new Uint8Array());
    assert.deepEqual(same, { ...COPIED, said: "unchanged\n" });
    await place.copy({ dest: `${place.in}/other` }, new Uint8Array());
    assert.deepEqual(place.names(place.in), ["file"]);
  },
);

Deno.test("copy takes the longest names that there are", AS_ROOT, async () => {
  await using place = new OthersPlace();
  const name = "ü".repeat(127);
  assert.deepEqual(await place.copy({ dest: place.in, name }), COPIED);
  assert.equal(place.text(`in/${name}`), "hello, world\n");
});

Deno.test(
  "copy does without mv -T only where nobody else can change the folder",
  AS_ROOT,
  async () => {
    await using place = new OthersPlace();
    const running = await place.without(
      "mv",
      'for each; do [ "$each" != -T ] || exit 1; done\nexec /bin/mv "$@"',
    );
    assert.deepEqual(await place.copy({}, BYTES, running), COPIED);
    const { code, problem } = await place.copy({ dest: place.in }, BYTES, running);
    assert.deepEqual([code, problem], [
      1,
      `other users can change ${place.in}, and mv on this host has no -T\n`,
    ]);
    assert.deepEqual(place.names(place.in), []);
  },
);

Deno.test("copy sends a file anew where no file can have two names", AS_ROOT, async () => {
  await using place = new OthersPlace();
  const running = await place.without("ln", "exit 1");
  place.give("in/file", "hello, world\n");
  assert.deepEqual(await place.copy({ dest: place.in }, BYTES, running), COPIED);
});

Deno.test(
  "is_private wants a folder of this user alone inside the pinned one",
  AS_ROOT,
  async () => {
    await using place = new OthersPlace();
    const rows:
      readonly (readonly [path: string, uid: number, mode: number, isPrivate: boolean])[] = [
        ["in/own", 0, 0o700, true],
        ["in/setgid", 0, 0o2700, true],
        ["in/theirs", UID, 0o700, false],
        ["in/open", 0, 0o755, false],
        ["in/own/below", 0, 0o700, false],
        ["elsewhere", 0, 0o700, false],
      ];
    const script =
      `${PINNED_FOLDER}cd -P "$1" && look && at=$id closed= && cd -P "$2" && is_private`;
    for (const [path, uid, mode, isPrivate] of rows) {
      place.give(path, undefined, uid);
      await Deno.chmod(place.path(path), mode);
      const args = ["-c", script, "sh", place.in, place.path(path)];
      assert.equal((await new Deno.Command("/bin/sh", { args }).output()).success, isPrivate, path);
    }
  },
);
