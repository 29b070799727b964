import assert from "node:assert/strict";
import {
  assertRefused,
  DEFAULTS,
  parse,
  parseRun,
  sets,
  target,
  TRUE,
  written,
} from "../args/command_lines.ts";

Deno.test("run takes targets in every form", () => {
  const all = { kind: "all" };
  const groups = (...texts: readonly string[]) =>
    texts.map((text) => written(text, "-g", "groups"));
  const without = (...texts: readonly string[]) => texts.map((text) => written(text, "-x"));
  const limit = { share: { kind: "percent", percent: 10 }, seed: undefined };
  const rows: readonly (readonly [options: string, target: object])[] = [
    ["-w web[1-3],@db", target(sets("web[1-3],@db"))],
    ["--nodes=web1", target(sets("web1"))],
    ["-w web1 -w web2", target(sets("web1", "web2"))],
    ["-w -", target(sets("-"))],
    ["-w ^a/hosts", target(sets("^a/hosts"))],
    ["-w ALL", target(all)],
    [
      "-g rack[1-4] --group slurm:gpu",
      target({ kind: "sets", sets: groups("rack[1-4]", "slurm:gpu") }),
    ],
    ["-g db -w web1", target({ kind: "sets", sets: [written("web1"), ...groups("db")] })],
    ["-F os=linux --fact cpus>4", target(all, { facts: ["os=linux", "cpus>4"] })],
    ["-w web* -F os!=linux", target(sets("web*"), { facts: ["os!=linux"] })],
    ["-a --limit 10%", target(all, { limit })],
    ["-a --limit=10% --limit-seed 7", target(all, { limit: { ...limit, seed: "7" } })],
    ["-h web1", target({ kind: "host", name: "web1" })],
    ["--host ALL", target(all)],
    ["-a", target(all)],
    ["--all", target(all)],
    ["-a -x db[1-2]", target(all, { exclude: without("db[1-2]") })],
    ["-w @web --exclude a -x b", target(sets("@web"), { exclude: without("a", "b") })],
    ["--select os=debian", target(all, { select: "os=debian" })],
    ["-w @web --select os=debian", target(sets("@web"), { select: "os=debian" })],
  ];
  for (const [options, expected] of rows) {
    const parsed = parse(`run ${options} -- true`);
    assert.deepEqual(
      parsed,
      { kind: "run", target: expected, command: TRUE, ...DEFAULTS },
      options,
    );
  }
});

Deno.test("run takes the command as it is", () => {
  const argv = (...words: readonly string[]) => ({ kind: "argv", argv: words });
  const rows: readonly (readonly [args: readonly string[], command: object])[] = [
    [["--", "ls", "-l"], argv("ls", "-l")],
    [["ls", "-l", "--", "-w"], argv("ls", "-l", "--", "-w")],
    [["-S", "env", "--", "ls"], argv("env", "--", "ls")],
    [["--", "-x"], argv("-x")],
    [["--", "--help"], argv("--help")],
    [["echo", "", "a b", "k=v", "'q'"], argv("echo", "", "a b", "k=v", "'q'")],
    [["--shell", "a | b"], { kind: "shell", line: "a | b" }],
    [["--shell", "--", "-x"], { kind: "shell", line: "-x" }],
    [["--script", "d/s.sh"], { kind: "script", file: "d/s.sh", args: [] }],
    [["--script=s", "--", "-x", "--"], { kind: "script", file: "s", args: ["-x", "--"] }],
    [["--script=s", "a", "-x"], { kind: "script", file: "s", args: ["a", "-x"] }],
  ];
  for (const [args, expected] of rows) {
    const parsed = parseRun(["run", "-w", "a", ...args]);
    assert.deepEqual(parsed.command, expected, args.join(" "));
  }
});

Deno.test("run --list-hosts needs no command", () => {
  const expected = {
    kind: "list-hosts",
    target: target(sets("@web"), { exclude: [written("web3", "-x")] }),
    key: undefined,
    passphraseFile: undefined,
    listen: [],
    hub: undefined,
    expect: undefined,
    verbosity: 0,
    logFormat: "text",
  };
  const key = { key: "d/k", passphraseFile: "d/p" };
  assert.deepEqual(parse("run -w @web -x web3 --list-hosts"), expected);
  assert.deepEqual(
    parse("run -w @web -x web3 --list-hosts --key d/k --passphrase-file d/p"),
    { ...expected, ...key },
  );
  assert.deepEqual(parse("run -w @web -x web3 --list-hosts -- uptime"), expected);
});

