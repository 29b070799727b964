import assert from "node:assert/strict";
import { execProgram } from "../../../lib/cli/exec_options.ts";
import { completionAnswer, suggestions } from "../../../lib/cli/options/completion.ts";
import { triggerProgram } from "../../../lib/cli/trigger_options.ts";
import { assertRefused } from "./refusals.ts";
import { parse } from "./usual.ts";

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
      const script = completionAnswer(triggerProgram, [shell]);
      assert.match(script, /nanotrigger/);
      assert.match(script, new RegExp(`completion['" ]+${shell}`));
      const answer = completionAnswer(triggerProgram, [shell, "run", "--list-h"]);
      assert.match(answer, /--list-hosts/);
    }
    assert.match(completionAnswer(execProgram, ["bash"]), /nanoexec/);
    assert.deepEqual(parse("completion zsh run -"), {
      kind: "completion",
      words: ["zsh", "run", "-"],
    });
  },
);

Deno.test("completion refuses other shells", { permissions: "none" }, () => {
  assertRefused((words) => completionAnswer(triggerProgram, words), [
    [[], "nothing says for which shell", "choose one of bash, zsh, fish"],
    [["tcsh"], 'unknown shell "tcsh"', "choose one of bash, zsh, fish"],
  ]);
});
