import assert from "node:assert/strict";
import { assertRefused, optionsOf, parseExec } from "./args/command_lines.ts";

const AGENT = {
  urls: ["tcp://m:1"],
  user: undefined,
  hostname: undefined,
  insecure: false,
  trust: [],
  state: undefined,
  slots: undefined,
  verbosity: 0,
  logFormat: "text",
};

const KEY_LINE = "nanoexec-ed25519 AAAAC3 alice";

function parse(args: readonly string[]): unknown {
  return optionsOf(parseExec(args));
}

Deno.test("the agent takes its options, before or after the URL", () => {
  const rows: readonly (readonly [args: readonly string[], change: object])[] = [
    [[], {}],
    [["-u", "nobody"], { user: "nobody" }],
    [["--user=nobody"], { user: "nobody" }],
    [["-h", "web1"], { hostname: "web1" }],
    [["--hostname", "web1.example.com"], { hostname: "web1.example.com" }],
    [["-v"], { verbosity: 1 }],
    [["-vv", "--verbose"], { verbosity: 3 }],
    [["--insecure"], { insecure: true }],
    [["--trust", "ops.keys"], { trust: [{ kind: "file", path: "ops.keys" }] }],
    [["--trust", KEY_LINE], { trust: [{ kind: "line", line: KEY_LINE }] }],
    [["--trust", `no-shell ${KEY_LINE}`, "--trust=f"], {
      trust: [{ kind: "line", line: `no-shell ${KEY_LINE}` }, { kind: "file", path: "f" }],
    }],
    [["--state", "/var/lib/x"], { state: "/var/lib/x" }],
    [["--slots", "8"], { slots: 8 }],
    [["--log-format", "json"], { logFormat: "json" }],
  ];
  for (const [args, change] of rows) {
    assert.deepEqual(parse([...args, "tcp://m:1"]), { ...AGENT, ...change }, args.join(" "));
    assert.deepEqual(parse(["tcp://m:1", ...args]), { ...AGENT, ...change }, args.join(" "));
  }
});

Deno.test(
  "the agent takes several URLs, or leaves it to what is baked in",
  () => {
    assert.deepEqual(parse(["tcp://a:1", "tls+tcp://b:2"]), {
      ...AGENT,
      urls: ["tcp://a:1", "tls+tcp://b:2"],
    });
    assert.deepEqual(parse([]), { ...AGENT, urls: [] });
  },
);

const HELP = "nanoexec --help lists options and commands";

Deno.test("the agent refuses what makes no sense", () => {
  assertRefused(parse, [
    [
      ["master:4444"],
      '"master:4444" is not a URL or a command',
      "did you mean tcp://master:4444?",
    ],
    [["4444"], '"4444" is not a URL or a command', HELP],
    [[""], '"" is not a URL or a command', HELP],
    [["chekc"], "unknown command chekc", "did you mean check?"],
    [["audit"], "incomplete command audit", "did you mean nanoexec audit verify?"],
    [["audit", "verfy"], "incomplete command audit", "did you mean nanoexec audit verify?"],
    [["--hostnmae", "a", "tcp://m:1"], "unknown option --hostnmae", "did you mean --hostname?"],
    [["-h", "ALL", "tcp://m:1"], '-h/--hostname: "ALL" is not one host name'],
    [["-h", "a b", "tcp://m:1"], '-h/--hostname: "a b" is not one host name'],
    [["-u", "#0", "tcp://m:1"], '-u/--user: "#0" is not a user name'],
    [["-u", "0", "tcp://m:1"], '-u/--user: "0" is not a user name'],
    [["--slots", "0", "tcp://m:1"], '--slots: "0" is not a number from 1 to 10000'],
    [["--slots", "x", "tcp://m:1"], '--slots: "x" is not a number from 1 to 10000'],
    [["--trust", " ", "tcp://m:1"], "--trust: empty file name"],
    [["--trust", `${KEY_LINE}\n${KEY_LINE}`, "tcp://m:1"], "--trust: a public key is one line"],
    [["--log-format", "xml", "tcp://m:1"], '--log-format: "xml" is not one of text, json'],
    [["--hostname"], "option --hostname needs a value: --hostname NAME"],
    [["--insecure=yes"], "option --insecure takes no value"],
    [
      ["--key", "x"],
      "unknown option --key",
      "--key is an option of: nanoexec check --key NAME [OPTION]... -- COMMAND [ARG]...",
    ],
  ]);
});

Deno.test("check asks what the policy says", () => {
  const usual = {
    key: "alice",
    user: undefined,
    hostname: undefined,
    trust: [],
    argv: ["/bin/ls", "-l"],
  };
  assert.deepEqual(parse(["check", "--key", "alice", "--", "/bin/ls", "-l"]), usual);
  assert.deepEqual(parse(["check", "--key=alice", "/bin/ls", "-l"]), usual);
  assert.deepEqual(parse(["check", "--key=alice", "-u", "bob", "--trust", "f", "/bin/ls", "-l"]), {
    ...usual,
    user: "bob",
    trust: [{ kind: "file", path: "f" }],
  });
  assert.deepEqual(parse(["check", "--key=alice", "-h", "web1", "/bin/ls", "-l"]), {
    ...usual,
    hostname: "web1",
  });
  assertRefused(parse, [
    [["check", "--", "ls"], "no key given", "add --key NAME"],
    [
      ["check", "--key", "alice"],
      "no command given",
      "write it last: nanoexec check --key NAME -- COMMAND [ARG]...",
    ],
    [["check", "--key", "", "ls"], "--key: NAME is empty"],
  ]);
});

Deno.test("audit verify takes a file or looks for it", () => {
  const usual = { file: undefined, state: undefined };
  assert.deepEqual(parse(["audit", "verify"]), usual);
  assert.deepEqual(parse(["audit", "verify", "a.log"]), { ...usual, file: "a.log" });
  assert.deepEqual(parse(["audit", "verify", "--state", "/s"]), { ...usual, state: "/s" });
  assertRefused(parse, [
    [["audit", "verify", "a", "b"], 'more than one file: "b"'],
    [["audit", "verify", ""], "empty name of a file"],
  ]);
});
