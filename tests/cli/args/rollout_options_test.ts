import assert from "node:assert/strict";
import { sendCommand } from "../../../lib/cli/commands/send_options.ts";
import { assertRefused, DEFAULTS, parse, parseFor, target, TRUE } from "./command_lines.ts";

const NOTHING = {
  window: undefined,
  canary: undefined,
  batch: undefined,
  batchWaitMs: undefined,
  maxFailed: undefined,
  maxLost: undefined,
};
const NOBODY = { kind: "count", count: 0 };

Deno.test("run says how many hosts have their turn at once", () => {
  const usual = { kind: "run", target: target({ kind: "all" }), command: TRUE, ...DEFAULTS };
  const rows: readonly (readonly [options: string, rollout: object | undefined])[] = [
    ["", undefined],
    ["-f 20", { window: { kind: "count", count: 20 } }],
    ["--fanout=25%", { window: { kind: "percent", percent: 25 } }],
    ["--batch 10%", { batch: { kind: "percent", percent: 10 } }],
    ["--batch 5 --batch-wait 5m", { batch: { kind: "count", count: 5 }, batchWaitMs: 300_000 }],
    ["--canary 2", { canary: { kind: "count", count: 2 } }],
    ["--max-fail 0", { maxFailed: NOBODY }],
    ["--max-fail 2% --max-lost 0%", {
      maxFailed: { kind: "percent", percent: 2 },
      maxLost: { kind: "percent", percent: 0 },
    }],
    ["-k", { maxFailed: NOBODY, maxLost: NOBODY }],
    ["-kf1", { window: { kind: "count", count: 1 }, maxFailed: NOBODY, maxLost: NOBODY }],
  ];
  for (const [options, change] of rows) {
    const rollout = change && { ...NOTHING, ...change };
    assert.deepEqual(parse(`run -a ${options} -- true`), { ...usual, rollout }, options);
  }
});

Deno.test("send says how many hosts have their turn at once", () => {
  const options = parseFor(sendCommand, "send --batch 2 -k r");
  const batch = { kind: "count", count: 2 };
  assert.deepEqual(options.rollout, { ...NOTHING, batch, maxFailed: NOBODY, maxLost: NOBODY });
});

Deno.test("run refuses numbers of hosts that make no sense", () => {
  const from1 = (text: string) => `"${text}" is not a number from 1, or 1% to 100%`;
  const from0 = (text: string) => `"${text}" is not a number from 0, or 0% to 100%`;
  const k = "remove -k: it is --max-fail 0 --max-lost 0";
  const send = "set it when you send the request: nanotrigger send --batch N FILE";
  const stream = "use --script: streamed input goes to all hosts at once";
  assertRefused((args) => parse(["run", "-a", ...args, "--", "true"]), [
    [["-f", "0"], `-f/--fanout: ${from1("0")}`],
    [["--batch", "0%"], `--batch: ${from1("0%")}`],
    [["--batch", "101%"], `--batch: ${from1("101%")}`],
    [["--batch", "2.5"], `--batch: ${from1("2.5")}`],
    [["--canary", "-1"], `--canary: ${from1("-1")}`],
    [["--max-fail", "%"], `--max-fail: ${from0("%")}`],
    [["--max-lost", "1e3"], `--max-lost: ${from0("1e3")}`],
    [["--batch", "2", "--batch-wait", "25h"], '--batch-wait: "25h" is longer than the maximum, 1d'],
    [
      ["-f", "2", "--batch-wait", "1m"],
      "--batch-wait needs --batch",
      "add --batch N or --batch N%",
    ],
    [["-k", "--max-fail", "1"], "-k and --max-fail do not go together", k],
    [["-k", "--max-lost", "1"], "-k and --max-lost do not go together", k],
    [["--batch", "2", "--save", "f"], "--batch and --save do not go together", send],
    [["-f", "2", "--save", "f"], "-f and --save do not go together", send],
    [["--canary", "2", "--stdin", "f"], "--canary and --stdin do not go together", stream],
  ]);
});
