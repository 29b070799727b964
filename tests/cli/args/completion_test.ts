import assert from "node:assert/strict";
import { formatMessage } from "@optique/core/message";
import { builtInCommands } from "../../../lib/cli/args/built_in_commands.ts";
import { completionText, findNameQuery, suggestions } from "../../../lib/cli/args/completion.ts";
import { sectionsOf } from "../../../lib/cli/args/help.ts";
import { execProgram } from "../../../lib/cli/exec_program.ts";
import { triggerProgram } from "../../../lib/cli/trigger_program.ts";
import { assertRefused, parseExec, parseTrigger } from "./command_lines.ts";

/** What completes the last word: texts, or the kind of files. */
function trigger(...words: string[]): readonly string[] {
  return suggestions(triggerProgram, words).map((one) =>
    one.kind === "file" ? `<${one.type}>` : one.text
  );
}

function exec(...words: string[]): readonly string[] {
  return suggestions(execProgram, words).map((one) =>
    one.kind === "file" ? `<${one.type}>` : one.text
  );
}

function printed(parse: (args: readonly string[]) => unknown, ...args: string[]): string {
  return (parse(args) as { readonly text: string }).text;
}

Deno.test("completion knows commands", () => {
  assert.deepEqual(trigger("k"), ["keygen", "key"]);
  assert.deepEqual(trigger("ru"), ["run"]);
  assert.deepEqual(exec("a"), ["audit"]);
  assert.deepEqual(exec("audit", ""), ["verify"]);
  assert.deepEqual(exec("audit", "v"), ["verify"]);
  assert.deepEqual(exec("check", "v"), []);
  assert.deepEqual(trigger("ho"), ["hosts"]);
  assert.deepEqual(trigger("hosts", ""), ["forget"]);
  assert.deepEqual(trigger("hosts", "forget", ""), []);
});

Deno.test("completion knows the operands of built-in commands", () => {
  assert.deepEqual(trigger("help", "ru"), ["run"]);
  assert.deepEqual(trigger("man", "hosts", ""), ["forget"]);
  assert.deepEqual(trigger("completion", ""), ["bash", "zsh", "fish"]);
  assert.deepEqual(exec("help", "m"), ["man"]);
  assert.deepEqual(trigger("run", "--he"), ["--help"]);
});

Deno.test("completion describes commands and options as the help does", () => {
  for (const program of [execProgram, triggerProgram]) {
    for (const command of [program.main, ...program.commands]) {
      for (const { names, text } of sectionsOf(command).flatMap((section) => section.options)) {
        for (const name of names) {
          const words = [...command.name.split(" ").filter((word) => word !== ""), name];
          const found = suggestions(program, words).find((each) =>
            each.kind === "literal" && each.text === name
          );
          const about = formatMessage(found?.description ?? [], { colors: false, quotes: false });
          assert.equal(about, text, words.join(" "));
        }
      }
    }
    for (const { name, brief } of [...program.commands, ...builtInCommands(program)]) {
      if (name.includes(" ")) continue;
      const found = suggestions(program, [name]).find((each) =>
        each.kind === "literal" && each.text === name
      );
      assert.equal(formatMessage(found?.description ?? []), brief);
    }
  }
});

Deno.test("completion knows options", () => {
  assert.deepEqual(trigger("--ho"), ["--host"]);
  assert.deepEqual(trigger("run", "--list"), ["--list-hosts", "--listen"]);
  assert.deepEqual(trigger("run", "-w", "web1", "-b", "--dry"), ["--dry-run"]);
  assert.deepEqual(trigger("keygen", "--no"), ["--no-passphrase"]);
  assert.deepEqual(exec("--sl"), ["--slots"]);
});

Deno.test("completion knows values", () => {
  assert.deepEqual(trigger("run", "--log-format", ""), ["text", "json"]);
  assert.deepEqual(trigger("run", "-b", "--log-format", "j"), ["json"]);
  assert.deepEqual(trigger("run", "--key", ""), ["<file>"]);
  assert.deepEqual(trigger("run", "--cwd", "/"), ["<directory>"]);
  assert.deepEqual(trigger("keygen", "-f", ""), ["<file>"]);
  assert.deepEqual(exec("--state", ""), ["<directory>"]);
  assert.deepEqual(exec("--trust", "/etc/"), ["<file>"]);
});

Deno.test("completion knows where files are meant, and where it knows nothing", () => {
  assert.deepEqual(trigger("cosign", "req"), ["<file>"]);
  assert.deepEqual(exec("audit", "verify", ""), ["<file>"]);
  assert.deepEqual(trigger("run", "-w", ""), []);
  assert.deepEqual(trigger("run", "-w", "a", "--", "--l"), []);
});

Deno.test(
  "completion answers for each shell, and prints its script",
  () => {
    for (const shell of ["bash", "zsh", "fish"]) {
      const script = printed(parseTrigger, "completion", shell);
      assert.match(script, /nanotrigger/);
      assert.match(script, new RegExp(`completion['" ]+${shell}`));
      const answer = parseTrigger(["completion", shell, "run", "--list-h"]);
      assert.ok(answer.kind === "completion" && answer.shell === shell);
      assert.match(completionText(shell, answer.own), /--list-hosts/);
      assert.equal(answer.wanted, undefined);
    }
    assert.match(printed(parseExec, "completion", "bash"), /nanoexec/);
  },
);

Deno.test("completion knows where names are meant that only a hub knows", () => {
  const rows: readonly (readonly [line: string, wanted: object | undefined])[] = [
    ["run -w |", { kind: "hosts", typed: "" }],
    ["run -b --nodes web1,d|", { kind: "hosts", typed: "web1,d" }],
    ["run -w web1 -x w|", { kind: "hosts", typed: "w" }],
    ["-h we|", { kind: "hosts", typed: "we" }],
    ["run -g d|", { kind: "groups", typed: "d" }],
    ["jobs -w |", { kind: "hosts", typed: "" }],
    ["job 1a|", { kind: "jobs", typed: "1a" }],
    ["job --follow |", { kind: "jobs", typed: "" }],
    ["job --hub ipc:///run/h.sock |", { kind: "jobs", typed: "", hub: "ipc:///run/h.sock" }],
    ["cancel -t 5 1|", { kind: "jobs", typed: "1" }],
    ["why |", { kind: "hosts", typed: "" }],
    ["why web1 |", { kind: "jobs", typed: "" }],
    ["hosts forget web1 w|", { kind: "hosts", typed: "w" }],
    ["run -w web1 -- l|", undefined],
    ["run -u |", undefined],
    ["run -|", undefined],
    ["jobs |", undefined],
    ["cosign |", undefined],
    ["|", undefined],
  ];
  for (const [line, wanted] of rows) {
    const words = line.slice(0, -1).split(" ");
    assert.deepEqual(findNameQuery(triggerProgram, words), wanted, line);
  }
});

Deno.test("completion refuses other shells", () => {
  assertRefused(parseTrigger, [
    [["completion"], "no shell given", "use one of bash, zsh, fish"],
    [["completion", "tcsh"], "unknown shell: tcsh", "use one of bash, zsh, fish"],
  ]);
});