Deno.test("run refuses a target that is missing, double or late", () => {
  const give = "add -w SET, -g GROUP, --host NAME, or -a for every host";
  const late = (option: string) => `${option} after the command is part of the command`;
  const first = "write options first: nanotrigger run -w SET -- COMMAND [ARG]...";
  assertRefused((args) => parse(["run", ...args]), [
    [["--", "true"], "no target", give],
    [["-x", "a", "--", "true"], "no target", give],
    [["-w", "", "--", "true"], "-w/--nodes: SET is empty"],
    [["-h"], "option -h needs a value: -h HOST|ALL", "for help write --help"],
    [
      ["-a", "--hub", "ipc:///h", "--listen", "tcp://*:1", "x"],
      "--hub and --listen do not go together",
      "use --hub with a running hub, --listen without one",
    ],
    [
      ["-h", "web[1-2]", "x"],
      '-h/--host: "web[1-2]" is not one host name or ALL',
      "did you mean -w 'web[1-2]'? --host takes one name",
    ],
    [
      ["-w", "a", "-a", "x"],
      "-w and -a both select hosts",
      "-a selects every host: remove -w or -a",
    ],
    [
      ["-h", "a", "-a", "x"],
      "--host and -a both select hosts",
      "-a selects every host: remove --host or -a",
    ],
    [
      ["-w", "a", "-h", "b", "x"],
      "-w and --host both select hosts",
      "write one set: -w 'web1,db[1-3]'",
    ],
    [
      ["-w", "a", "--expect", "b", "x"],
      "--expect needs -a or ALL",
      "remove --expect: named hosts are waited for anyway, as long as -t",
    ],
    [
      ["-g", "a", "-a", "x"],
      "-g and -a both select hosts",
      "-a selects every host: remove -g or -a",
    ],
    [["-a", "--limit", "0", "x"], '--limit: "0" is not a number from 1, or 1% to 100%'],
    [["-a", "--limit", "101%", "x"], '--limit: "101%" is not a number from 1, or 1% to 100%'],
    [["-a", "--limit", "1.5", "x"], '--limit: "1.5" is not a number from 1, or 1% to 100%'],
    [
      ["-a", "--limit-seed", "7", "x"],
      "--limit-seed needs --limit",
      "add --limit N or --limit N%",
    ],
    [
      ["-a", "--limit", "7", "--save", "f", "x"],
      "--limit and --save do not go together",
      "choose the hosts now: --list-hosts --limit prints a set for -w",
    ],
    [["uptime", "-w", "web1"], late("-w"), first],
    [["uptime", "--host=web1"], late("--host=web1"), first],
  ]);
});

Deno.test("run refuses options that do not go together", () => {
  const whole = "remove the other option: JSON has the whole output of every host";
  assertRefused((args) => parse(["run", "-w", "a", ...args]), [
    [
      ["-j", "--jsonl", "x"],
      "-j and --jsonl do not go together",
      "use -j for one document at the end, --jsonl for a stream",
    ],
    ...["-b", "-B", "-L", "-N", "--raw", "--diff", "--mask"].flatMap((option) => [
      [[option, "-j", "x"], `-j and ${option} do not go together`, whole] as const,
      [["--jsonl", option, "x"], `--jsonl and ${option} do not go together`, whole] as const,
    ]),
    [["--mask-re=x", "-j", "x"], "-j and --mask do not go together", whole],
    [
      ["-L", "--diff", "x"],
      "-L and --diff do not go together",
      "use -L for the output of each host, --diff for differences",
    ],
    ...["--diff", "--mask"].map((option) =>
      [
        [option, "-N", "x"],
        "-N and --diff do not go together",
        "remove -N: a diff needs host names",
      ] as const
    ),
    [
      ["--dry-run", "--list-hosts"],
      "--list-hosts and --dry-run do not go together",
      "choose one: --list-hosts resolves the target, --dry-run asks every host",
    ],
  ]);
});

const INSECURE =
  "--insecure is an option of: nanotrigger [OPTION]... --host=HOST|ALL --command=LINE";

