/**
 * How sessions in the documentation are read and compared.
 * @module
 */
import assert from "node:assert/strict";
import { shellWords } from "../../support/docs/doc_options.ts";
import { codeSpans, readPage, tableCommands } from "../../support/docs/markdown.ts";
import { lineMatches, outputMatches, refreshedOutput } from "../../support/docs/output_match.ts";

const PAGE = `# Title

<!-- stage: agents web1 -->
Text with \`--option\`.

<!-- not run: needs a terminal -->
\`\`\`console
web1# first \\
  --more
one
$ second
\`\`\`
`;

Deno.test("a session is read as commands with machines and output", () => {
  const [stage, notRun, block] = readPage(PAGE);
  const directive = { name: "stage", machine: "", text: "agents web1" };
  assert.deepEqual(stage, { kind: "directive", directive });
  assert.ok(notRun?.kind === "directive" && block?.kind === "block");
  assert.deepEqual(block.directives, [notRun.directive]);
  assert.deepEqual(block.commands, [
    { machine: "web1", line: "first --more", outputAt: 9, output: ["one"] },
    { machine: "", line: "second", outputAt: 11, output: [] },
  ]);
});

Deno.test("a comment that is no directive and an open block are errors", () => {
  assert.throws(() => readPage("<!-- stage agents -->"), SyntaxError);
  assert.throws(() => readPage("```sh\necho"), SyntaxError);
});

Deno.test("commands stand in the last cell of a row, options in code spans", () => {
  assert.deepEqual(tableCommands("| `a` | `nanotrigger run \\| x` |", "nanotrigger"), [
    "nanotrigger run | x",
  ]);
  assert.deepEqual(codeSpans(PAGE), ["--option"]);
});

Deno.test("a line of shell is split at blanks outside of quotes", () => {
  assert.deepEqual(shellWords(`run -w 'web[1-2]' "a b" c\\ d`), [
    "run",
    "-w",
    "web[1-2]",
    "a b",
    "c d",
  ]);
});

Deno.test("volatile values match others of their kind, and nothing else", () => {
  assert.ok(lineMatches("job: b081d144, 0s ago, upgrade", "job: 9b9b7fc1, 12s ago, upgrade"));
  assert.ok(lineMatches("here … ms", "here 8.2 / 9.1 ms") === false);
  assert.ok(lineMatches("here, …, clocks fine", "here, 8.2 / 9.1 ms, clocks fine"));
  assert.ok(!lineMatches("web1: exited with exit code 1", "web1: exited with exit code 2"));
  assert.ok(!lineMatches("a.c", "abc"), "a dot is a dot");
});

Deno.test("hosts answer in any order; a line with an ellipsis stands for any lines", () => {
  assert.ok(outputMatches(["web1: a", "web2: b"], ["web2: b", "web1: a"]));
  assert.ok(outputMatches(["first", "…"], ["first", "second", "third"]));
  assert.ok(outputMatches(["…", "last"], ["first", "last"]));
  assert.ok(!outputMatches(["first"], ["first", "second"]));
  assert.ok(!outputMatches(["first", "second"], ["second", "first"]));
});

Deno.test("new output keeps the form of old lines that stand for it", () => {
  const old = ["job 11111111 of ann@…", "gone"];
  assert.deepEqual(refreshedOutput(old, ["job 22222222 of ann@vm", "new"]), [
    "job 11111111 of ann@…",
    "new",
  ]);
});
