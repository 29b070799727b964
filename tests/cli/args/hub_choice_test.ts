/**
 * The command lines of the commands that ask a hub: jobs, job, cancel, why, ping.
 * @module
 */
import assert from "node:assert/strict";
import { jobCommand } from "../../../lib/cli/commands/job_options.ts";
import {
  assertRefused,
  DEFAULTS,
  HUB,
  parse,
  parseFor,
  type Refusal,
  target,
  written,
} from "./command_lines.ts";

const ID = "0123456789abcdef0123456789abcdef";

Deno.test("jobs says which, and how many", () => {
  const usual = { limit: 20, node: undefined, json: false, ...HUB };
  assert.deepEqual(parse("jobs"), usual);
  assert.deepEqual(parse("jobs -n5 -w db1 -j"), { ...usual, limit: 5, node: "db1", json: true });
  assert.deepEqual(parse("jobs --hub tcp://hub:4444 --key k"), {
    ...usual,
    hub: "tcp://hub:4444",
    key: "k",
  });
});

Deno.test("job, cancel and why name jobs by the beginning of their ids", () => {
  const { output } = DEFAULTS;
  for (const job of ["last", "1a2b", ID]) {
    assert.deepEqual(parse(`job ${job}`), { job, follow: false, output, ...HUB });
    assert.deepEqual(parse(`cancel ${job}`), { job, timeoutMs: 10_000, ...HUB });
    assert.deepEqual(parse(`why web1 ${job}`), {
      ...{ node: "web1", job, json: false, ...HUB },
    });
  }
  const followed = parseFor(jobCommand, "job last --follow -b");
  assert.ok(followed.follow);
  assert.equal(followed.output.format.kind, "gathered");
  assert.deepEqual(parse("why web1"), {
    ...{ node: "web1", job: undefined, json: false, ...HUB },
  });
  assert.deepEqual(parse("cancel -t 30 last"), {
    ...{ job: "last", timeoutMs: 30_000, ...HUB },
  });
});

Deno.test("ping asks all hosts unless told otherwise", () => {
  const usual = {
    target: target({ kind: "all" }),
    timeoutMs: 5_000,
    json: false,
    listen: [],
    expect: undefined,
    ...HUB,
  };
  assert.deepEqual(parse("ping"), usual);
  assert.deepEqual(parse("ping -a -t 1 -j"), { ...usual, timeoutMs: 1_000, json: true });
  assert.deepEqual(parse("ping -w web1"), {
    ...usual,
    target: target({ kind: "sets", sets: [written("web1")] }),
  });
});

Deno.test("what asks a hub refuses what makes no sense", () => {
  const name = (command: string) =>
    `use last, or at least 4 digits of the ID: nanotrigger ${command} 1a2b3c`;
  const rows: readonly Refusal[] = [
    [["jobs", "last"], 'unexpected argument of jobs: "last"'],
    [["jobs", "-n", "0"], '-n/--number: "0" is not a number from 1 to 100000'],
    [["jobs", "-w", "web[1-2]"], '-w/--node: "web[1-2]" is not one host name'],
    [["job"], "no job given", name("job")],
    [["job", "1a2"], 'invalid job ID: "1a2"', name("job")],
    [["job", "1A2B"], 'invalid job ID: "1A2B"', name("job")],
    [["job", "last", "last"], 'more than one job: "last"'],
    [["cancel"], "no job given", name("cancel")],
    [["cancel", `${ID}0`], `invalid job ID: "${ID}0"`, name("cancel")],
    [["why"], "no host given", "name the host first: nanotrigger why HOST [ID]"],
    [
      ["why", "a b"],
      '"a b" is not one host name',
      "name the host first: nanotrigger why HOST [ID]",
    ],
    [["why", "web1", "x"], 'invalid job ID: "x"', name("why web1")],
    [["ping", "web1"], 'unexpected argument of ping: "web1"'],
    [
      ["ping", "--limit-seed", "7"],
      "no target",
      "add -w SET, -g GROUP, --host NAME, or -a for every host",
    ],
  ];
  assertRefused(parse, rows);
});
