import assert from "node:assert/strict";
import { UserError } from "../../lib/cli/errors.ts";
import type { TargetBase } from "../../lib/cli/options/target_options.ts";
import { readNodeSet, readTarget } from "../../lib/cli/target.ts";
import { TargetError } from "../../lib/nodeset/errors.ts";
import { printTarget } from "../../lib/nodeset/target.ts";

const permissions = { read: true, write: true } as const;

/** Runs `action` with the paths of two groups files, the second of which is not there. */
async function withGroups(action: (files: readonly string[]) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "nanoexec_groups_" });
  try {
    await Deno.writeTextFile(`${folder}/groups`, "db: db[1-3]\nall_web: web*\nround: @round\n");
    await action([`${folder}/groups`, `${folder}/none`]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

function set(expression: string): TargetBase {
  return { kind: "set", expression };
}

Deno.test("readTarget makes one target of what the options say", { permissions }, async () => {
  await withGroups(async (files) => {
    const rows: readonly (readonly [
      TargetBase,
      exclude: string | undefined,
      select: string | undefined,
      target: string,
    ])[] = [
      [{ kind: "all" }, undefined, undefined, "ALL"],
      [{ kind: "host", name: "web1" }, undefined, undefined, "web1"],
      [set("web[1-2],web3"), undefined, undefined, "web[1-2],web3"],
      [set("@db"), "db1,db3", undefined, "db[1-3] and not db1,db3"],
      [{ kind: "all" }, undefined, "os=linux", "ALL and os=linux"],
      [set("web*"), "web1", "os=linux", "(web* and os=linux) and not web1"],
    ];
    for (const [base, exclude, select, expected] of rows) {
      const target = await readTarget({ base, exclude, select }, files);
      assert.equal(printTarget(target), expected);
    }
  });
});

Deno.test("readTarget refuses a group that cannot be used, and says where groups are", {
  permissions,
}, async () => {
  await withGroups(async (files) => {
    const rows: readonly (readonly [set: string, message: RegExp])[] = [
      ["@none", /^cannot use group "@none": there is no such group$/],
      ["@round", /^cannot use group "@round": /],
    ];
    for (const [name, message] of rows) {
      const reading = readTarget({ base: set(name), exclude: undefined, select: undefined }, files);
      await assert.rejects(reading, (error: unknown) => {
        assert.ok(error instanceof UserError);
        assert.match(error.message, message);
        assert.equal(error.hint, `groups are lines such as "db: db[1-3]" in ${files.join(" or ")}`);
        return true;
      });
    }
    const unread = readTarget({ base: set("web["), exclude: undefined, select: undefined }, files);
    await assert.rejects(unread, TargetError);
  });
});

Deno.test("readNodeSet lists names, and refuses what is not a list", { permissions }, async () => {
  await withGroups(async (files) => {
    assert.deepEqual(await readNodeSet("web[1-3]!web2", files), ["web1", "web3"]);
    assert.deepEqual(await readNodeSet("@db&db*,x", files), ["db1", "db2", "db3", "x"]);
    assert.deepEqual(await readNodeSet("a!a", files), []);
    for (const open of ["web*", "a,/b/", "@all_web", "ALL"]) {
      await assert.rejects(readNodeSet(open, files), {
        name: "UserError",
        message: `"${open}" may stand for hosts that it does not list`,
      });
    }
  });
});
