/**
 * The options that users of other tools reach for, one row per purpose: what each tool writes, and
 * whether it means the same here or is refused with the name that it has here.
 */
import assert from "node:assert/strict";
import { UserError } from "../../../lib/base/errors.ts";
import { foreignOptions } from "../../../lib/cli/args/foreign_options.ts";
import { optionTable } from "../../../lib/cli/args/split_arguments.ts";
import { runCommand } from "../../../lib/cli/commands/run_options.ts";
import { parse } from "./command_lines.ts";

/** What it means here: what parsing yields, or the hint with which it is refused. */
type Meaning = { readonly same: object } | { readonly hint: string };

/** Options of `run` as they are written, in front of `-- true`, and what they mean. */
type Row = readonly [written: string, meaning: Meaning];

const all = { base: { kind: "all" } };

function same(part: object): Meaning {
  return { same: part };
}

function hint(text: string): Meaning {
  return { hint: text };
}

function meant(option: string): Meaning {
  return hint(`did you mean ${option}?`);
}

function output(part: object): Meaning {
  return same({ output: part });
}

function execution(part: object): Meaning {
  return same({ execution: part });
}

function rollout(part: object): Meaning {
  return same({ rollout: part });
}

function target(part: object): Meaning {
  return same({ target: part });
}

function gather(part: object): Meaning {
  return output({ format: { kind: "gathered", ...part } });
}

const PURPOSES: readonly (readonly [purpose: string, rows: readonly Row[]])[] = [
  ["targets", [
    ["-w web1", target({ base: { kind: "sets", sets: [{ text: "web1" }] } })],
    ["--host web1", target({ base: { kind: "host", name: "web1" } })],
    ["--host ALL", target(all)],
    ["-w ALL", target(all)],
    ["-I web1", meant("-w")],
    ["-E ^web", meant("-w '/REGEX/'")],
  ]],
  ["exclude", [["-a -x web1", target({ exclude: [{ text: "web1" }] })]]],
  ["group and all", [
    ["-g web", target({ base: { kind: "sets", sets: [{ text: "web", option: "-g" }] } })],
    ["-a", target(all)],
  ]],
  ["facts, compound", [
    ["-F os=linux", target({ ...all, facts: ["os=linux"] })],
    ["--select os=linux", target({ ...all, select: "os=linux" })],
    ["-a -S os=linux", hint('did you mean --select "os=linux"?')],
    ["-G os:linux", meant("-F")],
    ["-C os:linux", meant("--select or --dry-run")],
  ]],
  ["fan-out", [
    ["-a -f 64", rollout({ window: { kind: "count", count: 64 } })],
    ["-a --forks 5", meant("-f")],
  ]],
  ["batches", [
    ["-a --batch 10", rollout({ batch: { kind: "count", count: 10 } })],
    ["-a --batch 25% --batch-wait 5", rollout({ batch: { kind: "percent" }, batchWaitMs: 5_000 })],
    ["-a --batch-size 10", meant("--batch")],
    ["-a --batch 10 --batch-sleep 5", meant("--batch-wait")],
  ]],
  ["connect and run timeout", [
    ["-a -t 5 -u 60", execution({ deliveryTimeoutMs: 5_000, runTimeoutMs: 60_000 })],
    ["-a -T 5", meant("-t")],
    ["-a --timeout 5", meant("-t")],
    ["-a --task-timeout 5", meant("-u")],
    ["-a --connect_timeout 5", meant("-t")],
    ["-a --command_timeout 5", meant("-u")],
  ]],
  ["fold", [
    ["-a -b", gather({ fold: true, withStderr: false })],
    ["-a -B", gather({ fold: true, withStderr: true })],
    ["-a -L", gather({ fold: false })],
    ["-a --diff", output({ format: { kind: "diff" } })],
  ]],
  ["max exit status", [["-a -S", output({ maxrc: true })]]],
  ["fail fast", [
    ["-a -k", rollout({ maxFailed: { kind: "count", count: 0 } })],
    ["-a --max-fail 3", rollout({ maxFailed: { kind: "count", count: 3 } })],
    ["-a --max-fail 10%", rollout({ maxFailed: { kind: "percent", percent: 10 } })],
    ["-a --failhard", meant("-k")],
  ]],
  ["no host prefix", [["-a -N", output({ labels: false })]]],
  ["random sample", [
    ["-a --limit 2 --limit-seed 7", target({ limit: { seed: "7" } })],
    ["-a --limit 10%", target({ limit: { share: { kind: "percent", percent: 10 } } })],
    ["-a --pick 2", meant("--limit")],
    ["-a --subset 2", meant("--limit")],
  ]],
  ["as user", [
    ["-a -l nobody", execution({ user: "nobody" })],
    ["-a --user nobody", meant("-l")],
    ["-a --become-user nobody", meant("-l")],
  ]],
  ["list only", [
    ["-a --list-hosts", same({ kind: "list-hosts" })],
    ["-a --preview-target", meant("--list-hosts")],
    ["-a --check", meant("--dry-run")],
  ]],
  ["async, id", [
    ["-a --async", same({ async: true })],
    ["-a --background 60", meant("--async")],
    ["-a --reply-to x", meant("--async")],
  ]],
  ["JSON", [
    ["-a -j", output({ format: { kind: "json" } })],
    ["-a --jsonl", output({ format: { kind: "jsonl" } })],
    ["-a --out json", meant("-j")],
  ]],
  ["files per host", [
    ["-a --outdir o --errdir e", output({ outdir: "o", errdir: "e" })],
    ["-a --out-file o", meant("--outdir")],
    ["-a --tree o", meant("--outdir")],
    ["-a -d o", meant("--outdir")],
  ]],
  ["no stdin, progress off", [
    ["-a -n", same({ stdin: undefined })],
    ["-a --nostdin", same({ stdin: undefined })],
    ["-a --no-progress", output({ progress: false })],
    ["-a -q", output({ progress: false, quiet: true })],
    ["-a --np", meant("--no-progress")],
  ]],
];

