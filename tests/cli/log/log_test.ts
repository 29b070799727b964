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

Deno.test("Log writes one line of text per record to stderr", async () => {
  const { log, lines } = openLog();
  log.logger("link").warning("link to {url} lost after {count} frames", {
    url: "tcp://m:1",
    count: 3,
  });
  log.logger("link").error("no space");
  log[Symbol.dispose]();
  assert.deepEqual(await lines(), [
    "prog: warning: link to tcp://m:1 lost after 3 frames",
    "prog: error: no space",
  ]);
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

Deno.test("Log keeps a stranger's text to one harmless line", async () => {
  const { log, lines } = openLog();
  log.logger("x").warning("agent {name} came", { name: "web1\nprog: error: forged\x1b[2J" });
  log.peerEvents.log("bad name", "{name}\n\u202e");
  log[Symbol.dispose]();
  assert.deepEqual(await lines(), [
    "prog: warning: agent web1\\x0aprog: error: forged\\x1b[2J came",
    "prog: warning: bad name: {name}\\x0a\\u202e",
  ]);
});

Deno.test("Log cuts what is too long for a line", async () => {
  const { log, lines } = openLog({ format: "json" });
  log.logger("x").warning("agent {name} came", { name: "x".repeat(1_000_000) });
  log[Symbol.dispose]();
  const [line = ""] = await lines();
  assert.ok(line.length < 1_500);
  assert.equal(JSON.parse(line).name.length, 500);
});

Deno.test("Log writes JSON that a stranger cannot break", async () => {
  const { log, lines } = openLog({ format: "json" });
  const name = 'web1","level":"fatal"}\n{"\x1b\u009b\u202e';
  log.logger("link").warning("agent {name} came", { name, attempt: 2, late: true, level: "fatal" });
  log[Symbol.dispose]();
  const [line = "", ...others] = await lines();
  assert.deepEqual(others, []);
  assert.match(line, /^[\x20-\x7e]*$/);
  const { time, ...rest } = JSON.parse(line);
  assert.match(time, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
  assert.deepEqual(rest, {
    level: "warning",
    logger: "prog.link",
    message: `agent ${name} came`,
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
  "Log.strangers is bounded, and summed up at the end",
  async () => {
    const { log, lines } = openLog();
    for (let count = 0; count < 100; count++) log.peerEvents.log("bad header", `from ${count}`);
    log[Symbol.dispose]();
    const found = await lines();
    assert.equal(found.length, 6);
    assert.equal(found.at(-1), "prog: warning: bad header: 95 more within 1m");
  },
);
