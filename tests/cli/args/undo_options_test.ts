import assert from "node:assert/strict";
import { assertRefused, parse, parseRun } from "./command_lines.ts";

Deno.test("run reads what undoes a command", () => {
  const rows: readonly (readonly [readonly string[], object])[] = [
    [[], { undo: undefined, confirm: false }],
    [["--undo", "a b"], { undo: { command: "a b", withinMs: 120_000 }, confirm: false }],
    [
      ["--undo=a", "--confirm-within", "1h", "--confirm"],
      { undo: { command: "a", withinMs: 3_600_000 }, confirm: true },
    ],
  ];
  for (const [args, expected] of rows) {
    const parsed = parseRun(["run", "-w", "a", ...args, "x"]);
    assert.deepEqual(parsed.undoing, expected);
  }
});

Deno.test("run refuses what undoes nothing", () => {
  const hint = "add --undo LINE, the shell line of the rollback";
  assertRefused((args) => parse(["run", "-w", "a", ...args]), [
    [["--confirm", "x"], "--confirm needs --undo", hint],
    [["--confirm-within", "5s", "x"], "--confirm-within needs --undo", hint],
    [
      ["--undo", "a", "--batch", "2", "x"],
      "--undo and a rollout do not go together",
      "select fewer hosts with -w, confirm, and continue with the next ones",
    ],
    [["--undo", "", "x"], "--undo: LINE is empty"],
    [
      ["--undo", "a", "--confirm-within", "2d", "x"],
      '--confirm-within: "2d" is longer than the maximum, 1d',
    ],
    [
      ["--undo", "a", "--confirm-within", "5ms", "x"],
      "--confirm-within must be at least 1s",
    ],
  ]);
});
