import assert from "node:assert/strict";
import { execProgram } from "../../../lib/cli/exec_program.ts";
import { manPage } from "../../../lib/cli/args/help.ts";
import { triggerProgram } from "../../../lib/cli/trigger_program.ts";
import { parseTrigger } from "./command_lines.ts";

Deno.test("the man page of nanoexec", async (t) => {
  await t.assertSnapshot(manPage(execProgram));
});

Deno.test(
  "manPage has a section for each command, and all of its options",
  () => {
    const page = manPage(triggerProgram);
    for (const { name } of triggerProgram.commands) {
      assert.ok(page.includes(`\n.SH ${name.toUpperCase()}\n`), name);
    }
    for (
      const option of [
        "\\-\\-host HOST|ALL",
        "\\-\\-list\\-hosts",
        "\\-\\-no\\-passphrase",
        "\\-\\-help",
      ]
    ) {
      assert.ok(page.includes(option), option);
    }
  },
);

Deno.test("manPage is roff: only known requests, and no line that is one by accident", () => {
  for (const line of manPage(triggerProgram).split("\n")) {
    if (/^['.]/.test(line)) assert.match(line, /^\.(TH|SH|SS|TP|PP|B|br)\b/);
    assert.doesNotMatch(line.replaceAll(/\\[-e&]/g, ""), /\\/);
  }
});

Deno.test("man prints the page", () => {
  assert.deepEqual(parseTrigger(["man"]), { kind: "print", text: manPage(triggerProgram) });
});
