import assert from "node:assert/strict";
import { dirname } from "node:path";
import {
  groupLookup,
  type GroupSources,
  listGroups,
  readGroupFiles,
} from "../../../lib/cli/targets/groups.ts";
import { inFastFolder } from "../../support/fast_folder.ts";

const base: Pick<Deno.TestDefinition, "permissions" | "timeout"> = {
  permissions: { read: true, write: true, run: true, env: ["HOME"], sys: ["uid"] },
  timeout: 20_000,
};

/** Two groups files, and a program whose answer to everything is `answer`. */
async function withPlaces(
  answer: string,
  act: (places: GroupSources) => Promise<void>,
): Promise<void> {
  await inFastFolder(async (folder) => {
    await Deno.chmod(folder, 0o700);
    await Deno.writeTextFile(`${folder}/system`, "db: db1\nweb: web1\n");
    await Deno.writeTextFile(`${folder}/own`, "web: web[1-2]\n");
    await Deno.writeTextFile(`${folder}/source`, `#!/bin/sh\nprintf '${answer}'\n`);
    await Deno.chmod(`${folder}/source`, 0o755);
    await act({ files: [`${folder}/system`, `${folder}/own`], programs: [`${folder}/source`] });
  });
}

Deno.test({
  ...base,
  name: "groupLookup asks the files, the program, or past jobs",
  async fn() {
    await withPlaces("gpu[1-2]", async (places) => {
      const lookup = groupLookup({ ...places, jobs: () => Promise.resolve(["web7"]) });
      assert.deepEqual(await lookup(undefined, "db"), ["db1"]);
      assert.deepEqual(await lookup(undefined, "web"), ["web[1-2]"]);
      assert.deepEqual(await lookup("slurm", "web"), ["gpu[1-2]"]);
      assert.deepEqual(await lookup("job", "last"), ["web7"]);
      const other = groupLookup({ ...places, defaultSource: "slurm" });
      assert.deepEqual(await other(undefined, "web"), ["gpu[1-2]"]);
    });
  },
});

Deno.test({
  ...base,
  name: "listGroups writes groups as in a target",
  async fn() {
    await withPlaces("gpu a,b *x", async (places) => {
      assert.deepEqual(await listGroups(places), ["@db", "@web"]);
      const listed = await listGroups({ ...places, defaultSource: "slurm" });
      assert.deepEqual(listed, ["@slurm:gpu", '@slurm:"a,b"', "@slurm:*x"]);
    });
  },
});

Deno.test({
  ...base,
  name: "listGroups refuses names that would do harm on a terminal",
  async fn() {
    for (const answer of ["gpu\\033[31m", "a\\342\\200\\256b", "\\007"]) {
      await withPlaces(answer, async (places) => {
        await assert.rejects(listGroups({ ...places, defaultSource: "slurm" }), {
          name: "TargetError",
          message: /^name of a group: invisible character U\+/,
        });
      });
    }
  },
});

/** What may be wrong with a groups file, and what is said of it. */
const UNRELIABLE: readonly (readonly [
  what: string,
  spoil: (path: string) => Promise<void>,
  problem: string,
])[] = [
  ["that others may write", (path) => Deno.chmod(path, 0o646), "others may write it"],
  ["that its group may write", (path) => Deno.chmod(path, 0o664), "others may write it"],
  ["that is a link", (path) => replaceBy(path, "ln", ["-s", "secret"]), "not a regular file"],
  ["that is a FIFO", (path) => replaceBy(path, "mkfifo", []), "not a regular file"],
  ["that is a folder", (path) => replaceBy(path, "mkdir", []), "not a regular file"],
  [
    "in a folder that others may write to",
    (path) => Deno.chmod(dirname(path), 0o777),
    "others may write to the folder FOLDER",
  ],
];

/** Puts what `program` makes in the place of a file. */
async function replaceBy(path: string, program: string, args: readonly string[]): Promise<void> {
  await Deno.remove(path);
  await Deno.writeTextFile(`${dirname(path)}/secret`, "hunter2\n", { mode: 0o600 });
  const { success } = await new Deno.Command(program, { args: [...args, path] }).output();
  assert.ok(success);
}

for (const [what, spoil, problem] of UNRELIABLE) {
  Deno.test({
    ...base,
    name: `readGroupFiles relies on no file ${what}`,
    async fn() {
      await withPlaces("", async ({ files: [path = ""] }) => {
        await spoil(path);
        const said = problem.replace("FOLDER", dirname(path));
        await assert.rejects(readGroupFiles([path]), {
          name: "UserError",
          message: `cannot use groups file ${path}: ${said}`,
        });
      });
    },
  });
}

Deno.test({
  ...base,
  name: "readGroupFiles reads a file that everybody may read",
  async fn() {
    await withPlaces("", async ({ files: [path = ""] }) => {
      await Deno.chmod(path, 0o644);
      assert.deepEqual([...(await readGroupFiles([path])).keys()], ["db", "web"]);
    });
  },
});
