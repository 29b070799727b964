import assert from "node:assert/strict";
import { systemClock } from "../../../lib/base/clock.ts";
import { Log, type LogOptions } from "../../../lib/cli/log/log.ts";
import { recordingTerminal } from "../terminal/recording_terminal.ts";

function openLog(options: Partial<LogOptions> = {}) {
  const { terminal, stdout, stderr } = recordingTerminal();
  const log = new Log({
    program: "prog",
    terminal,
    format: "text",
    verbosity: 0,
    clock: systemClock,
    ...options,
  });
  const lines = async (): Promise<readonly string[]> => {
    await terminal.flush();
    assert.equal(stdout.text, "");
    return stderr.text.split("\n").slice(0, -1);
  };
  return { log, lines };
}

/** A line without its time, which must be in RFC 3339 with milliseconds. */
function withoutTime(line: string): string {
  assert.match(line, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z /);
  return line.slice(line.indexOf(" ") + 1);
}

Deno.test("Log writes one line per event to stderr: time, level, event, fields", async () => {
  const { log, lines } = openLog();
  log.logger("hub").warning("connection lost", { url: "tcp://m:1", frames: 3, ok: false });
  log.logger("hub").error("no space");
  log[Symbol.dispose]();
  assert.deepEqual((await lines()).map(withoutTime), [
    "prog: warning: connection lost url=tcp://m:1 frames=3 ok=false",
    "prog: error: no space",
  ]);
});

Deno.test("Log quotes a value that is empty or holds blanks or quotes", async () => {
  const rows = [
    ["", '""'],
    ["a b", '"a b"'],
    ["tab\there", '"tab\\x09here"'],
    ["a=b", "a=b"],
    ['say "x"', '"say \\"x\\""'],
    ['\\" host=web2', '"\\\\\\" host=web2"'],
    ["back\\slash", "back\\slash"],
  ] as const;
  const { log, lines } = openLog();
  for (const [value] of rows) log.logger("x").warning("event", { value, end: 1 });
  log[Symbol.dispose]();
  const shown = (await lines()).map(withoutTime);
  assert.deepEqual(shown, rows.map(([, text]) => `prog: warning: event value=${text} end=1`));
});

Deno.test("Log writes more with each -v", async () => {
  const rows = [[0, "we"], [1, "iwe"], [2, "diwe"], [3, "tdiwe"], [9, "tdiwe"]] as const;
  for (const [verbosity, expected] of rows) {
    const { log, lines } = openLog({ verbosity });
    const logger = log.logger("x");
    logger.trace("trace");
    logger.debug("debug");
    logger.info("info");
    logger.warning("warning");
    logger.error("error");
    log[Symbol.dispose]();
    const letters = (await lines()).map((line) => line.split(": ")[1]?.charAt(0)).join("");
    assert.equal(letters, expected);
  }
});

Deno.test("Log keeps the text of an unauthenticated peer to one harmless field", async () => {
  const { log, lines } = openLog();
  const name = "web1\n2026-11-23T05:14:48.120Z prog: error: forged\x1b[2J";
  log.logger("x").warning("agent attached", { name });
  log.peerEvents.log("bad name", { name: "{name}\n\u202e" });
  log[Symbol.dispose]();
  assert.deepEqual((await lines()).map(withoutTime), [
    "prog: warning: agent attached " +
    'name="web1\\x0a2026-11-23T05:14:48.120Z prog: error: forged\\x1b[2J"',
    'prog: warning: bad name name="{name}\\x0a\\u202e"',
  ]);
});

Deno.test("Log cuts what is too long for a line", async () => {
  const { log, lines } = openLog({ format: "json" });
  log.logger("x").warning("agent attached", { name: "x".repeat(1_000_000) });
  log[Symbol.dispose]();
  const [line = ""] = await lines();
  assert.ok(line.length < 1_500);
  assert.equal(JSON.parse(line).name.length, 500);
});

Deno.test("Log writes JSON that an unauthenticated peer cannot break", async () => {
  const { log, lines } = openLog({ format: "json" });
  const name = 'web1","level":"fatal"}\n{"\x1b\u009b\u202e';
  log.logger("link").warning("agent attached", { name, attempt: 2, late: true, level: "fatal" });
  log[Symbol.dispose]();
  const [line = "", ...others] = await lines();
  assert.deepEqual(others, []);
  assert.match(line, /^[\x20-\x7e]*$/);
  const { time, ...rest } = JSON.parse(line);
  assert.match(time, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  assert.deepEqual(rest, {
    level: "warning",
    logger: "prog.link",
    message: "agent attached",
    name,
    attempt: 2,
    late: true,
  });
});

Deno.test("Log copes with values that JSON does not know", async () => {
  const { log, lines } = openLog({ format: "json" });
  const circle: Record<string, unknown> = {};
  circle["self"] = circle;
  log.logger("x").warning("odd", {
    big: 2n ** 64n,
    circle,
    none: undefined,
    error: new Error("e"),
  });
  log[Symbol.dispose]();
  const [line = ""] = await lines();
  const { big, none, error } = JSON.parse(line);
  assert.deepEqual([big, none, error], ["18446744073709551616", "undefined", "e"]);
});

Deno.test(
  "Log.peerEvents is rate limited, and summed up at the end",
  async () => {
    const { log, lines } = openLog();
    for (let count = 0; count < 100; count++) log.peerEvents.log("bad header", { count });
    log[Symbol.dispose]();
    const found = await lines();
    assert.equal(found.length, 6);
    assert.equal(
      withoutTime(found.at(-1) ?? ""),
      "prog: warning: bad header suppressed=95 within=1m",
    );
  },
);
