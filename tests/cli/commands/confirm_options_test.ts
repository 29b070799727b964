import assert from "node:assert/strict";
import { assertRefused, DEFAULTS, parse, target } from "../args/command_lines.ts";

const JOB = "0123456789abcdef0123456789abcdef";

Deno.test("confirm takes the id of a job, and the hosts", () => {
  const { key, passphraseFile, listen, hub, expect, verbosity, logFormat } = DEFAULTS;
  assert.deepEqual(parse(`confirm -w web1 -t 5 ${JOB}`), {
    job: JOB,
    target: target({ kind: "sets", sets: [{ kind: "set", option: "-w", text: "web1" }] }),
    deliveryTimeoutMs: 5_000,
    ...{ key, passphraseFile, listen, hub, expect, verbosity, logFormat },
  });
});

Deno.test("confirm refuses what makes no sense", () => {
  const hint = "use the ID that run --undo has printed, 32 hexadecimal digits";
  assertRefused((args) => parse(["confirm", ...args]), [
    [["-w", "a"], "no job given", hint],
    [["-w", "a", "last"], 'invalid job ID: "last"', hint],
    [["-w", "a", JOB.toUpperCase()], `invalid job ID: "${JOB.toUpperCase()}"`, hint],
    [["-w", "a", JOB, JOB], `more than one job: "${JOB}"`],
    [
      [JOB],
      "no target",
      "add -w SET, -g GROUP, --host NAME, or -a for every host",
    ],
  ]);
});
