import assert from "node:assert/strict";
import { hash } from "node:crypto";
import { concat } from "../../../lib/base/bytes.ts";
import { UserError } from "../../../lib/base/errors.ts";
import { type CopySource, openLocalFolder } from "../../../lib/cli/files/copy_source.ts";
import { findExternalProgram } from "../../support/programs/external_programs.ts";

const files: Omit<Deno.TestDefinition, "name" | "fn"> = {
  permissions: { read: true, write: true, run: true },
};
const NEVER = new AbortController().signal;
const LONG = "n".repeat(120);

/** A folder of odd things, made in the order of `names`. */
class Tree implements Disposable {
  readonly home = Deno.makeTempDirSync();
  readonly root = `${this.home}/tree`;

  constructor(names: readonly string[] = NAMES) {
    Deno.mkdirSync(this.root);
    for (const name of names) MAKE[name]?.(`${this.root}/${name}`);
  }

  async open(preserve = false): Promise<CopySource> {
    return await openLocalFolder(this.root, { preserve });
  }

  /** What `tar` makes of an archive. */
  async unpack(archive: Uint8Array, tar: readonly string[] = ["tar"]): Promise<string> {
    const dest = Deno.makeTempDirSync({ dir: this.home });
    await Deno.writeFile(`${this.home}/archive`, archive);
    const [command = "", ...words] = tar;
    const args = [...words, "-xpf", `${this.home}/archive`, "-C", dest];
    const { code, stderr } = await new Deno.Command(command, { args }).output();
    assert.equal(code, 0, new TextDecoder().decode(stderr));
    return dest;
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.home, { recursive: true });
  }
}

const MAKE: Record<string, (path: string) => void> = {
  empty: (path) => Deno.mkdirSync(path),
  "-rf\n*": (path) => Deno.writeTextFileSync(path, "dash"),
  "ünï ☃": (path) => Deno.writeTextFileSync(path, "snow"),
  [LONG]: (path) => {
    Deno.mkdirSync(path);
    Deno.writeTextFileSync(`${path}/${LONG}`, "long");
  },
  link: (path) => Deno.symlinkSync(`../../../${LONG}/etc/passwd`, path),
  tool: (path) => {
    Deno.writeFileSync(path, new Uint8Array(300_000).map((_, index) => index * index));
    Deno.chmodSync(path, 0o777);
    Deno.utimeSync(path, 1_000_000_000, 1_000_000_000);
  },
  nothing: (path) => Deno.writeTextFileSync(path, ""),
  block: (path) => Deno.writeTextFileSync(path, "b".repeat(512)),
};
const NAMES = Object.keys(MAKE);

async function whole({ source, size }: CopySource, step = 262_144): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  for (let offset = 0; offset < size;) {
    const part = await source.read(offset, step, NEVER);
    parts.push(part);
    offset += part.length;
  }
  return concat(parts);
}

/** What is in a folder, in words. */
function described(folder: string, path = ""): string[] {
  return [...Deno.readDirSync(`${folder}/${path}`)].flatMap(({ name, isDirectory, isSymlink }) => {
    const below = `${path}/${name}`;
    if (isDirectory) return [`${below}/`, ...described(folder, below)];
    if (isSymlink) return [`${below} -> ${Deno.readLinkSync(folder + below)}`];
    return [`${below}: ${Deno.readTextFileSync(folder + below)}`];
  }).toSorted();
}

const BUSYBOX = findExternalProgram("busybox", "busybox");

async function assertUnpacks(tar: readonly string[]): Promise<void> {
  using tree = new Tree();
  using folder = await tree.open();
  assert.deepEqual([folder.name, folder.isFolder], ["tree", true]);
  const unpacked = await tree.unpack(await whole(folder), tar);
  assert.deepEqual(described(unpacked), described(tree.root));
  const { mode } = await Deno.stat(`${unpacked}/tool`);
  assert.equal((mode ?? 0) & 0o7777, 0o755);
}

Deno.test("openLocalFolder makes an archive of odd names for tar", files, async () => {
  await assertUnpacks(["tar"]);
});

