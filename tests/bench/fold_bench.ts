/**
 * From the last result to the first line on screen, for 10,000 hosts that have printed 1 KB each, in
 * 3 different ways. Goal: within 300 ms.
 *
 *     deno bench --allow-read tests/bench/fold_bench.ts
 *
 * Memory is to grow with the number of different outputs, not with that of hosts.
 * @module
 */
import assert from "node:assert/strict";
import { encodeUtf8 } from "../../lib/base/bytes.ts";
import { type OutputChoice, outputFormat } from "../../lib/cli/args/output_options.ts";
import { choosePresenter } from "../../lib/cli/present/result_presenters.ts";
import type { Presenter } from "../../lib/cli/present/presenter.ts";
import { progressLine, progressLines } from "../../lib/cli/present/live_progress.ts";
import { summaryLines } from "../../lib/cli/render/run_summary.ts";
import { Terminal } from "../../lib/cli/terminal/terminal.ts";
import { Progress } from "../../lib/trigger/results/followed_job.ts";

const HOSTS = 10_000;
const DIFFERENT = 3;
const LIMIT = 1_048_576;

const nodes = Array.from({ length: HOSTS }, (_, index) => `node${(index * 7_919) % 50_000}`);
const outputs = Array.from(
  { length: DIFFERENT },
  (_, index) => encodeUtf8(`line of output number ${index}\n`.repeat(40).padEnd(1_024, "x")),
);
const outcome = { kind: "exited", code: 0 } as const;
const ends = nodes.map((node, index) => ({
  node,
  outcome: { kind: "exited", code: index % DIFFERENT } as const,
}));

const FLAGS = {
  ...{ gather: false, gatherAll: false, byNode: false, diff: false, mask: false },
  ...{ noLabels: false, json: false, jsonl: false, raw: false },
};

const MODES: readonly (readonly [name: string, flags: Partial<typeof FLAGS>])[] = [
  ["-b", { gather: true }],
  ["-L", { byNode: true }],
  ["--diff", { diff: true }],
  ["--mask", { mask: true }],
  ["-j", { json: true }],
];

/** A presenter that writes to nobody, and the moment when it has begun to. */
function presenterOf(flags: Partial<typeof FLAGS>) {
  const begun = Promise.withResolvers<void>();
  const stream = {
    isTerminal: () => false,
    write(bytes: Uint8Array) {
      begun.resolve();
      return Promise.resolve(bytes.length);
    },
  };
  const choice: OutputChoice = {
    format: outputFormat({ ...FLAGS, ...flags }),
    mask: flags.mask ? [] : undefined,
    labels: true,
    ...{ raw: false, quiet: false, progress: false, maxrc: false, okIfLost: false },
    ...{ outdir: undefined, errdir: undefined },
  };
  const terminal = new Terminal({ program: "bench", stdout: stream, stderr: stream, env: {} });
  return { presenter: choosePresenter(choice, terminal, LIMIT), begun: begun.promise };
}

/** Everything but the end of the last host. */
function gather(presenter: Presenter): void {
  for (const [index, node] of nodes.entries()) {
    presenter.output(node, "stdout", outputs[index % DIFFERENT] ?? new Uint8Array());
    if (index < HOSTS - 1) presenter.ended(node, { outcome, droppedBytes: 0 });
  }
}

for (const [name, flags] of MODES) {
  Deno.bench({
    name: `from the last result to the first line of ${name}`,
    group: "first line",
    baseline: name === "-b",
    n: 20,
    warmup: 3,
    async fn(bench) {
      const { presenter, begun } = presenterOf(flags);
      gather(presenter);
      bench.start();
      presenter.ended(nodes.at(-1) ?? "", { outcome, droppedBytes: 0 });
      const finished = presenter.finish({ exitStatus: 0 });
      await begun;
      bench.end();
      await finished;
    },
  });
}

for (const [name, flags] of MODES) {
  Deno.bench({
    name: `to take in ${HOSTS} results for ${name}`,
    group: "taking in",
    n: 10,
    warmup: 2,
  }, () => {
    gather(presenterOf(flags).presenter);
  });
}

Deno.bench({ name: "the summary of three kinds of trouble", group: "summary", n: 20 }, () => {
  summaryLines(ends);
});

const progress = new Progress(nodes);
for (const node of nodes.slice(100)) progress.setState(node, { kind: "started" });

Deno.bench({ name: "the progress line", group: "progress", baseline: true }, () => {
  progressLine(progress, 5_000);
});

Deno.bench({ name: "who is still to come, after Enter", group: "progress", n: 20 }, () => {
  progressLines(progress);
});

/** As large as what 10,000 hosts print together must not become, in bytes. */
const MAX_GROWTH = 100 * 1_048_576;
const large = Array.from({ length: DIFFERENT }, (_, index) => new Uint8Array(65_536).fill(index));

for (const [name, flags] of MODES.filter(([name]) => name === "-b" || name === "-j")) {
  Deno.bench({
    name: `${name} keeps 10,000 results of 64 KiB (625 MiB) in less than 100 MiB`,
    group: "memory",
    n: 1,
    warmup: 0,
    fn() {
      const { presenter } = presenterOf(flags);
      const before = Deno.memoryUsage().rss;
      for (const [index, node] of nodes.entries()) {
        presenter.output(node, "stdout", large[index % DIFFERENT] ?? new Uint8Array());
        presenter.ended(node, { outcome, droppedBytes: 0 });
      }
      const growth = Deno.memoryUsage().rss - before;
      assert.ok(growth < MAX_GROWTH, `the memory grew by ${Math.round(growth / 1_048_576)} MiB`);
    },
  });
}
