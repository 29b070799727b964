import assert from "node:assert/strict";
import { concat, decodeUtf8, encodeUtf8 } from "../../../lib/base/bytes.ts";
import { type GatheredStyle, renderGathered } from "../../../lib/cli/render/host_output.ts";
import { groupResults, type ResultGroup } from "../../../lib/trigger/results/result_groups.ts";
import type { HostOutcome } from "../../../lib/protocol/job/host_state.ts";

const OK: HostOutcome = { kind: "exited", code: 0 };
const STYLE: GatheredStyle = { labels: true, escape: false, colors: false, headers: true };

function group(nodes: readonly string[], output: string): ResultGroup {
  return { nodes, outcome: OK, output: encodeUtf8(output) };
}

function rendered(groups: readonly ResultGroup[], style: Partial<GatheredStyle> = {}): string {
  return decodeUtf8(concat([...renderGathered(groups, { ...STYLE, ...style })]));
}

/** What clush -b prints for the same answers. */
const GOLDEN = `\
---------------
node[2-4] (3)
---------------
2.6.31.6-145.fc11
---------------
node40
---------------
2.6.35.6-45.fc14.x86_64
second line
`;

Deno.test("renderGathered looks like clush -b", () => {
  const answers = [
    ["node40", "2.6.35.6-45.fc14.x86_64\nsecond line\n"],
    ["node3", "2.6.31.6-145.fc11\n"],
    ["node2", "2.6.31.6-145.fc11\n"],
    ["node4", "2.6.31.6-145.fc11\n"],
  ] as const;
  const groups = groupResults(
    answers.map(([node, text]) => ({ node, outcome: OK, output: encodeUtf8(text) })),
  );
  assert.equal(rendered(groups), GOLDEN);
});

Deno.test("renderGathered without headers labels every line", () => {
  const groups = [group(["web2", "web1"], "a\nb\n"), group(["db1"], "c")];
  assert.equal(rendered(groups, { headers: false }), "web[1-2]: a\nweb[1-2]: b\ndb1: c\n");
});

Deno.test("renderGathered without labels shows the output alone", () => {
  const groups = [group(["web2", "web1"], "a\nb\n"), group(["db1"], "c")];
  assert.equal(rendered(groups, { labels: false }), "a\nb\nc");
  assert.equal(rendered(groups, { labels: false, headers: false }), "a\nb\nc");
});

Deno.test(
  "renderGathered completes a last line, and shows no silent host",
  () => {
    assert.equal(rendered([group(["a"], "x")]), "---------------\na\n---------------\nx\n");
    assert.equal(
      rendered([group(["a"], ""), group(["b"], "\n")]),
      "---------------\nb\n---------------\n\n",
    );
    assert.equal(rendered([]), "");
  },
);

Deno.test("renderGathered keeps the bytes as they are in a pipe", () => {
  const output = Uint8Array.of(0xff, 0x1b, 0x0a);
  const blocks = renderGathered([{ nodes: ["a"], outcome: OK, output }], {
    ...STYLE,
    labels: false,
  });
  assert.deepEqual([...concat([...blocks])], [...output]);
});

Deno.test(
  "renderGathered lets no output forge a header on a terminal",
  () => {
    const rule = "-".repeat(15);
    const forged = `ok\n${rule}\nweb[1-9] (9)\n${rule}\nall is well\x1b[2J\n`;
    const lines = rendered([group(["evil"], forged)], { escape: true }).split("\n");
    assert.deepEqual(lines.flatMap((line, index) => line === rule ? [index] : []), [0, 2]);
    assert.ok(lines.includes("\\x2d--------------"));
    assert.ok(lines.includes("all is well\\x1b[2J"));
  },
);

Deno.test("renderGathered colours headers", () => {
  const rule = "-".repeat(15);
  assert.equal(
    rendered([group(["a"], "x\n")], { colors: true }),
    `\x1b[34m${rule}\na\n${rule}\x1b[0m\nx\n`,
  );
});
