import assert from "node:assert/strict";
import { encodeUtf8 } from "../../../lib/base/bytes.ts";
import type { OutputChoice } from "../../../lib/cli/args/output_options.ts";
import type { Presenter } from "../../../lib/cli/present/presenter.ts";
import type { HostOutcome } from "../../../lib/protocol/job/host_state.ts";
import type { RecordingOptions } from "../terminal/recording_terminal.ts";
import { type End, type Shown, shown } from "./shown.ts";

const GATHERED = { kind: "gathered", fold: true, headers: true, withStderr: false } as const;

const DIFF = { kind: "diff", reference: "lowest code", withStderr: false } as const;

/** Ways to show results, by the options that ask for them. */
const CHOICES: Readonly<Record<string, Partial<OutputChoice>>> = {
  "no option": {},
  "-N": { labels: false },
  "-b": { format: GATHERED },
  "-B": { format: { ...GATHERED, withStderr: true } },
  "-L": { format: { ...GATHERED, fold: false, headers: false } },
  "-bL": { format: { ...GATHERED, headers: false } },
  "-bN": { format: GATHERED, labels: false },
  "--diff": { format: DIFF },
  "-B --diff": { format: { ...DIFF, withStderr: true } },
  "--mask": { format: { ...DIFF, reference: "majority" }, mask: [/day/gu] },
  "-b --mask": { format: GATHERED, mask: [/ \d\b/gu] },
  "-j": { format: { kind: "json" } },
  "--jsonl": { format: { kind: "jsonl" } },
};

const OK: HostOutcome = { kind: "exited", code: 0 };

/** A run of four hosts, whose output comes in pieces and in between each other. */
function show(choice: Partial<OutputChoice>, options: RecordingOptions = {}): Promise<Shown> {
  return shown(fourHosts, choice, options);
}

async function fourHosts(presenter: Presenter, end: End): Promise<void> {
  await presenter.output("web10", "stdout", encodeUtf8("up 3 days\nload"));
  await presenter.output("web2", "stdout", encodeUtf8("up 3 days\nload 1\n"));
  await presenter.output("web2", "stderr", encodeUtf8("\x1b[31mold kernel"));
  end("web2", OK);
  await presenter.output("web10", "stdout", encodeUtf8(" 1\n"));
  await presenter.output("db1", "stdout", encodeUtf8("---------------\nweb1\nna\xefve"));
  end("web10", OK);
  end("db1", { kind: "exited", code: 3 });
  end("db2", { kind: "expired" });
}

/** What could move the cursor, forge a line, or end a string, also in two pieces. */
const HOSTILE = [
  "\x1b[2J\x1b]0;owned\x07\x1b]52;c;Zm9v\x07\x1b]8;;http://x\x07",
  "---------------\nweb[1-9] (9)\n---------------\nall is well\n",
  "web2: forged\n\rforged\b\b\u009b31m\u202eevil\u2066\u200b\x7f\0",
  '"}]}\n{"kind":"summary"}\n',
  `nanotrigger: 1000 ok\n${" ".repeat(80)}nanotrigger: 1000 ok\n`,
];

async function hostileHost(presenter: Presenter, end: End): Promise<void> {
  for (const stream of ["stdout", "stderr"] as const) {
    for (const part of HOSTILE) await presenter.output("evil", stream, encodeUtf8(part));
    await presenter.output("evil", stream, Uint8Array.of(0x1b));
    await presenter.output("evil", stream, Uint8Array.of(0x5b, 0x41, 0xe2, 0x80));
    await presenter.output("evil", stream, Uint8Array.of(0xae, 0xff, 0xc3));
    await presenter.output("good", stream, encodeUtf8("well\n"));
  }
  end("evil", { kind: "refused", code: "x", reason: HOSTILE.join("") });
  end("good", OK);
}

for (const [name, choice] of Object.entries(CHOICES)) {
  Deno.test(`results with ${name}`, async (t) => {
    const { stdout, stderr } = await show(choice);
    await t.assertSnapshot(`stdout:\n${stdout}\nstderr:\n${stderr}`);
  });
}

for (const [name, choice] of Object.entries(CHOICES)) {
  Deno.test(
    `hostile output with ${name} reaches no terminal`,
    async (t) => {
      const { stdout, stderr } = await shown(hostileHost, choice, {
        isTerminal: true,
        env: { NO_COLOR: "1" },
      });
      assert.doesNotMatch(stdout + stderr, /[␛⟨]/);
      if (!name.startsWith("-j") && name !== "--jsonl") {
        assert.doesNotMatch(stdout + stderr, /nanotrigger:/);
      }
      await t.assertSnapshot(`stdout:\n${stdout}\nstderr:\n${stderr}`);
    },
  );
}

Deno.test("results on a terminal are escaped and coloured, and raw only if asked for", async (t) => {
  for (const [name, choice] of [["no option", {}], ["--raw", { raw: true }]] as const) {
    const { stdout, stderr } = await show(choice, { isTerminal: true });
    await t.assertSnapshot(`${name}: stdout:\n${stdout}\nstderr:\n${stderr}`);
  }
});

Deno.test("-j is one JSON document and --jsonl one per line, and nothing else", async () => {
  const whole = await show({ format: { kind: "json" } });
  const lines = await show({ format: { kind: "jsonl" } });
  assert.deepEqual([whole.stderr, lines.stderr], ["", ""]);
  const { results, summary } = JSON.parse(whole.stdout);
  const hosts = results.map(({ host }: { readonly host: string }) => host);
  assert.deepEqual(hosts, ["db1", "db2", "web2", "web10"]);
  const objects = lines.stdout.trimEnd().split("\n").map((line) => JSON.parse(line));
  assert.deepEqual(objects.at(-1), { kind: "summary", ...summary });
  assert.equal(objects.filter(({ kind }) => kind === "result").length, 4);
});
