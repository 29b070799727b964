import assert from "node:assert/strict";
import { builtInCommands, builtInNames } from "../../../lib/cli/args/built_in_commands.ts";
import { sectionsOf } from "../../../lib/cli/args/help.ts";
import { execProgram } from "../../../lib/cli/exec_program.ts";
import { triggerProgram } from "../../../lib/cli/trigger_program.ts";
import { assertRefused, parseExec, parseRun, parseTrigger } from "./command_lines.ts";

/** A request for help, and the text that answers it. */
type HelpText = readonly [title: string, text: string];

const PROGRAMS = [
  { program: execProgram, parse: parseExec },
  { program: triggerProgram, parse: parseTrigger },
] as const;

/** Returns what every command of both programs answers to the options `flags`. */
function helpTexts(...flags: readonly string[]): readonly HelpText[] {
  return PROGRAMS.flatMap(({ program, parse }) =>
    ["", ...program.commands.map(({ name }) => name), ...builtInNames].map((name): HelpText => {
      const args = [...words(name), ...flags];
      return [[program.name, ...args].join(" "), printed(parse, args)];
    })
  );
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
  for (const [title, text] of [...helpTexts("--help"), ...helpTexts("--help", "--all")]) {
    await t.step(title, (step) => step.assertSnapshot(text));
  }
});

Deno.test("the help fits 80 columns and has no loose ends", () => {
  for (const [title, text] of [...helpTexts("--help"), ...helpTexts("--help", "--all")]) {
    for (const line of text.split("\n")) {
      // Command lines are for copying: they are not broken into two lines.
      if (!/^ {4}nano/.test(line)) assert.ok(line.length <= 80, `${title}: ${line}`);
      assert.equal(line, line.trimEnd(), title);
    }
    assert.match(text, /^Usage: nano/);
    assert.match(text, /\nExamples:\n {2}\S.*: +nano|\nExamples:\n {2}\S.*:\n {4}nano/);
    assert.ok(text.endsWith("\n") && !text.endsWith("\n\n"), title);
  }
});

Deno.test("the overviews and short helps fit a terminal of 24 lines with its prompt", () => {
  for (const { program, parse } of PROGRAMS) {
    const short = [program.main, ...program.commands].filter(({ essentials }) => essentials);
    assert.ok(short.length > 0);
    for (const { name } of short) {
      const text = printed(parse, [...words(name), "--help"]);
      assert.ok(text.trimEnd().split("\n").length <= 23, `${program.name} ${name}`);
    }
  }
});

Deno.test("every help text is an imperative of at most 60 characters, mostly on one line", () => {
  for (const { program } of PROGRAMS) {
    for (const command of [program.main, ...program.commands]) {
      const options = sectionsOf(command).flatMap((section) => section.options);
      for (const { names, text } of options) {
        assert.match(text, /^[a-z-]+,? .*[^.]$/, `${command.name} ${names[0]}`);
        assert.ok(text.length <= 60, `${command.name} ${names[0]}: ${text.length}`);
      }
      for (const name of command.essentials ?? []) {
        assert.ok(options.some(({ names }) => names.includes(name)), `${command.name} ${name}`);
      }
    }
  }
});

Deno.test("the help of every command with results lists every exit status", () => {
  for (const name of ["", "run", "copy", "fetch", "send", "shell", "job"]) {
    const text = printed(parseTrigger, [...words(name), "--help", "--all"]);
    for (const status of [0, 1, 2, 4, 8, 16, 130, 131]) {
      assert.match(text, new RegExp(`\\n {2}${status} +\\S`), `${name} ${status}`);
    }
    assert.match(text, /2, 4, 8 and 16 are added/);
  }
});

Deno.test(
  "the examples in the help are command lines that are understood",
  () => {
    for (const program of [execProgram, triggerProgram] as const) {
      const parse = program === execProgram ? parseExec : parseTrigger;
      const own = [program, program.main, ...program.commands].flatMap((each) => each.examples);
      const builtIn = builtInCommands(program).flatMap((each) => each.examples);
      for (const { command } of [...own, ...builtIn]) {
        const [name, ...args] = shellWords(command);
        assert.equal(name, program.name, command);
        assert.equal(
          parse(args).kind,
          builtIn.some((each) => each.command === command) ? "print" : "command",
          command,
        );
      }
    }
  },
);

/** The words of a command line as a shell sees them: single quotes, and a redirection at its end. */
function shellWords(line: string): readonly string[] {
  const found = line.replace(/ (>>? \S+|\| man .*)$/, "").matchAll(/'([^']*)'|(\S+)/g);
  return [...found].map(([, quoted, bare]) => quoted ?? bare ?? "");
}

Deno.test(
  "--help is asked for in every place where an option may be",
  () => {
    const run = printed(parseTrigger, ["run", "--help"]);
    for (
      const args of [
        ["run", "-w", "web1", "--help"],
        ["run", "--help", "--", "ls"],
        ["run", "-b", "--help"],
        ["run", "--help", "-a"],
      ]
    ) assert.equal(printed(parseTrigger, args), run);
    const all = printed(parseTrigger, ["run", "--help", "--all"]);
    assert.ok(all.length > run.length);
    for (const args of [["help", "run"], ["run", "--all", "--help"]]) {
      assert.equal(printed(parseTrigger, args), all);
    }
    assert.equal(
      printed(parseExec, ["help", "audit", "verify"]),
      printed(parseExec, ["audit", "verify", "--help"]),
    );
    for (const parse of [parseExec, parseTrigger]) {
      assert.equal(printed(parse, ["help"]), printed(parse, ["--help"]));
      for (const name of builtInNames) {
        assert.equal(printed(parse, ["help", name]), printed(parse, [name, "--help"]));
      }
    }
  },
);

Deno.test("--all is an option of every command beside --help only", () => {
  assert.match(printed(parseTrigger, ["cosign", "--help", "--all"]), /^Usage: nanotrigger cosign/);
  assertRefused(parseTrigger, [
    [["cosign", "--all", "f"], "unknown option --all", ALL_ELSEWHERE],
    [["cosign", "--all", "--", "--help"], "unknown option --all", ALL_ELSEWHERE],
  ]);
});

const ALL_ELSEWHERE =
  "--all is an option of: nanotrigger run [OPTION]... -w SET [--] COMMAND [ARG]...";

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
    [["help", "nosuch"], "unknown command nosuch", "list the commands: nanotrigger --help"],
    [["help", "runn"], "unknown command runn", "did you mean run?"],
  ]);
});