for (const [purpose, rows] of PURPOSES) {
  Deno.test(`run knows the options for: ${purpose}`, () => {
    for (const [written, meaning] of rows) {
      const words = ["run", ...written.split(" "), "--", "true"];
      if ("same" in meaning) assert.partialDeepStrictEqual(parse(words), meaning.same, written);
      else assert.equal(hintOf(words), meaning.hint, written);
    }
  });
}

function hintOf(words: readonly string[]): string | undefined {
  try {
    parse(words);
  } catch (error) {
    assert.ok(error instanceof UserError, `${words.join(" ")}: ${error}`);
    return error.hint;
  }
  return assert.fail(`not refused: ${words.join(" ")}`);
}

Deno.test("run has a hint for every foreign option of the table", () => {
  for (const { names, ours, advice } of foreignOptions) {
    for (const name of names) {
      const found = hintOf(["run", "-a", name, "--", "true"]);
      assert.ok(found, name);
      const named = ours?.find((each) => found.includes(each));
      assert.ok(named !== undefined || found === advice, `${name}: ${found}`);
    }
  }
});

Deno.test("the table of foreign options has each name once, and options of run as equivalents", () => {
  const names = foreignOptions.flatMap((each) => each.names);
  assert.equal(new Set(names).size, names.length);
  const known = optionTable(runCommand.parser().usage);
  for (const { names, tools, ours = [], advice } of foreignOptions) {
    assert.ok(tools.length > 0 && (ours.length > 0) !== (advice !== undefined), names[0]);
    for (const option of ours) assert.ok(known.has(option.split(" ")[0] ?? ""), option);
    for (const name of names) assert.ok(!known.has(name), `run has ${name}`);
  }
});

Deno.test("a value of another tool's option has a hint", () => {
  const rows: readonly (readonly [written: string, hint: string | undefined])[] = [
    ["-a -u deploy", "did you mean -l deploy? -u limits the run time"],
    ["-a -u 5x", undefined],
    ["-a -t out/", "did you mean --outdir out/? -t is a time: 90, 5m, 2h"],
    ["-a -t 5q", undefined],
    ["-a --limit web1", "did you mean -w web1? --limit N picks N hosts at random"],
    ["-a --limit web*", "did you mean -w 'web*'? --limit N picks N hosts at random"],
    ["-a --limit 0", undefined],
    ["-l web[1-3]", "did you mean -w 'web[1-3]'? -l is the user on the hosts"],
    ["-h web[1-3]", "did you mean -w 'web[1-3]'? --host takes one name"],
  ];
  for (const [written, hint] of rows) {
    assert.equal(hintOf(["run", ...written.split(" "), "--", "true"]), hint, written);
  }
});

Deno.test("a command without a target has hints only for options that it has", () => {
  for (const option of ["-m", "--become", "--no-color"]) {
    assert.equal(hintOf(["cosign", option, "f"]), undefined, option);
  }
  assert.equal(hintOf(["cancel", "-T", "5", "last"]), "did you mean -t?");
});
