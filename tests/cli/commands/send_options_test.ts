import assert from "node:assert/strict";
import { assertRefused, DEFAULTS, parse } from "../args/command_lines.ts";

Deno.test("send takes one request, and says how to send and to show it", () => {
  const { output, rollout, yes, askAbove, hub, listen, expect, verbosity, logFormat } = DEFAULTS;
  const queue = { rollout, yes, askAbove, hub, listen, expect };
  const log = { verbosity, logFormat };
  const usual = { file: "r", deliveryTimeoutMs: undefined, output, ...queue, ...log };
  const rows: readonly (readonly [options: string, change: object])[] = [
    ["", {}],
    ["-t 90", { deliveryTimeoutMs: 90_000 }],
    ["-y", { yes: true }],
    ["--ask-above 5", { askAbove: 5 }],
    ["-j", { output: { ...output, format: { kind: "json" } } }],
    ["--listen tcp://*:1 -v", { listen: ["tcp://*:1"], verbosity: 1 }],
  ];
  for (const [options, change] of rows) {
    assert.deepEqual(parse(`send ${options} r`), { ...usual, ...change }, options);
  }
  assert.deepEqual(parse("send -"), { ...usual, file: "-" });
});

Deno.test("send refuses what makes no sense", () => {
  assertRefused((args) => parse(["send", ...args]), [
    [[], "no request given", "name the file: nanotrigger send FILE"],
    [[""], "empty name of a file"],
    [["a", "b"], 'more than one file: "b"'],
    [
      ["--key", "k", "r"],
      "unknown option --key",
      "--key is an option of: nanotrigger [OPTION]... --host=HOST|ALL --command=LINE",
    ],
  ]);
});
