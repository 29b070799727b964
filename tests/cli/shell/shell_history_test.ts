import assert from "node:assert/strict";
import { openHistory } from "../../../lib/cli/shell/shell_history.ts";

const permissions: Deno.PermissionOptionsObject = { read: true, write: true, sys: ["uid"] };

/** Does `action` with the path of a history in a folder of its own. */
async function withPath(action: (path: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await action(`${folder}/own/history`);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("ShellHistory keeps lines for the next shell, and for nobody else", {
  permissions,
}, () =>
  withPath(async (path) => {
    const history = await openHistory(path);
    for (const line of ["one", "two", "two", " secret", "", "three\x1b[2J"]) history.add(line);
    assert.deepEqual(history.lines, ["two", "one"]);
    assert.deepEqual((await openHistory(path)).lines, ["two", "one"]);
    assert.equal(((await Deno.stat(path)).mode ?? 0) & 0o777, 0o600);
    assert.equal(await Deno.readTextFile(path), "one\ntwo\n");
  }));

Deno.test(
  "ShellHistory does not show again what could harm a terminal",
  { permissions },
  () =>
    withPath(async (path) => {
      await openHistory(path);
      await Deno.writeTextFile(path, "good\n\x1b]0;title\x07\nlast\n", { mode: 0o600 });
      assert.deepEqual((await openHistory(path)).lines, ["last", "good"]);
    }),
);

Deno.test(
  "ShellHistory is bounded in memory and on disk",
  { permissions },
  () =>
    withPath(async (path) => {
      const history = await openHistory(path);
      for (let line = 1; line <= 2_001; line++) history.add(`line ${line}`);
      history.add("x".repeat(4_097));
      assert.equal(history.lines.length, 1_000);
      assert.equal((await Deno.readTextFile(path)).split("\n").length, 1_001);
      assert.equal(((await Deno.stat(path)).mode ?? 0) & 0o777, 0o600);
      const again = await openHistory(path);
      assert.deepEqual([again.lines[0], again.lines.at(-1)], ["line 2001", "line 1002"]);
    }),
);

Deno.test(
  "ShellHistory does not rely on a file that others can read",
  { permissions },
  () =>
    withPath(async (path) => {
      (await openHistory(path)).add("one");
      await Deno.chmod(path, 0o644);
      await assert.rejects(openHistory(path), /cannot use history .*: others may read/);
    }),
);
