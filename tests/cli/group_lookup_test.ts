import assert from "node:assert/strict";
import { groupLookup, type GroupPlaces, listGroups } from "../../lib/cli/group_lookup.ts";
import { inFastFolder } from "../support/fast_folder.ts";

const base: Pick<Deno.TestDefinition, "permissions" | "timeout"> = {
  permissions: { read: true, write: true, run: true, env: ["HOME"], sys: ["uid"] },
  timeout: 20_000,
};

/** Two groups files, and a program whose answer to everything is `answer`. */
async function withPlaces(
  answer: string,
  act: (places: GroupPlaces) => Promise<void>,
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
          message: /^name of a group: target must not hold the invisible character U\+/,
        });
      });
    }
  },
});
