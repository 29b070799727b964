import assert from "node:assert/strict";
import { utf8 } from "../../../lib/base/bytes.ts";
import type { OutputChoice, OutputFormat } from "../../../lib/cli/options/output_options.ts";
import { choosePresenter } from "../../../lib/cli/present/choose_presenter.ts";
import type { NodeOutcome } from "../../../lib/trigger/outcome.ts";
import { type RecordingOptions, recordingTerminal } from "../recording.ts";

const GATHERED = { kind: "gathered", fold: true, headers: true, withStderr: false } as const;

/** Ways to show results, by the options that ask for them. */
const CHOICES: Readonly<Record<string, Partial<OutputChoice>>> = {
  "no option": {},
  "-N": { labels: false },
  "-b": { format: GATHERED },
  "-B": { format: { ...GATHERED, withStderr: true } },
  "-L": { format: { ...GATHERED, fold: false, headers: false } },
  "-bL": { format: { ...GATHERED, headers: false } },
  "-bN": { format: GATHERED, labels: false },
  "-j": { format: { kind: "json" } },
  "--jsonl": { format: { kind: "jsonl" } },
};

const OK: NodeOutcome = { kind: "exited", code: 0 };

/** Shows a run of four hosts, whose output comes in pieces and in between each other. */
async function show(
  choice: Partial<OutputChoice>,
  options: RecordingOptions = {},
): Promise<{ readonly stdout: string; readonly stderr: string }> {
  const { terminal, stdout, stderr } = recordingTerminal(options);
  const format: OutputFormat = { kind: "lines" };
  const presenter = choosePresenter(
    { format, labels: true, raw: false, maxrc: false, ...choice },
    terminal,
    1_000,
  );
  const end = (node: string, outcome: NodeOutcome) =>
    presenter.ended(node, { outcome, droppedBytes: 0, durationMs: 5 });
  await presenter.output("web10", "stdout", utf8("up 3 days\nload"));
  await presenter.output("web2", "stdout", utf8("up 3 days\nload 1\n"));
  await presenter.output("web2", "stderr", utf8("\x1b[31mold kernel"));
  end("web2", OK);
  await presenter.output("web10", "stdout", utf8(" 1\n"));
  await presenter.output("db1", "stdout", utf8("---------------\nweb1\nna\xefve"));
  end("web10", OK);
  end("db1", { kind: "exited", code: 3 });
  end("db2", { kind: "expired" });
  await presenter.finish({ job: "1234", exitStatus: 6 });
  await terminal.flush();
  return { stdout: visible(stdout.text), stderr: visible(stderr.text) };
}

/** Keeps colours out of the file with the snapshots. */
function visible(text: string): string {
  return text.replaceAll("\x1b", "␛");
}

for (const [name, choice] of Object.entries(CHOICES)) {
  Deno.test(`results with ${name}`, { permissions: "none" }, async (t) => {
    const { stdout, stderr } = await show(choice);
    await t.assertSnapshot(`stdout:\n${stdout}\nstderr:\n${stderr}`);
  });
}

Deno.test("results on a terminal are escaped and coloured, and raw only if asked for", {
  permissions: "none",
}, async (t) => {
  for (const [name, choice] of [["no option", {}], ["--raw", { raw: true }]] as const) {
    const { stdout, stderr } = await show(choice, { isTerminal: true });
    await t.assertSnapshot(`${name}: stdout:\n${stdout}\nstderr:\n${stderr}`);
  }
});

Deno.test("-j is one JSON document and --jsonl one per line, and nothing else", {
  permissions: "none",
}, async () => {
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
