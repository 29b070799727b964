import assert from "node:assert/strict";
import { runOptionsForLine, shellCommand } from "../../../lib/cli/commands/shell_options.ts";
import { assertRefused, parse, parseFor } from "../args/command_lines.ts";

Deno.test("shell shows answers folded unless something else is said", () => {
  const folded = { kind: "gathered", fold: true, headers: true, withStderr: false };
  const rows: readonly (readonly [options: string, format: object])[] = [
    ["", folded],
    ["-b", folded],
    ["-B", { ...folded, withStderr: true }],
    ["-L", { kind: "gathered", fold: false, headers: false, withStderr: false }],
    ["--diff", { kind: "diff", reference: "lowest code", withStderr: false }],
  ];
  for (const [options, format] of rows) {
    const parsed = parseFor(shellCommand, `shell -w web1 ${options}`);
    assert.deepEqual(parsed.output.format, format, options);
  }
});

Deno.test("a line of the shell runs as run --shell does", () => {
  const options = "-t 3 -u 9 -l ann --cwd /srv --env A=b -f 2 -S -y --dry-run -b";
  const shell = parseFor(shellCommand, `shell -a ${options}`);
  const run = parse(`run -a ${options} --shell uptime`);
  assert.deepEqual(runOptionsForLine(shell, "uptime"), run);
});

Deno.test("shell refuses what makes no sense", () => {
  assertRefused((args) => parse(["shell", ...args]), [
    [
      [],
      "no target",
      "add -w SET, -g GROUP, --host NAME, or -a for every host",
    ],
    [
      ["-w", "web1", "--", "uptime", "-p"],
      'unexpected argument of shell: "uptime"',
      "for one command use nanotrigger run -w SET --shell 'uptime -p'",
    ],
    ...["-j", "--jsonl", "--outdir=d", "--errdir=d"].map((option) => {
      const [name = ""] = option.split("=");
      const hint = `use it for one command: nanotrigger run ${name} … --shell 'LINE'`;
      return [["-a", option], `${name} and shell do not go together`, hint] as const;
    }),
    ...[["-w", "-"], ["-a", "-x", "-"], ["-a", "--expect", "-"]].map((args) =>
      [
        args,
        "- reads standard input, and so does the shell",
        "read the names from a file: -w ^FILE",
      ] as const
    ),
    [
      ["-w", "web1", "--expect", "web2"],
      "--expect needs -a or ALL",
      "remove --expect: named hosts are waited for anyway, as long as -t",
    ],
  ]);
});
