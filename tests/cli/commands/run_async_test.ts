import assert from "node:assert/strict";
import { assertRefused, DEFAULTS, parse, parseRun } from "../args/command_lines.ts";

Deno.test("run --async and --queue-for leave a command to a hub", () => {
  const { execution } = DEFAULTS;
  const options = parseRun("run -w a --async --queue-for 2h -- true");
  assert.ok(options.async);
  assert.deepEqual(options.execution, { ...execution, queueForMs: 7_200_000 });
  const classic = parseRun("-h a -c uptime --queue-for 24h");
  assert.ok(!classic.async);
  assert.equal(classic.execution.queueForMs, 86_400_000);
  const both = "use one of them to wait for detached hosts; -u limits the run time";
  const staged = "use tmux or nohup: a rollout needs this program until it ends";
  assertRefused((args) => parse(["run", "-w", "a", ...args]), [
    [["--queue-for", "2h", "-t", "5", "x"], "-t and --queue-for do not go together", both],
    [
      ["--queue-for", "25h", "x"],
      '--queue-for: "25h" is longer than the maximum, 1d',
    ],
    [
      ["--queue-for", "23h30m", "x"],
      '--queue-for: "23h30m" is not a duration such as 90, 90s, 5m or 2h',
    ],
    [
      ["--queue-for", "24h", "--splay", "1m", "x"],
      "--queue-for and --splay exceed 24h together",
      "use shorter times: agents refuse requests with a longer life",
    ],
    [
      ["--async", "--listen", "tcp://*:4444", "x"],
      "--async and --listen do not go together",
      "start a hub for --async: nanotrigger hub",
    ],
    [
      ["--async", "--stdin", "f", "x"],
      "--async and --stdin do not go together",
      "use --script: streamed input is read here while the command runs",
    ],
    [
      ["--async", "--save", "f", "x"],
      "--async and --save do not go together",
      "use --save without --async: it sends nothing",
    ],
    [
      ["--async", "--list-hosts", "x"],
      "--async and --list-hosts do not go together",
      "use --list-hosts without --async: it runs nothing",
    ],
    [["--async", "-f", "2", "x"], "--async and -f do not go together", staged],
    [["--async", "--canary", "2", "x"], "--async and --canary do not go together", staged],
  ]);
});
