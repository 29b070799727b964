import assert from "node:assert/strict";
import { execProgram } from "../../../lib/cli/exec_program.ts";
import { triggerProgram } from "../../../lib/cli/trigger_program.ts";
import { assertRefused, parseExec, parseRun, parseTrigger } from "./command_lines.ts";

/** The help texts of both programs, by the arguments that ask for them. */
function helpTexts(): readonly (readonly [title: string, text: string])[] {
  const exec = ["", ...execProgram.commands.map(({ name }) => name)].map((name) =>
    [
      ["nanoexec", ...words(name), "--help"].join(" "),
      printed(parseExec, [...words(name), "--help"]),
    ] as const
  );
  const trigger = ["", ...triggerProgram.commands.map(({ name }) => name)].map((name) =>
    [
      `nanotrigger ${name} --help`,
      printed(parseTrigger, [...words(name), "--help"]),
    ] as const
  );
  return [...exec, ...trigger];
}

function words(name: string): readonly string[] {
  return name === "" ? [] : name.split(" ");
}

function printed(parse: (args: readonly string[]) => unknown, args: readonly string[]): string {
  const options = parse(args) as { readonly kind: string; readonly text: string };
  assert.equal(options.kind, "print");
  return options.text;
}

Deno.test("the help of every command", async (t) => {
  for (const [title, text] of helpTexts()) {
    await t.step(title, (step) => step.assertSnapshot(text));
  }
});

Deno.test("the help fits 80 columns and has no loose ends", () => {
  for (const [title, text] of helpTexts()) {
    for (const line of text.split("\n")) {
      // Ways to write a command are for copying: they are not broken into two lines.
      if (!/^(Usage:| {6}) nano/.test(line)) assert.ok(line.length <= 80, `${title}: ${line}`);
      assert.equal(line, line.trimEnd(), title);
    }
    assert.match(text, /^Usage: nano/);
    assert.match(text, /\nExamples:\n {2}# .*\n {2}nano/);
    assert.ok(text.endsWith("\n") && !text.endsWith("\n\n"), title);
  }
});

Deno.test(
  "the examples in the help are command lines that are understood",
  () => {
    for (const program of [execProgram, triggerProgram] as const) {
      const parse = program === execProgram ? parseExec : parseTrigger;
      for (const { examples } of [program.main, ...program.commands]) {
        for (const { command } of examples) {
          const [name, ...args] = shellWords(command);
          assert.equal(name, program.name, command);
          assert.equal(parse(args).kind, "command", command);
        }
      }
    }
  },
);

/** The words of a command line as a shell sees them: single quotes, and a redirection at its end. */
function shellWords(line: string): readonly string[] {
  const found = line.replace(/ >>? \S+$/, "").matchAll(/'([^']*)'|(\S+)/g);
  return [...found].map(([, quoted, bare]) => quoted ?? bare ?? "");
}

Deno.test(
  "--help is asked for in every place where an option may be",
  () => {
    const run = printed(parseTrigger, ["run", "--help"]);
    for (
      const args of [
        ["help", "run"],
        ["run", "-w", "web1", "--help"],
        ["run", "--help", "--", "ls"],
        ["run", "-b", "--help"],
      ]
    ) assert.equal(printed(parseTrigger, args), run);
    assert.equal(
      printed(parseExec, ["help", "audit", "verify"]),
      printed(parseExec, ["audit", "verify", "--help"]),
    );
    assert.equal(printed(parseExec, ["help"]), printed(parseExec, ["--help"]));
  },
);

Deno.test("what is meant for somebody else is not a call for help", () => {
  const shown = parseRun(["run", "-w", "a", "ls", "--help"]);
  assert.deepEqual(shown.command, { kind: "argv", argv: ["ls", "--help"] });
  const line = parseRun(["--host=a", "-c", "--help"]);
  assert.deepEqual(line.command, { kind: "shell", line: "--help" });
  assertRefused(parseTrigger, [
    [["--helpp"], "unknown option --helpp", "did you mean --help?"],
    [["--help=run"], "option --help takes no value"],
    [["help", "rnu"], "unknown command rnu", "did you mean run?"],
  ]);
});

Deno.test("--version says how much was asked for", () => {
  const rows: readonly (readonly [readonly string[], number])[] = [
    [["--version"], 0],
    [["--version", "-v"], 1],
    [["-vv", "--version"], 2],
  ];
  for (const [args, verbosity] of rows) {
    assert.deepEqual(parseExec(args), { kind: "version", verbosity });
    assert.deepEqual(parseTrigger(args), { kind: "version", verbosity });
  }
  assertRefused(parseTrigger, [[["run", "--version"], "unknown option --version"]]);
});

Deno.test("there is no help for a command that there is not", () => {
  assertRefused(parseTrigger, [
    [["help", "nosuch"], "unknown command nosuch", "nanotrigger --help lists them"],
    [["help", "runn"], "unknown command runn", "did you mean run?"],
  ]);
});
