import assert from "node:assert/strict";
import { suggestions } from "../../../lib/cli/options/completion.ts";
import { execProgram, parseExecOptions } from "../../../lib/cli/exec_options.ts";
import { parseTriggerOptions, triggerProgram } from "../../../lib/cli/trigger_options.ts";
import { assertRefused } from "./refusals.ts";

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

Deno.test("completion knows commands", { permissions: "none" }, () => {
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

Deno.test("completion knows options", { permissions: "none" }, () => {
  assert.deepEqual(trigger("--ho"), ["--host"]);
  assert.deepEqual(trigger("run", "--list"), ["--list-hosts", "--listen"]);
  assert.deepEqual(trigger("run", "-w", "web1", "-b", "--dry"), ["--dry-run"]);
  assert.deepEqual(trigger("keygen", "--no"), ["--no-passphrase"]);
  assert.deepEqual(exec("--sl"), ["--slots"]);
});

Deno.test("completion knows values", { permissions: "none" }, () => {
  assert.deepEqual(trigger("run", "--log-format", ""), ["text", "json"]);
  assert.deepEqual(trigger("run", "-b", "--log-format", "j"), ["json"]);
  assert.deepEqual(trigger("run", "--key", ""), ["<file>"]);
  assert.deepEqual(trigger("run", "--cwd", "/"), ["<directory>"]);
  assert.deepEqual(trigger("keygen", "-f", ""), ["<file>"]);
  assert.deepEqual(exec("--state", ""), ["<directory>"]);
  assert.deepEqual(exec("--trust", "/etc/"), ["<file>"]);
});

Deno.test("completion knows where files are meant, and where it knows nothing", {
  permissions: "none",
}, () => {
  assert.deepEqual(trigger("cosign", "req"), ["<file>"]);
  assert.deepEqual(exec("audit", "verify", ""), ["<file>"]);
  assert.deepEqual(trigger("run", "-w", ""), []);
  assert.deepEqual(trigger("run", "-w", "a", "--", "--l"), []);
});

Deno.test(
  "completion answers for each shell, and prints its script",
  { permissions: "none" },
  () => {
    for (const shell of ["bash", "zsh", "fish"]) {
      const script = printed(parseTriggerOptions, "completion", shell);
      assert.match(script, /nanotrigger/);
      assert.match(script, new RegExp(`completion['" ]+${shell}`));
      assert.match(
        printed(parseTriggerOptions, "completion", shell, "run", "--list-h"),
        /--list-hosts/,
      );
    }
    assert.match(printed(parseExecOptions, "completion", "bash"), /nanoexec/);
  },
);

Deno.test("completion refuses other shells", { permissions: "none" }, () => {
  assertRefused(parseTriggerOptions, [
    [["completion"], "nothing says for which shell", "choose one of bash, zsh, fish"],
    [["completion", "tcsh"], 'unknown shell "tcsh"', "choose one of bash, zsh, fish"],
  ]);
});
