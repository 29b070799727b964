/**
 * `nanotrigger nodeset` against Debian's `nodeset`: the same words must print the same lines.
 *
 * Left out is what the two define differently, as in `nodeset_test.ts`, and operations before the first
 * operand, which ClusterShell goes through by their letters.
 * @module
 */

import { strictEqual } from "node:assert/strict";
import fc from "fast-check";
import { nodesetCommand } from "../../lib/cli/commands/nodeset_options.ts";
import { parseFor } from "../cli/args/command_lines.ts";
import { printNodeset } from "../../lib/cli/commands/nodeset.ts";
import { recordingTerminal } from "../cli/terminal/recording_terminal.ts";
import { inFastFolder } from "../support/fast_folder.ts";
import { findExternalProgram, PYTHON } from "../support/programs/external_programs.ts";

const nodeset = findExternalProgram("nodeset", "clustershell");
const base: Omit<Deno.TestDefinition, "name" | "fn"> = {
  ignore: !nodeset.available,
  permissions: { run: [PYTHON], read: true, write: true, env: true, sys: ["uid"] },
  timeout: 60_000,
};

/** Runs the command itself for many command lines in one process; `null` where it refuses one. */
const SCRIPT = `
import contextlib, io, json, sys
from ClusterShell.CLI.Nodeset import nodeset
def ask(words):
    sys.argv = ["nodeset", CONF, *words]
    out = io.StringIO()
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
            nodeset()
    except SystemExit as end:
        if end.code: return None
    return out.getvalue()
CONF = "--groupsconf=" + sys.argv[1]
print(json.dumps([ask(words) for words in json.load(sys.stdin)]))
`;

const GROUPS = `all: web[1-20],db[1-3]
rack1: web[1-4]
rack2: web[5-8]
odd: web[1-7/2]
mix: @odd,db1
one: db3
`;

/** What Debian's command is told to find the same groups. */
function groupsConf(folder: string): string {
  const file = `${folder}/nanoexec/groups`;
  return `[Main]
default: local
[local]
map: sed -n 's/^$GROUP: //p' ${file}
list: sed -n 's/^\\([a-z0-9]*\\):.*/\\1/p' ${file}
`;
}

/** Gives both commands the same groups while `act` runs. */
async function withGroups(act: (conf: string) => Promise<void>): Promise<void> {
  const before = Deno.env.get("XDG_CONFIG_HOME");
  await inFastFolder(async (folder) => {
    await Deno.mkdir(`${folder}/nanoexec`);
    await Deno.writeTextFile(`${folder}/nanoexec/groups`, GROUPS);
    await Deno.writeTextFile(`${folder}/groups.conf`, groupsConf(folder));
    Deno.env.set("XDG_CONFIG_HOME", folder);
    try {
      await act(`${folder}/groups.conf`);
    } finally {
      if (before === undefined) Deno.env.delete("XDG_CONFIG_HOME");
      else Deno.env.set("XDG_CONFIG_HOME", before);
    }
  });
}

type Words = readonly string[];

async function theirs(lines: readonly Words[], conf: string): Promise<readonly (string | null)[]> {
  const command = new Deno.Command(PYTHON, {
    args: ["-c", SCRIPT, conf],
    stdin: "piped",
    stdout: "piped",
  });
  await using child = command.spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(JSON.stringify(lines)));
  await writer.close();
  const { success, stdout } = await child.output();
  strictEqual(success, true);
  return JSON.parse(new TextDecoder().decode(stdout));
}

async function ours(words: Words): Promise<string> {
  const options = parseFor(nodesetCommand, ["nodeset", ...words]);
  const { terminal, stdout } = recordingTerminal();
  await printNodeset(options, terminal);
  await terminal.flush();
  return stdout.text;
}

async function compare(lines: readonly Words[]): Promise<void> {
  await withGroups(async (conf) => {
    const answers = await theirs(lines, conf);
    for (const [index, words] of lines.entries()) {
      const answer = await ours(words);
      // An empty set is in no group; ClusterShell takes it for "all groups".
      if (answer === "" && /^-ll?$/.test(words[0] ?? "")) continue;
      strictEqual(answer, answers[index], words.join(" "));
    }
  });
}

const term = fc.oneof(
  fc.constantFrom("web3", "db2", "x-1.y", "@rack1", "@odd", "@mix", "@rack[1-2]", "web[01-03]"),
  fc.tuple(fc.integer({ min: 1, max: 12 }), fc.nat(9), fc.integer({ min: 1, max: 3 }))
    .map(([first, length, step]) => `web[${first}-${first + length + 1}/${step}]`),
);
const set = fc.tuple(
  term,
  fc.array(fc.tuple(fc.constantFrom(",", "!", "&", "^"), term), { maxLength: 2 }),
)
  .map(([first, rest]) => first + rest.map((pair) => pair.join("")).join(""));
const step: fc.Arbitrary<Words> = fc.oneof(
  set.map((operand) => [operand]),
  fc.tuple(fc.constantFrom("-x", "-i", "-X"), set),
);
const action: fc.Arbitrary<Words> = fc.constantFrom<Words>(
  ["-f"],
  ["-e"],
  ["-c"],
  ["-e", "-S,"],
  ["-e", "-S", "\\n"],
  ["-f", "--split=3"],
  ["-e", "--split", "2"],
  ["-c", "--split", "4"],
  ["-f", "--contiguous"],
  ["-c", "--contiguous"],
  ["-f", "-I", "0-2,5"],
  ["-e", "-I", "1-9/2"],
  ["-r"],
  ["-l"],
  ["-ll"],
  ["-fa"],
  ["-ca"],
);

const line = fc.tuple(action, set, fc.array(step, { maxLength: 3 }))
  .map(([words, first, steps]) => [...words, first, ...steps.flat()]);

Deno.test({
  ...base,
  name: `nanotrigger nodeset prints what nodeset prints ${nodeset.needs}`,
  async fn() {
    await compare(fc.sample(line, { numRuns: 300, seed: 3 }));
  },
});

Deno.test({
  ...base,
  name: `nanotrigger nodeset without sets prints what nodeset prints ${nodeset.needs}`,
  async fn() {
    await compare([
      ["-l"],
      ["-ll"],
      ["-fa"],
      ["-ra"],
      ["-ca", "-x", "@rack1"],
      ["-fa", "-i", "@mix"],
      ["-la"],
    ]);
  },
});
