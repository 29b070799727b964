import assert from "node:assert/strict";
import { builtInCommands } from "../../../lib/cli/args/built_in_commands.ts";
import { sectionsOf } from "../../../lib/cli/args/help.ts";
import { manPage } from "../../../lib/cli/args/man_page.ts";
import { execProgram } from "../../../lib/cli/exec_program.ts";
import { triggerProgram } from "../../../lib/cli/trigger_program.ts";
import { assertRefused, parseTrigger } from "./command_lines.ts";

const PROGRAMS = [execProgram, triggerProgram];

/** All pages of both programs, each with its command. */
const pages = PROGRAMS.flatMap((program) =>
  [program.main, ...program.commands, ...builtInCommands(program)].map((command) => ({
    program,
    command,
    page: manPage(program, command),
  }))
);

Deno.test("the manual pages of nanoexec", async (t) => {
  await t.assertSnapshot(manPage(execProgram, execProgram.main));
  for (const command of execProgram.commands) {
    await t.assertSnapshot(manPage(execProgram, command));
  }
});

Deno.test("every page has all sections, all options, statuses, files and variables", () => {
  const sections = ["NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS", "EXAMPLES", "EXIT STATUS"];
  for (const { program, command, page } of pages) {
    for (const title of [...sections, "FILES", "ENVIRONMENT", "SEE ALSO"]) {
      assert.equal(page.split(`\n.SH ${title}\n`).length, 2, `${command.name}: ${title}`);
    }
    for (const { options } of sectionsOf(command)) {
      for (const name of options.flatMap(({ names }) => names)) {
        assert.ok(page.includes(name.replaceAll("-", "\\-")), `${command.name} ${name}`);
      }
    }
    for (const [file] of program.files) {
      assert.ok(page.includes(file.replaceAll("-", "\\-").replaceAll("~", "\\(ti")), file);
    }
    assert.ok(page.includes("NO_COLOR"));
  }
  const run = manPage(triggerProgram, triggerProgram.commands[0] ?? triggerProgram.main);
  for (const status of [0, 1, 2, 4, 8, 16, 130, 131]) {
    assert.ok(run.includes(`\n.TP\n.B ${status}\n`), String(status));
  }
});

Deno.test("the overview names the page of every command", () => {
  for (const program of PROGRAMS) {
    const overview = manPage(program, program.main);
    for (const { name } of [...program.commands, ...builtInCommands(program)]) {
      const page = [program.name, ...name.split(" ")].join("\\-");
      assert.ok(overview.includes(`\n.B ${page}(1)\n`), name);
    }
  }
});

Deno.test("a page is roff: only known requests, and no line that is one by accident", () => {
  for (const { page } of pages) {
    for (const line of page.split("\n")) {
      if (/^['.]/.test(line)) assert.match(line, /^\.(TH|SH|SS|TP|PP|B|nf|fi|RS|RE)\b/);
      assert.doesNotMatch(line.replaceAll(/\\(-|e|&|\((aq|ga|ha|ti|dq))/g, ""), /\\/);
    }
  }
});

Deno.test("man prints the overview or the page of a command", () => {
  const print = (text: string) => ({ kind: "print", text });
  const [run] = triggerProgram.commands;
  const forget = triggerProgram.commands.find(({ name }) => name === "hosts forget");
  assert.ok(run && forget);
  assert.deepEqual(parseTrigger(["man"]), print(manPage(triggerProgram, triggerProgram.main)));
  assert.deepEqual(parseTrigger(["man", "run"]), print(manPage(triggerProgram, run)));
  assert.deepEqual(
    parseTrigger(["man", "hosts", "forget"]),
    print(manPage(triggerProgram, forget)),
  );
  assertRefused(parseTrigger, [
    [["man", "runn"], "unknown command runn", "did you mean run?"],
    [["man", "run", "x"], "unknown command run x", "list the commands: nanotrigger --help"],
    [["man", "-x"], "unknown option -x"],
  ]);
});
