import assert from "node:assert/strict";
import { TargetError } from "../../../lib/nodeset/mod.ts";
import { UserError } from "../../../lib/base/errors.ts";
import { describeError, errorDetails, reportError } from "../../../lib/cli/process/report_error.ts";
import { recordingTerminal } from "../terminal/recording_terminal.ts";

/** As the layers below make them. */
class LinkError extends Error {
  override readonly name = "LinkError";
}

class HintedError extends UserError {
  override readonly name = "HintedError";

  constructor(message: string) {
    super(message, { hint: "try the other one" });
  }
}

const BUG_HINT = "report this bug with the output of --verbose";

Deno.test("describeError has one line for every error", () => {
  const busy = "stop the other program, or choose another address with --listen";
  const rows: readonly (readonly [unknown, message: string, hint?: string])[] = [
    [new UserError("no target"), "no target"],
    [new UserError("no target", { hint: "give -w" }), "no target", "give -w"],
    [new LinkError('cannot dial "tcp://m:1"'), 'cannot dial "tcp://m:1"'],
    [new LinkError("two\n  lines"), "two lines"],
    [new HintedError("wrong"), "wrong", "try the other one"],
    [new UserError("no hint"), "no hint"],
    [
      new Deno.errors.AddrInUse("Address already in use (os error 98)"),
      "address already in use",
      busy,
    ],
    [new Deno.errors.AddrNotAvailable("x"), "address does not belong to this machine"],
    [new Deno.errors.ConnectionRefused("x"), "connection refused"],
    [
      new Deno.errors.NotFound("No such file or directory (os error 2): readfile '/x'"),
      "no such file or directory: readfile '/x'",
    ],
    [
      new Deno.errors.PermissionDenied("Permission denied (os error 13): open '/x'"),
      "permission denied: open '/x'",
    ],
    [
      new Deno.errors.NotCapable(
        'Requires net access to "m:1", run again with the --allow-net flag',
      ),
      'not permitted: net access to "m:1"',
      "start or build the program with this permission",
    ],
    [
      Object.assign(new Error("EACCES: permission denied, open '/x'"), { code: "EACCES" }),
      "permission denied, open '/x'",
    ],
    [
      Object.assign(new Error("database is locked"), { code: "ERR_SQLITE_ERROR" }),
      "state store: database is locked",
    ],
    [new DOMException("The operation was aborted.", "AbortError"), "interrupted"],
    [new DOMException("Signal timed out.", "TimeoutError"), "timed out"],
    [
      new TypeError("Cannot read properties of undefined."),
      "internal error: cannot read properties of undefined",
      BUG_HINT,
    ],
    [new Error("What?"), "internal error: what?", BUG_HINT],
    ["a thrown string", "internal error: a thrown string", BUG_HINT],
    [undefined, "internal error: undefined", BUG_HINT],
    [
      new AggregateError([
        new UserError("a"),
        new UserError("b", { hint: "h" }),
        new UserError("a"),
      ]),
      "a; b",
      "h",
    ],
    [new AggregateError([]), "internal error: AggregateError", BUG_HINT],
  ];
  for (const [error, message, hint] of rows) {
    const expected = hint === undefined ? { message } : { message, hint };
    assert.deepEqual(describeError(error), expected);
  }
});

Deno.test(
  "reportError says the line and the hint, and no more",
  async () => {
    const { terminal, stdout, stderr } = recordingTerminal();
    const cause = new TypeError("inner");
    reportError(terminal, new UserError("no key", { hint: "make one", cause }), { verbose: false });
    await terminal.flush();
    assert.equal(stdout.text, "");
    assert.equal(stderr.text, "prog: error: no key\nprog: hint: make one\n");
  },
);

Deno.test("reportError points at the character that is wrong", async () => {
  const { terminal, stderr } = recordingTerminal();
  const where = { input: "web[1-", position: 6 };
  const error = new TargetError("expected a number", where, { hint: "close it" });
  reportError(terminal, error, { verbose: false });
  await terminal.flush();
  assert.equal(
    stderr.text,
    "prog: error: expected a number, at character 7\n" +
      "prog:   web[1-\n" +
      "prog:         ^\n" +
      "prog: hint: close it\n",
  );
});

Deno.test("reportError with verbose adds causes and stacks", async () => {
  const { terminal, stderr } = recordingTerminal();
  const cause = new LinkError("inner", { cause: "a string" });
  reportError(terminal, new UserError("outer", { cause }), { verbose: true });
  await terminal.flush();
  const lines = stderr.text.split("\n");
  assert.equal(lines[0], "prog: error: outer");
  assert.equal(lines[1], "UserError: outer");
  assert.match(lines[2] ?? "", /^ {4}at /);
  assert.ok(lines.includes("Caused by: LinkError: inner"));
  assert.ok(lines.includes("Caused by: a string"));
});

Deno.test("errorDetails ends, though an error is its own cause", () => {
  const error = new Error("round");
  error.cause = error;
  assert.equal(errorDetails(error).filter((line) => line.includes("round")).length, 1);
});