Deno.test({
  ...files,
  name: `openLocalFolder makes an archive of odd names for busybox ${BUSYBOX.needs}`,
  ignore: !BUSYBOX.available,
  fn: () => assertUnpacks(["busybox", "tar"]),
});

Deno.test("openLocalFolder takes over modes and times, if asked", files, async () => {
  using tree = new Tree();
  using folder = await tree.open(true);
  const { mode, mtime } = await Deno.stat(`${await tree.unpack(await whole(folder))}/tool`);
  assert.deepEqual([(mode ?? 0) & 0o7777, mtime?.getTime()], [0o777, 1_000_000_000_000]);
});

Deno.test("openLocalFolder gives the same bytes wherever they are read from", files, async () => {
  using tree = new Tree();
  using folder = await tree.open();
  const all = await whole(folder);
  assert.deepEqual([all.length, hash("sha256", all, "hex")], [folder.size, folder.sha256]);
  assert.deepEqual(await whole(folder, 333), all);
  for (let offset = 0; offset <= all.length; offset += 487) {
    const part = await folder.source.read(offset, 1_000, NEVER);
    assert.deepEqual(part, all.subarray(offset, offset + 1_000), `from ${offset} on`);
  }
});

Deno.test(
  "openLocalFolder does not mind when and in which order things were made",
  files,
  async () => {
    using one = new Tree();
    using other = new Tree(NAMES.toReversed());
    using first = await one.open();
    using second = await other.open();
    assert.equal(first.sha256, second.sha256);
  },
);

Deno.test("openLocalFolder says what cannot be copied", files, async () => {
  using tree = new Tree([]);
  await new Deno.Command("mkfifo", { args: [`${tree.root}/pipe`] }).output();
  await assert.rejects(tree.open(), {
    message: `cannot copy ${tree.root}/pipe: not a file, folder or link`,
  });
});

/** Deno cannot write such names, a shell can. */
async function runShell(line: string, folder: string): Promise<void> {
  const { success } = await new Deno.Command("sh", { args: ["-c", line], cwd: folder }).output();
  assert.ok(success);
}

for (
  const [what, line, folder] of [
    ["a file", "touch \"$(printf 'caf\\351')\"", ""],
    ["a folder", "mkdir -p \"sub/$(printf '\\377')/x\"", "/sub"],
    ["a link", "ln -s nowhere \"$(printf '\\300\\200')\"", ""],
    ["a name that is another's as Deno has it", "touch \"$(printf 'a\\377')\" a\ufffd", ""],
  ] as const
) {
  Deno.test(`openLocalFolder refuses ${what} whose name is not UTF-8`, files, async () => {
    using tree = new Tree();
    await runShell(line, tree.root);
    await assert.rejects(tree.open(), (error) => {
      assert.ok(error instanceof UserError);
      const wanted = `cannot copy ${tree.root}${folder}: file name is not UTF-8: `;
      assert.equal(error.message.slice(0, wanted.length), wanted);
      assert.match(error.hint ?? "", /tar/);
      return true;
    });
  });
}

Deno.test("openLocalFolder refuses a link that leads to what is not UTF-8", files, async () => {
  using tree = new Tree();
  await runShell("ln -s \"$(printf '/caf\\351')\" to", tree.root);
  await assert.rejects(tree.open(), (error) => {
    assert.ok(error instanceof UserError);
    assert.equal(
      error.message,
      `cannot copy ${tree.root}/to: link target is not UTF-8`,
    );
    return true;
  });
});

Deno.test("openLocalFolder takes U+FFFD for what it is in a name", files, async () => {
  using tree = new Tree();
  await Deno.writeTextFile(`${tree.root}/a\ufffd`, "a");
  using folder = await tree.open();
  assert.deepEqual(described(await tree.unpack(await whole(folder))), described(tree.root));
});

Deno.test("openLocalFolder fails when a file becomes shorter", files, async () => {
  using tree = new Tree(["tool"]);
  using folder = await tree.open();
  await Deno.truncate(`${tree.root}/tool`, 10);
  await assert.rejects(whole(folder), /tool: file became shorter during the copy/);
  assert.match(`${folder.source.failed.reason}`, /cannot read .*tree: tool: file became shorter/);
});
