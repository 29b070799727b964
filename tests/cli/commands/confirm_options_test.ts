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
  const hint = "name the id that run --undo has shown, 32 hexadecimal digits";
  assertRefused((args) => parse(["confirm", ...args]), [
    [["-w", "a"], "nothing says which job to confirm", hint],
    [["-w", "a", "last"], '"last" is no job', hint],
    [["-w", "a", JOB.toUpperCase()], `"${JOB.toUpperCase()}" is no job`, hint],
    [["-w", "a", JOB, JOB], `one job is enough: what is "${JOB}"?`],
    [
      [JOB],
      "nothing says which hosts are meant",
      "give -w SET, -g GROUP, --host NAME or, for every host, -a",
    ],
  ]);
});
