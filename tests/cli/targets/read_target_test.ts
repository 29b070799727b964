import assert from "node:assert/strict";
import { UserError } from "../../../lib/base/errors.ts";
import type { GroupSources } from "../../../lib/cli/targets/groups.ts";
import {
  plainTarget,
  type TargetBase,
  type TargetChoice,
  type UnparsedSet,
} from "../../../lib/cli/args/target_options.ts";
import { readNodeSet, readTarget } from "../../../lib/cli/targets/read_target.ts";
import { TargetError } from "../../../lib/nodeset/parsing/errors.ts";
import { printTarget } from "../../../lib/nodeset/mod.ts";
import { inFastFolder } from "../../support/fast_folder.ts";

const permissions = { read: true, write: true } as const;

const GROUPS = "db: db[1-3]\nall_web: web*\nround: @round\nnone:\n";

/** Two groups files, the second of which is not there, and a folder for more. */
async function withGroups(
  action: (groups: GroupSources, folder: string) => Promise<void>,
): Promise<void> {
  await inFastFolder(async (folder) => {
    await Deno.writeTextFile(`${folder}/groups`, GROUPS);
    await action({ files: [`${folder}/groups`, `${folder}/none`], programs: [] }, folder);
  });
}

function written(text: string, option = "-w", kind: UnparsedSet["kind"] = "set"): UnparsedSet {
  return { kind, option, text };
}

function sets(...texts: readonly string[]): TargetBase {
  return { kind: "sets", sets: texts.map((text) => written(text)) };
}

function groups(...texts: readonly string[]): TargetBase {
  return { kind: "sets", sets: texts.map((text) => written(text, "-g", "groups")) };
}

function without(...texts: readonly string[]): Partial<TargetChoice> {
  return { exclude: texts.map((text) => written(text, "-x")) };
}

Deno.test("readTarget makes one target of what the options say", { permissions }, async () => {
  const all: TargetBase = { kind: "all" };
  const rows: readonly (readonly [TargetBase, Partial<TargetChoice>, target: string])[] = [
    [all, {}, "ALL"],
    [{ kind: "host", name: "web1" }, {}, "web1"],
    [sets("web[1-2],web3"), {}, "web[1-2],web3"],
    [sets("web[1-2]", "web3"), {}, "web[1-3]"],
    [sets("web[1-5]!web2", "web2"), {}, "web2 or (web[1-5] and not web2)"],
    [groups("db"), {}, "db[1-3]"],
    [groups("@db", "none,db"), {}, "db[1-3]"],
    [sets("@db"), without("db1,db3"), "db[1-3] and not db1,db3"],
    [sets("@db"), without("db1", "db3"), "db[1-3] and not db[1,3]"],
    [all, { select: "os=linux" }, "ALL and os=linux"],
    [all, { facts: ["os=~^Deb ian", "cpus>4"] }, `ALL and os~"^Deb ian" and cpus>4`],
    [sets("web*"), { facts: ["a!=b"], select: "not c=d" }, "web* and a!=b and not c=d"],
    [
      sets("web*"),
      { ...without("web1"), select: "os=linux" },
      "(web* and os=linux) and not web1",
    ],
  ];
  await withGroups(async (places) => {
    for (const [base, rest, expected] of rows) {
      const target = await readTarget({ ...plainTarget(base), ...rest }, places);
      assert.equal(printTarget(target), expected);
    }
  });
});

Deno.test("readTarget reads names from files", { permissions }, async () => {
  await withGroups(async (places, folder) => {
    await Deno.writeTextFile(`${folder}/hosts`, "web1, web2,\r\n# web3\n\n\tweb[4-5] @db # x\n");
    const both = { ...plainTarget(sets(`^${folder}/hosts`)), ...without(`^${folder}/hosts2`) };
    await Deno.writeTextFile(`${folder}/hosts2`, "db1");
    assert.equal(printTarget(await readTarget(both, places)), "db[1-3],web[1-2,4-5] and not db1");
    const many = Array.from({ length: 10_000 }, (_, index) => `n${index * 7 % 99_991}x`);
    await Deno.writeTextFile(`${folder}/hosts`, many.join("\n"));
    const names = await readNodeSet([written(`^${folder}/hosts`)], places);
    assert.equal(names.length, 10_000);
  });
});

Deno.test("readTarget refuses lists of names that are missing, empty or wrong", {
  permissions,
}, async () => {
  await withGroups(async (places, folder) => {
    const read = (text: string) => readTarget(plainTarget(sets(text)), places);
    await assert.rejects(read(`^${folder}/gone`), {
      name: "UserError",
      message: `no such file of names: ${folder}/gone`,
    });
    await Deno.writeTextFile(`${folder}/hosts`, " # nobody\n,,\n");
    await assert.rejects(read(`^${folder}/hosts`), {
      name: "UserError",
      message: `no host names in ${folder}/hosts`,
    });
    await Deno.writeTextFile(`${folder}/hosts`, "web1\nweb2 web[3-\n");
    await assert.rejects(read(`^${folder}/hosts`), {
      name: "TargetError",
      message: `${folder}/hosts: expected a number, found the end`,
      position: 16,
    });
    const twice = { ...plainTarget(sets("-")), ...without("-") };
    await assert.rejects(readTarget(twice, places), { message: "stdin can be read only once" });
  });
});

