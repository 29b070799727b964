import assert from "node:assert/strict";
import {
  assertRefused,
  DEFAULTS,
  parse,
  parseRun,
  target,
  UPTIME,
  WEB1,
  words,
} from "../args/command_lines.ts";

Deno.test(
  "the command lines of the first program work as they are",
  () => {
    const expected = { kind: "run", target: WEB1, command: UPTIME, ...DEFAULTS };
    const lines = [
      "--host=web1 --command=uptime",
      "--host web1 --command uptime",
      "--command=uptime --host=web1",
      "-h web1 -c uptime",
      "-hweb1 -cuptime",
      "-c uptime --host=web1",
    ];
    for (const line of lines) assert.deepEqual(parse(line), expected, line);
    assert.deepEqual(parse("--host=ALL --command=uptime"), {
      ...expected,
      target: target({ kind: "all" }),
    });
    assert.deepEqual(parse(["-h", "web1", "-c", "-x | y 'z'"]), {
      ...expected,
      command: { kind: "shell", line: "-x | y 'z'" },
    });
  },
);

Deno.test("--insecure goes with the form of the first program", () => {
  const parsed = parseRun("--host=web1 --command=uptime --insecure -t 3 --listen tcp://*:1");
  assert.equal(parsed.insecure, true);
});

const RUN = "nanotrigger run [OPTION]... -w SET [--] COMMAND [ARG]...";
const NO_OPERANDS = "list the commands with nanotrigger --help, or write --command='LINE'";
const NOT_INSECURE = "remove --insecure: an unsigned command is one line of text and nothing else";

Deno.test("the classic form refuses what makes no sense", () => {
  const line = ["--host=a", "--command=x"];
  assertRefused(parse, [
    [[], "nothing to do", "list the commands: nanotrigger --help"],
    [["-v"], "nothing to do", "list the commands: nanotrigger --help"],
    [
      ["--command=x"],
      "no host given",
      "add --host=NAME, or --host=ALL for every host",
    ],
    [["--host=a"], "no command given", "add --command='uptime'"],
    [["--host=a", "--command="], "-c/--command: LINE is empty"],
    [["--host=", "--command=x"], '-h/--host: "" is not one host name or ALL'],
    [["--host=a:b", "--command=x"], '-h/--host: "a:b" is not one host name or ALL'],
    [["--hots=a", "--command=x"], "unknown option --hots", "did you mean --host?"],
    [[...line, "--listen", "4444"], '--listen: "4444" is not a URL such as tcp://HOST:PORT'],
    [
      [...line, "--expect", "b"],
      "--expect needs -a or ALL",
      "remove --expect: a named host is waited for anyway, as long as -t",
    ],
    [[...line, "extra"], '"extra" is not an option or a command', NO_OPERANDS],
    [["uptime"], '"uptime" is not an option or a command', NO_OPERANDS],
    [["-w", "web1", "uptime"], "unknown option -w", `-w is an option of: ${RUN}`],
    [["rnu"], "unknown command rnu", "did you mean run?"],
    [["keygne"], "unknown command keygne", "did you mean keygen?"],
    [["bogus"], '"bogus" is not an option or a command', NO_OPERANDS],
  ]);
});

Deno.test("--insecure refuses what an unsigned line cannot carry", () => {
  const line = ["--host=a", "--command=x", "--insecure"];
  const options = [
    "-u 5",
    "-l bob",
    "--cwd /",
    "--env A=1",
    "--note x",
    "--max-output 1K",
    "--dry-run",
  ];
  assertRefused(
    parse,
    [...options, "--key k"].map((option) => [
      [...line, ...words(option)],
      `${words(option)[0]} and --insecure do not go together`,
      NOT_INSECURE,
    ]),
  );
});