Deno.test("run refuses what cannot be read", () => {
  const last = "write it last: nanotrigger run -w SET -- COMMAND [ARG]...";
  assertRefused((args) => parse(["run", "-w", "a", ...args]), [
    [[], "no command given", last],
    [["--", ""], "no command given", last],
    [["--mask-re", "[", "x"], '--mask-re: "[" is not a regular expression'],
    [
      ["--mask-re=x*", "x"],
      '--mask-re: "x*" matches the empty text',
    ],
    [
      ["--shell", "echo", "hi"],
      "--shell takes one argument, the whole line",
      "quote it: --shell 'echo hi'",
    ],
    [
      ["--shell", "--script", "s"],
      "--shell and --script do not go together",
      "choose one: --shell takes a command line, --script a file",
    ],
    [["--script", "", "x"], "--script: the path is empty"],
    [
      ["--cwd", "tmp", "x"],
      '--cwd "tmp" is not an absolute path',
      "use the full path of a directory on the hosts",
    ],
    [["--env", "A=1", "--env", "A=2", "x"], "variable set twice by --env: A"],
    [["-t", "0", "x"], '-t/--delivery-timeout: "0" is not more than 0'],
    [["-u", "25d", "x"], '-u/--run-timeout: "25d" is longer than the maximum, 1h'],
    [
      ["--secret", "PW=hunter2", "x"],
      "--secret: not NAME=@FILE with NAME in capital letters",
    ],
    [
      ["--secret", "pw=@f", "x"],
      "--secret: not NAME=@FILE with NAME in capital letters",
    ],
    [["--secret", "A=@1", "--secret", "A=@2", "x"], "variable set twice by --secret: A"],
    [["--env", "A=1", "--secret", "A=@2", "x"], "variable set by both --env and --secret: A"],
    [
      Array.from({ length: 17 }, (_, index) => `--secret=A${index}=@f`),
      "too many secrets: 17, maximum 16",
    ],
    [
      ["--save", "f", "--secret", "A=@1", "x"],
      "--save and --secret do not go together",
      "store the secret on the hosts: saved requests hold no secrets",
    ],
    [["--splay", "2h", "x"], '--splay: "2h" is longer than the maximum, 1h'],
    [["--note", "", "x"], "--note: TEXT is empty"],
    [["--note", "é".repeat(101), "x"], "--note: TEXT is longer than 200 bytes"],
    [["--max-output", "1G", "x"], '--max-output: "1G" exceeds the maximum, 16M'],
    [["-l", "0", "x"], '-l/--login: "0" is not a user name'],
    [["-t", "1", "-t", "2", "x"], "-t is given twice"],
    [["-bb", "x"], "-b is given twice"],
    [["--lisen", "x"], "unknown option --lisen", "did you mean --listen?"],
    [["-z", "x"], "unknown option -z"],
    [["-w"], "option -w needs a value: -w SET"],
    [["--insecure", "x"], "unknown option --insecure", INSECURE],
    [
      ["-S", "os = debian", "-w", "a", "--", "x"],
      "-S takes no value: it selects the largest exit code as the status",
      'did you mean --select "os = debian"?',
    ],
  ]);
});

Deno.test("run --save signs into a file, and --valid says for how long", () => {
  const rows: readonly (readonly [options: string, change: object])[] = [
    ["--save f", { save: "f" }],
    ["--save=- --valid 24h", { save: "-", validMs: 86_400_000 }],
    ["--save f --dry-run", { save: "f", dryRun: true }],
  ];
  const usual = { kind: "run", target: target({ kind: "all" }), command: TRUE, ...DEFAULTS };
  for (const [options, change] of rows) {
    assert.deepEqual(parse(`run -a ${options} -- true`), { ...usual, ...change }, options);
  }
  assertRefused((args) => parse(["run", "-a", ...args, "--", "true"]), [
    [["--save", ""], "--save: the path is empty"],
    [["--save", "f", "--valid", "2d"], '--valid: "2d" is longer than the maximum, 1d'],
    [
      ["--valid", "1h"],
      "--valid needs --save",
      "remove --valid: the life of a submitted request follows from -t",
    ],
    [
      ["--save", "f", "--list-hosts"],
      "--list-hosts and --save do not go together",
      "choose one: the target of a saved request is resolved when it is sent",
    ],
  ]);
});

Deno.test("run reads for the commands only what --stdin says", () => {
  for (const [words, stdin] of [["--stdin -", "-"], ["--stdin=a/b", "a/b"], ["", undefined]]) {
    const parsed = parseRun(`run -a ${words} -- true`);
    assert.equal(parsed.stdin, stdin);
  }
  assertRefused((args) => parse(["run", ...args, "--", "true"]), [
    [
      ["-w", "-", "--stdin", "-"],
      "-w - and --stdin - both read standard input",
      "read one of them from a file: -w ^FILE, --stdin FILE",
    ],
    [
      ["-w", "a*", "-x", "-", "--stdin", "-"],
      "-x - and --stdin - both read standard input",
      "read one of them from a file: -w ^FILE, --stdin FILE",
    ],
    [
      ["-w", "-", "-w", "-"],
      "-w - and -w - both read standard input",
      "read one of them from a file: -w ^FILE, --stdin FILE",
    ],
    [
      ["-a", "--expect", "-", "--stdin=-"],
      "--expect - and --stdin - both read standard input",
      "read one of them from a file: -w ^FILE, --stdin FILE",
    ],
    [
      ["-a", "--stdin", "f", "--save", "r"],
      "--stdin and --save do not go together",
      "use --stdin without --save: input is signed while the command runs",
    ],
  ]);
});
