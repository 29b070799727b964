import assert from "node:assert/strict";
import { parseShellLine, type ShellLine } from "../../../lib/cli/shell/shell_line.ts";
import { TargetError } from "../../../lib/nodeset/mod.ts";

const rows: readonly (readonly [string, ShellLine])[] = [
  ["", { kind: "nothing" }],
  ["  \t", { kind: "nothing" }],
  ["# a comment", { kind: "nothing" }],
  ["uptime", { kind: "command", command: "uptime" }],
  ["a -b @c +d; ?", { kind: "command", command: "a -b @c +d; ?" }],
  [" @command", { kind: "command", command: "@command" }],
  [" =x", { kind: "command", command: "=x" }],
  [" quit", { kind: "command", command: "quit" }],
  ["quit now", { kind: "command", command: "quit now" }],
  ["quit ", { kind: "quit" }],
  ["exit", { kind: "quit" }],
  ["QUIT", { kind: "quit" }],
  ["?", { kind: "status" }],
  ["? ", { kind: "status" }],
  ["=", { kind: "mode" }],
  ["!ls -l", { kind: "local", command: "ls -l" }],
  ["! ls", { kind: "local", command: "ls" }],
  ["@web[1-3],@db", { kind: "set", line: "@web[1-3],@db" }],
  ["@@db ", { kind: "set", line: "@@db" }],
  ["+web4", { kind: "add", line: "+web4" }],
  ["- web4", { kind: "remove", line: "- web4" }],
];

for (const [line, expected] of rows) {
  Deno.test(`parseShellLine of ${JSON.stringify(line)}`, () => {
    assert.deepEqual(parseShellLine(line), expected);
  });
}

const refusals: readonly (readonly [line: string, position: number, said: RegExp])[] = [
  ["@", 1, /^expected a set of hosts.*: such as @web\[01-20\], @@db$/],
  ["+ ", 1, /^expected a set of hosts.*: such as \+web/],
  ["-", 1, /^expected a set of hosts.*: such as -web/],
  ["!", 1, /^expected a command.*: such as !date$/],
  ["?web1", 1, /^\? takes no argument: .*begin the line with a space to run it as a command$/],
  ["=web1", 1, /^= takes no argument: = changes the output; @SET chooses hosts; /],
];

for (const [line, position, said] of refusals) {
  Deno.test(`parseShellLine refuses ${JSON.stringify(line)}`, () => {
    assert.throws(() => parseShellLine(line), (error) => {
      assert.ok(error instanceof TargetError);
      assert.match(`${error.message}: ${error.hint}`, said);
      assert.deepEqual([error.input, error.position], [line.trimEnd(), position]);
      return true;
    });
  });
}
