import { deepStrictEqual, rejects, strictEqual } from "node:assert/strict";
import { GroupError } from "../../../lib/nodeset/parsing/errors.ts";
import { findGroup, parseGroupFile } from "../../../lib/nodeset/targets/node_set_file.ts";
import { parseTarget } from "../../../lib/nodeset/targets/target_parser.ts";
import { parseSignedTarget, printTarget } from "../../../lib/nodeset/targets/canonical_target.ts";
import { resolveGroups } from "../../../lib/nodeset/targets/resolve_groups.ts";

const GROUPS = parseGroupFile(`
  web: web[1-4]!web3
  db: db2 db1 db[1-3]
  both: @web @db
  none:
  windows: win* /^w[0-9]/
  loop: web1 @round
  round: @loop
  gone: @missing
  deep0: x
  ${Array.from({ length: 33 }, (_, i) => `deep${i + 1}: @deep${i}`).join("\n")}
`);

/** Looks up in the file above, or in another source that has its own `web`. */
function lookup(source: string | undefined, name: string): Promise<readonly string[]> {
  if (source === undefined) return Promise.try(() => findGroup(GROUPS, name));
  const other: Readonly<Record<string, readonly string[]>> = {
    web: ["o[1-2]"],
    all: ["@web", "@x:*"],
  };
  if (source === "other") return Promise.resolve(other[name] ?? []);
  return Promise.resolve([`${source}-${name === "*" ? "star" : name.replaceAll(":", "-")}`]);
}

async function resolved(text: string): Promise<string> {
  return printTarget(await resolveGroups(parseTarget(text), lookup));
}

Deno.test(
  "resolveGroups replaces groups by what they stand for",
  async () => {
    const table: readonly (readonly [text: string, canonical: string])[] = [
      ["web1", "web1"],
      ["@db", "db[1-3]"],
      ["@web", "web[1-4] and not web3"],
      ["@both", "db[1-3] or (web[1-4] and not web3)"],
      ["web9,@db,os*", "db[1-3],web9 or os*"],
      ["@none,@none", "not ALL"],
      ["web1,@none", "web1"],
      ["@none", "not ALL"],
      ["ALL!@none", "ALL and not not ALL"],
      ["@windows", "win* or /^w[0-9]/"],
      ["@web!@db and not @db", "((web[1-4] and not web3) and not db[1-3]) and not db[1-3]"],
      ["@other:web", "o[1-2]"],
      ["@other:all", "o[1-2],x-star"],
      ["@job:last:failed", "job-last-failed"],
      ["@*", "ALL"],
    ];
    for (const [text, canonical] of table) {
      strictEqual(await resolved(text), canonical, text);
      parseSignedTarget(canonical);
    }
  },
);

Deno.test(
  "resolveGroups folds the names that a lookup gives",
  async () => {
    const names = () => Promise.resolve(["web3", "web1", "db", "web2", "web1"]);
    strictEqual(printTarget(await resolveGroups(parseTarget("@x"), names)), "db,web[1-3]");
  },
);

Deno.test("resolveGroups looks each group up once", async () => {
  const asked: string[] = [];
  await resolveGroups(parseTarget("@both,@web,@db!@both"), (source, name) => {
    asked.push(name);
    return lookup(source, name);
  });
  deepStrictEqual(asked, ["both", "web", "db"]);
});

Deno.test(
  "resolveGroups refuses loops, depth and what is no node set",
  async () => {
    const table: readonly (readonly [text: string, group: string, message: RegExp])[] = [
      ["@loop", "@loop", /contains itself: @loop -> @round -> @loop$/],
      ["@gone", "@missing", /no such group$/],
      ["@deep32", "@deep0", /groups are nested more than 32 deep$/],
    ];
    for (const [text, group, message] of table) {
      await rejects(resolved(text), { name: "GroupError", group, message }, text);
    }
    strictEqual(await resolved("@deep31"), "x");
    for (const bad of ["", "a b", "os=linux", "(a)", "a[3-1]", "@", "a\n"]) {
      const target = resolveGroups(parseTarget("@bad"), () => Promise.resolve([bad]));
      await rejects(target, { name: "GroupError", group: "@bad" }, bad);
    }
  },
);

Deno.test(
  "resolveGroups stops groups that double each other",
  async () => {
    const twice = (_source: string | undefined, name: string) =>
      Promise.resolve([name === "g1" ? "a" : `@g${Number(name.slice(1)) - 1}!`.repeat(2) + "b"]);
    await rejects(resolveGroups(parseTarget("@g25"), twice), {
      name: "GroupError",
      group: "@g25",
      message: /more than 100000 terms$/,
    });
  },
);

Deno.test("resolveGroups passes on why a lookup failed", async () => {
  const failure = new GroupError("@x", "source does not answer");
  await rejects(resolveGroups(parseTarget("a,@x"), () => Promise.reject(failure)), failure);
});
