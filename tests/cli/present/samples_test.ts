/**
 * What users of other tools know their screens to look like: to the byte where it is ours, too, and
 * otherwise what is said here in its place.
 */
import assert from "node:assert/strict";
import { encodeUtf8 } from "../../../lib/base/bytes.ts";
import type { OutputChoice } from "../../../lib/cli/args/output_options.ts";
import { pingLines } from "../../../lib/cli/render/ping_report.ts";
import { progressLine, progressLines } from "../../../lib/cli/present/live_progress.ts";
import { summaryLines } from "../../../lib/cli/render/run_summary.ts";
import type { HostOutcome } from "../../../lib/protocol/job/host_state.ts";
import { Progress } from "../../../lib/trigger/results/followed_job.ts";
import { parseRun } from "../args/command_lines.ts";
import { shown } from "./shown.ts";

/** How a host ended, and what it printed. */
type Answer = readonly [node: string, outcome: HostOutcome, printed?: string];

function exited(code: number): HostOutcome {
  return { kind: "exited", code };
}

/** What is on stdout after `nanotrigger run OPTIONS -w …`. */
async function printed(options: string, answers: readonly Answer[]): Promise<string> {
  const { stdout } = await shown(async (presenter, end) => {
    for (const [node, outcome, text = ""] of answers) {
      await presenter.output(node, "stdout", encodeUtf8(text));
      end(node, outcome);
    }
  }, outputChoice(options));
  return stdout;
}

function outputChoice(options: string): OutputChoice {
  const parsed = parseRun(`run ${options} -a -- true`);
  return parsed.output;
}

/** The lines of the summary, each of which has `nanotrigger: ` in front of it. */
function summary(...answers: readonly Answer[]): readonly string[] {
  return summaryLines(answers.map(([node, outcome]) => ({ node, outcome })));
}

Deno.test("the line mode of pdsh and clush", async () => {
  const answers = [["node40", exited(0), "2.6.35.6-45.fc14.x86_64\n"]] as const;
  assert.equal(await printed("", answers), "node40: 2.6.35.6-45.fc14.x86_64\n");
});

Deno.test("the header of clush -b, of 15 dashes where dshbak -c has 16", async () => {
  const node = (number: number): Answer => [`node${number}`, exited(0), "2.6.31.6-145.fc11\n"];
  const rule = "-".repeat(15);
  assert.equal(
    await printed("-b", [node(4), node(2), node(3)]),
    `${rule}\nnode[2-4] (3)\n${rule}\n2.6.31.6-145.fc11\n`,
  );
});

Deno.test("the set above a block of dshbak -c", async () => {
  const numbers = Array.from({ length: 32 }, (_, index) => index + 1).filter((n) => n !== 31);
  const names = numbers.map((number) => `node${String(number).padStart(2, "0")}`);
  const answers = names.map((name): Answer => [name, exited(0), "5.15.0-91-generic\n"]);
  const [, head, , line] = (await printed("-b", answers)).split("\n");
  assert.deepEqual([head, line], ["node[01-30,32] (31)", "5.15.0-91-generic"]);
});

Deno.test("the trouble lines of clush, of Salt and after a keyboard interrupt", () => {
  assert.deepEqual(
    summary(["node42", exited(1)], ["node40", exited(1)], ["node41", exited(1)]),
    ["node[40-42]: exited with exit code 1"],
  );
  // clush: command timeout
  assert.deepEqual(summary(["node7", { kind: "timeout" }]), ["node7: timed out and was killed"]);
  // Salt: Minion did not return. [No response]
  assert.deepEqual(summary(["web1", { kind: "expired" }]), [
    "web1: expired: not delivered",
  ]);
  // clush: Keyboard interrupt (node1 did not complete).
  assert.deepEqual(summary(["node1", { kind: "cancelled" }]), ["node1: cancelled"]);
});

Deno.test("clush --diff: the lowest exit code, then the biggest group", async () => {
  const answers: readonly Answer[] = [
    ["node41", exited(0), "1.1c\n"],
    ["node42", exited(0), "1.0.5S56\n"],
    ["node40", exited(0), "1.0.5S56\n"],
  ];
  assert.equal(
    await printed("--diff", answers),
    "--- node[40,42] (2)\n+++ node41\n@@ -1,1 +1,1 @@\n-1.0.5S56\n+1.1c\n",
  );
  const failed = answers.map(([node, , text = ""]): Answer => [
    node,
    exited(node === "node41" ? 0 : 1),
    text,
  ]);
  assert.match(await printed("--diff", failed), /^--- node41\n\+\+\+ node\[40,42\] \(2\)\n/);
});

Deno.test("one host and its exit code, as Ansible's minimal and -o have it", async () => {
  // web1 | CHANGED | rc=0 | (stdout) up 3 days
  const answers = [["web1", exited(0), "up 3 days\n"]] as const;
  assert.equal(
    await printed("-b", answers),
    `${"-".repeat(15)}\nweb1\n${"-".repeat(15)}\nup 3 days\n`,
  );
  const [output = "", result = ""] = (await printed("--jsonl", answers)).split("\n");
  assert.deepEqual(JSON.parse(output), {
    ...{ kind: "output", host: "web1", stream: "stdout", data: "up 3 days\n" },
  });
  assert.partialDeepStrictEqual(JSON.parse(result), {
    ...{ kind: "result", host: "web1", state: "exited", code: 0 },
  });
});

Deno.test("the counts of Choria and of consul exec", () => {
  // Finished processing 51152 / 51152 hosts
  const progress = new Progress(["web1", "web2", "web3"]);
  for (const node of ["web1", "web2"]) progress.ended(node, exited(0));
  progress.setState("web3", { kind: "started" });
  assert.equal(
    progressLine(progress, 20_000),
    "2/3 done, 1 running, 0.1/s, ETA 10s, slowest web3",
  );
  // 2 / 3 node(s) completed / acknowledged
  assert.deepEqual(progressLines(progress), ["2 of 3 hosts done", "running: web3"]);
  // 3 replies max: 31.47 min: 30.49 avg: 30.89
  const alive = [30.49, 31.47, 30.71].map((roundTripMs, index) => ({
    ...{ name: `web${index + 1}`, roundTripMs, clockAheadMs: 0 },
  }));
  assert.deepEqual(pingLines({ alive, away: [], unproven: new Map(), silent: [] }), [
    "web[1-3] (3): ok, round trip 30.5 / 30.7 / 31.5 ms (min / median / max), " +
    "clock offset within 0.0 s",
  ]);
});

Deno.test("the document of Choria: each reply, and how many there were", async () => {
  const answers: readonly Answer[] = [
    ["web1", exited(0), "up\n"],
    ["web2", exited(1)],
    ["web3", { kind: "expired" }],
  ];
  const { results, summary } = JSON.parse(await printed("-j", answers));
  assert.partialDeepStrictEqual(results, [
    { host: "web1", state: "exited", code: 0, stdout: "up\n" },
    { host: "web2", state: "exited", code: 1 },
    { host: "web3", state: "expired" },
  ]);
  assert.partialDeepStrictEqual(summary, { job: "1234", total: 3, ok: 1, failed: 1, lost: 1 });
});
