import assert from "node:assert/strict";
import { concat, decodeLatin1, encodeLatin1, encodeUtf8 } from "../../../lib/base/bytes.ts";
import { renderDiff } from "../../../lib/cli/render/output_diff.ts";

const PLAIN = { escape: false, colors: false };

function diff(before: string, after: string, style: object = {}): string {
  const comparison = {
    reference: { nodes: ["node42", "node40"], output: encodeLatin1(before) },
    others: [{ nodes: ["node41"], output: encodeLatin1(after) }],
  };
  return decodeLatin1(concat([...renderDiff(comparison, { ...PLAIN, ...style })]));
}

const HEAD = "--- node[40,42] (2)\n+++ node41\n";

Deno.test("renderDiff looks like clush --diff", () => {
  assert.equal(diff("1.0.5S56\n", "1.1c\n"), `${HEAD}@@ -1,1 +1,1 @@\n-1.0.5S56\n+1.1c\n`);
});

Deno.test("renderDiff shows three lines around what differs", () => {
  const lines = Array.from({ length: 20 }, (_, index) => `line ${index}\n`);
  const changed = lines.with(10, "new\n");
  assert.equal(
    diff(lines.join(""), changed.join("")),
    `${HEAD}@@ -8,7 +8,7 @@\n line 7\n line 8\n line 9\n-line 10\n+new\n line 11\n line 12\n line 13\n`,
  );
});

Deno.test(
  "renderDiff tells a missing newline and a missing output",
  () => {
    const missing = "\\ No newline at end of file\n";
    assert.equal(diff("a\n", "a"), `${HEAD}@@ -1,1 +1,1 @@\n-a\n+a\n${missing}`);
    assert.equal(diff("a\n", ""), `${HEAD}@@ -1,1 +0,0 @@\n-a\n`);
  },
);

Deno.test("renderDiff keeps every byte", () => {
  const bytes = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte)).join("");
  const [before, after] = [`${bytes}\n`, `${bytes}!\n`];
  const removed = `-${before.replace("\n", "\n-")}`;
  const added = `+${after.replace("\n", "\n+")}`;
  const shown = diff(before, after);
  assert.ok(shown.includes(`\n${removed.split("\n").at(-2)}\n`));
  assert.ok(shown.includes(`\n${added.split("\n").at(-2)}\n`));
});

Deno.test(
  "renderDiff lets no host forge a line or reach the terminal",
  () => {
    const forged = "ok\n--- node1\n+++ node2\r\n\x1b[2J\u009b\n";
    const lines = diff("ok\n", forged, { escape: true }).trimEnd().split("\n");
    assert.deepEqual(lines.slice(2), [
      "@@ -1,1 +1,4 @@",
      " ok",
      "+--- node1",
      "++++ node2\\x0d",
      "+\\x1b[2J\\x9b",
    ]);
  },
);

Deno.test("renderDiff colours what is gone and what is new", () => {
  assert.equal(
    diff("a\n", "b\n", { colors: true }),
    "\x1b[34m--- node[40,42] (2)\x1b[0m\n\x1b[34m+++ node41\x1b[0m\n@@ -1,1 +1,1 @@\n" +
      "\x1b[31m-a\x1b[0m\n\x1b[32m+b\x1b[0m\n",
  );
});

Deno.test("renderDiff shows all of what differs too much to search for less", () => {
  const lines = (word: string) =>
    Array.from({ length: 5_000 }, (_, index) => `${word} ${index}`).join("\n");
  const shown = diff(lines("old"), `${lines("new")}\n`).trimEnd().split("\n");
  assert.equal(shown[2], "@@ -1,5000 +1,5000 @@");
  assert.equal(shown.filter((line) => line.startsWith("-old")).length, 5_000);
  assert.equal(shown.filter((line) => line.startsWith("+new")).length, 5_000);
  assert.equal(shown[5_003], "\\ No newline at end of file");
  assert.deepEqual(encodeUtf8(shown.at(-1) ?? ""), encodeUtf8("+new 4999"));
});
