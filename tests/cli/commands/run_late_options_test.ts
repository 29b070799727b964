import assert from "node:assert/strict";
import { assertRefused, parse, parseRun } from "../args/command_lines.ts";

Deno.test(
  "run remembers what looks like an option behind the command",
  () => {
    const rows: readonly (readonly [args: readonly string[], late: string | undefined])[] = [
      [["uptime", "-b"], "-b"],
      [["uptime", "-Z", "-b", "-S"], "-b"],
      [["--", "uptime", "-b", "--dry-run"], undefined],
      [["env", "--", "ls", "-b", "--batch=3"], undefined],
      [["uptime", "b"], undefined],
      [["sort", "-n"], undefined],
      [["uptime", "-bL"], "-bL"],
      [["uptime", "-bLt90"], "-bLt90"],
      [["uptime", "-t90s"], "-t90s"],
      [["uptime", "-bZ"], undefined],
      [["find", "-type", "f"], undefined],
      [["printf", "-"], undefined],
    ];
    for (const [args, late] of rows) {
      const parsed = parseRun(["run", "-w", "a", ...args]);
      assert.equal(parsed.lateOption, late, args.join(" "));
    }
  },
);

Deno.test(
  "run refuses a long option of its own behind the command",
  () => {
    assertRefused((args) => parse(["run", "-w", "a", ...args]), [
      [
        ["rm", "-r", "dir", "--dry-run"],
        "--dry-run after the command would be part of the command",
        "write it before the command if it is for nanotrigger, else write -- before the command",
      ],
    ]);
  },
);