Deno.test("readTarget says which option cannot be read", { permissions }, async () => {
  const own = "give names from a file or stdin in a separate option: -w ^FILE, -w -";
  const rows: readonly (readonly [Partial<TargetChoice>, message: string, hint?: string])[] = [
    [{ base: sets("web[") }, "-w: expected a number, found the end"],
    [
      { base: sets("a,^hosts") },
      `-w: expected a node name, a group or another term, found "^"`,
      own,
    ],
    [{ base: sets("a,-") }, `-w: node name must not begin with "-"`, own],
    [{ base: groups("a b") }, `-g: expected ",", found "b"`],
    [{ base: groups("") }, "-g: target is empty"],
    [without("a!"), "-x: expected a node name, a group or another term, found the end"],
    [{ facts: ["os"] }, `-F: expected a condition such as "os=linux"`],
    [{ select: "os=" }, "--select: expected a value, found the end"],
  ];
  await withGroups(async (places) => {
    for (const [rest, message, hint] of rows) {
      await assert.rejects(
        readTarget({ ...plainTarget({ kind: "all" }), ...rest }, places),
        (error) => {
          assert.ok(error instanceof TargetError);
          assert.equal(error.message, message);
          assert.equal(error.hint, hint);
          return true;
        },
      );
    }
  });
});

Deno.test("readTarget refuses a group that cannot be used, and says where groups are", {
  permissions,
}, async () => {
  await withGroups(async (places, folder) => {
    const lines = `define it in ${places.files.join(" or ")} with a line such as "db: db[1-3]"`;
    const asked = "check the program for other group sources: /none/group_source";
    const past = "name a past job as @job:last:failed or @job:ID:rc=3";
    const rows: readonly (readonly [set: string, message: RegExp, hint: string])[] = [
      ["@gone", /^cannot use group "@gone": no such group$/, lines],
      ["@round", /^cannot use group "@round": /, lines],
      ["@slurm:gpu", /^cannot use group "@slurm:gpu": no such source or group$/, asked],
      ["@job:last:failed", /: past jobs need a hub$/, past],
      ["@job:last:sad", /: unknown selector "sad": use all, ok, failed, /, past],
    ];
    for (const [name, message, hint] of rows) {
      const reading = readTarget(plainTarget(sets(name)), {
        ...places,
        programs: ["/none/group_source"],
      });
      await assert.rejects(reading, (error: unknown) => {
        assert.ok(error instanceof UserError);
        assert.match(error.message, message);
        assert.equal(error.hint, hint);
        return true;
      });
    }
    await Deno.writeTextFile(`${folder}/groups`, "a: b\nc: d,,e\n");
    await assert.rejects(readTarget(plainTarget(sets("@a")), places), {
      name: "TargetError",
      message: `${folder}/groups: expected a node name, a group or another term, found ","`,
      position: 10,
    });
  });
});

Deno.test("readTarget asks for past jobs", { permissions }, async () => {
  await withGroups(async (places) => {
    const jobs: GroupSources["jobs"] = ({ job, selector }) => {
      assert.deepEqual(selector, { kind: "state", state: "failed" });
      return Promise.resolve(job === "last" ? ["web1", "web2"] : undefined);
    };
    const read = (text: string) => readTarget(plainTarget(sets(text)), { ...places, jobs });
    assert.equal(printTarget(await read("@job:last:failed!web1")), "web[1-2] and not web1");
    await assert.rejects(read("@job:3fa9:failed"), {
      message: `cannot use group "@job:3fa9:failed": no such job at the hub`,
    });
  });
});

Deno.test("readTarget refuses a target that can mean nobody", { permissions }, async () => {
  await withGroups(async (places) => {
    for (const base of [sets("a!a"), sets("a&b"), groups("none"), sets("@none&web*")]) {
      await assert.rejects(readTarget(plainTarget(base), places), {
        name: "UserError",
        message: "target matches no host",
      });
    }
  });
});

Deno.test(
  "readTarget refuses a target that is too long to be signed",
  { permissions },
  async () => {
    await withGroups(async (places, folder) => {
      const long = Array.from(
        { length: 10_000 },
        (_, index) => `${"long".repeat(7)}-${index}-x${index * index}`,
      );
      await Deno.writeTextFile(`${folder}/hosts`, long.join(" "));
      await assert.rejects(readTarget(plainTarget(sets(`^${folder}/hosts`)), places), (error) => {
        assert.ok(error instanceof UserError);
        assert.match(
          error.message,
          /^target takes \d+ bytes with its groups resolved, limit 262144$/,
        );
        assert.match(error.hint ?? "", /nodeset --split N/);
        return true;
      });
    });
  },
);

Deno.test("readNodeSet lists names, and refuses what is not a list", { permissions }, async () => {
  await withGroups(async (places) => {
    const read = (...texts: readonly string[]) =>
      readNodeSet(texts.map((text) => written(text)), places);
    assert.deepEqual(await read("web[1-3]!web2"), ["web1", "web3"]);
    assert.deepEqual(await read("@db&db*,x"), ["db1", "db2", "db3", "x"]);
    assert.deepEqual(await read("a", "b!a"), ["a", "b"]);
    assert.deepEqual(await read("a!a"), []);
    for (const open of ["web*", "a,/b/", "@all_web", "ALL"]) {
      await assert.rejects(read(open), {
        name: "UserError",
        message: "node set does not list its hosts",
      });
    }
  });
});
