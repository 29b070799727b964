import assert from "node:assert/strict";
import { rerunHint } from "../../../lib/cli/render/run_summary.ts";
import type { HostOutcome } from "../../../lib/protocol/job/host_state.ts";

const OK: HostOutcome = { kind: "exited", code: 0 };
const FAILED: HostOutcome = { kind: "exited", code: 1 };
const MIXED = [
  { node: "web1", outcome: OK },
  { node: "web2", outcome: FAILED },
  { node: "web3", outcome: { kind: "expired" } as const },
  { node: "db1", outcome: { kind: "refused", code: "x", reason: "no" } as const },
];

Deno.test(
  "rerunHint is a command line for those that did not do well",
  () => {
    assert.equal(
      rerunHint(MIXED, () => ["-b", "--", "echo", "it's", "a b", "$HOME", "*"]),
      `rerun on these hosts: nanotrigger run -w 'db1,web[2-3]' -b -- echo 'it'\\''s' 'a b' '$HOME' '*'`,
    );
  },
);

Deno.test("rerunHint is silent where it would say nothing new", () => {
  const words = () => assert.fail("nobody needs them");
  assert.equal(rerunHint([], words), undefined);
  assert.equal(rerunHint([{ node: "a", outcome: OK }], words), undefined);
  assert.equal(rerunHint([{ node: "a", outcome: FAILED }], words), undefined);
});

Deno.test("rerunHint names the hosts alone where the line cannot be pasted", () => {
  const short = "rerun on these hosts: the same command with -w 'db1,web[2-3]'";
  for (const word of ["a\nb", "\x1b[2J", "\u202e", "x".repeat(3_000)]) {
    assert.equal(rerunHint(MIXED, () => ["--", word]), short);
  }
  assert.equal(rerunHint(MIXED, () => undefined), short);
  const many = Array.from(
    { length: 999 },
    (_, index) => ({ node: `n${index ** 2}`, outcome: FAILED }),
  );
  assert.equal(rerunHint([...MIXED, ...many], () => undefined), undefined);
});
