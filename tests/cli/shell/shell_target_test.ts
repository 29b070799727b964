import assert from "node:assert/strict";
import { changeTarget } from "../../../lib/cli/shell/shell_target.ts";
import { parseShellLine } from "../../../lib/cli/shell/shell_line.ts";
import { parseTarget, printTarget, TargetError } from "../../../lib/nodeset/mod.ts";

const permissions = { read: true, write: true };
const GROUPS = "db: db[1-3]\nrack1: web[1-2]\nrack2: web[3-4]\nempty:\n";

/** What `line` makes of `web[1-2]`. */
async function changed(line: string): Promise<string> {
  const folder = await Deno.makeTempDir();
  try {
    const files = [`${folder}/groups`];
    await Deno.writeTextFile(`${folder}/groups`, GROUPS);
    const change = parseShellLine(line);
    assert.ok(change.kind === "set" || change.kind === "add" || change.kind === "remove");
    const jobs = (_: unknown, text: string) =>
      Promise.resolve(text === "last:failed" ? ["web2"] : undefined);
    const groups = { files, programs: [], jobs };
    return printTarget(await changeTarget(parseTarget("web[1-2]"), change, groups));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const rows: readonly (readonly [line: string, target: string])[] = [
  ["@web[5-6]", "web[5-6]"],
  ["@db", "db[1-3]"],
  ["@@db", "db[1-3]"],
  ["@db,web9", "db[1-3],web9"],
  ["@db1", "db1"],
  ["@rack[1-2]", "web[1-4]"],
  ["@web*", "web*"],
  ["@ALL", "ALL"],
  ["@job:last:failed", "web2"],
  ["@@job:last:failed", "web2"],
  ["@os=linux and web*", "os=linux and web*"],
  ["+web3", "web[1-3]"],
  ["+@db", "db[1-3],web[1-2]"],
  ["+db", "db,web[1-2]"],
  ["-web2", "web1"],
  ["-@job:last:failed", "web1"],
  ["-web9", "web[1-2]"],
  ["+web*", "web[1-2] or web*"],
];

for (const [line, target] of rows) {
  Deno.test(`changedTarget: ${line}`, { permissions }, async () => {
    assert.equal(await changed(line), target);
  });
}

const refusals: readonly (readonly [line: string, said: RegExp, position?: number])[] = [
  ["+web[1-", /expected a number, found the end/, 7],
  ["@web[1-", /expected a number, found the end/, 7],
  ["@db,web[", /./, 8],
  ["+@nothing", /cannot use group "@nothing": no such group/],
  ["@@nothing", /no such group/],
  ["@job:last:lost", /no such job at the hub/],
  ["@nowhere:x", /no such source or group/],
  ["-web[1-2]", /target matches no host/],
  ["@empty", /target matches no host/],
];

for (const [line, said, position] of refusals) {
  Deno.test(`changedTarget refuses ${line}`, { permissions }, async () => {
    await assert.rejects(changed(line), (error) => {
      assert.ok(error instanceof Error);
      assert.match(error.message, said);
      if (position !== undefined) {
        assert.ok(error instanceof TargetError);
        assert.deepEqual([error.input, error.position], [line, position]);
      }
      return true;
    });
  });
}
