import assert from "node:assert/strict";
import { encodeUtf8 } from "../../../lib/base/bytes.ts";
import type { OutputChoice } from "../../../lib/cli/args/output_options.ts";
import { CanaryCheck } from "../../../lib/cli/present/canary_check.ts";
import type { HostOutcome } from "../../../lib/protocol/job/host_state.ts";
import { DEFAULTS } from "../args/command_lines.ts";
import { recordingTerminal } from "../terminal/recording_terminal.ts";
const OK: HostOutcome = { kind: "exited", code: 0 };

type Answer = readonly [node: string, stdout: string, stderr: string, outcome?: HostOutcome];

/** A report of web1 and web2, which have answered so. */
function reportOf(answers: readonly Answer[], choice: Partial<OutputChoice> = {}) {
  const { terminal, stdout, stderr } = recordingTerminal();
  const report = new CanaryCheck(terminal, { ...DEFAULTS.output, ...choice }, ["web1", "web2"]);
  for (const [node, out, err, outcome = OK] of answers) {
    if (out) report.output(node, "stdout", encodeUtf8(out));
    if (err) report.output(node, "stderr", encodeUtf8(err));
    report.ended(node, { outcome, droppedBytes: 0 });
  }
  return { report, terminal, stdout, stderr };
}

Deno.test("CanaryReport is good if all exit with 0 and print the same", () => {
  const code3: HostOutcome = { kind: "exited", code: 3 };
  const rows: readonly (readonly [readonly Answer[], boolean])[] = [
    [[["web1", "a", "b"], ["web2", "a", "b"]], true],
    [[["web1", "", ""], ["web2", "", ""]], true],
    [[["web1", "a", ""], ["web2", "b", ""]], false],
    [[["web1", "a", "b"], ["web2", "a", "c"]], false],
    [[["web1", "a", ""], ["web2", "a", "", code3]], false],
    [[["web1", "a", "", code3], ["web2", "a", "", code3]], false],
    [[["web1", "a", ""], ["web2", "a", "", { kind: "expired" }]], false],
    [[["web1", "a", ""], ["web2", "a", ""], ["web3", "b", "", code3]], true],
  ];
  for (const [answers, good] of rows) {
    assert.equal(reportOf(answers).report.passed, good, JSON.stringify(answers));
  }
});

Deno.test("CanaryReport takes the streams apart, however they come", () => {
  const { report } = reportOf([]);
  report.output("web1", "stdout", encodeUtf8("out"));
  report.output("web1", "stderr", encodeUtf8("err"));
  report.output("web2", "stderr", encodeUtf8("err"));
  report.output("web2", "stdout", encodeUtf8("out"));
  for (const node of ["web1", "web2"]) report.ended(node, { outcome: OK, droppedBytes: 0 });
  assert.ok(report.passed);
});

Deno.test("CanaryReport compares what is masked", () => {
  const answers: readonly Answer[] = [["web1", "I am web1", ""], ["web2", "I am web2", ""]];
  assert.equal(reportOf(answers).report.passed, false);
  assert.equal(reportOf(answers, { mask: [] }).report.passed, true);
});

Deno.test("CanaryReport does not say of output that was cut that it is the same", () => {
  const { report } = reportOf([]);
  report.ended("web1", { outcome: OK, droppedBytes: 1 });
  report.ended("web2", { outcome: OK, droppedBytes: 1 });
  assert.equal(report.passed, false);
  const long = reportOf([["web1", "x".repeat(1_048_577), ""], ["web2", "", ""]]);
  assert.equal(long.report.passed, false);
});

Deno.test(
  "CanaryReport shows on stderr what was printed, folded, and what went wrong",
  async () => {
    const { report, terminal, stdout, stderr } = reportOf([
      ["web2", "active\n", "", { kind: "exited", code: 1 }],
      ["web1", "active\n", ""],
      ["web3", "not a canary", ""],
    ], { labels: false });
    report.report();
    await terminal.flush();
    assert.equal(stdout.text, "");
    assert.equal(
      stderr.text,
      "---------------\nweb1\n---------------\nactive\n" +
        "---------------\nweb2\n---------------\nactive\n" +
        "prog: web2: exited with exit code 1\n",
    );
  },
);

Deno.test("CanaryReport says what is not good where all have exited with 0", async () => {
  const told = async (answers: readonly Answer[], choice: Partial<OutputChoice> = {}) => {
    const { report, terminal, stderr } = reportOf(answers, choice);
    report.report();
    await terminal.flush();
    return stderr.text.split("\n").filter((line) => line.startsWith("prog:"));
  };
  const [same, other, long] = ["a", "b", "x".repeat(1_048_576)] as const;
  assert.deepEqual(await told([["web1", same, ""], ["web2", same, ""]]), []);
  assert.deepEqual(await told([["web2", other, ""], ["web1", same, ""]]), [
    "prog: web[1-2]: outputs differ; --mask ignores host names, times, PIDs and addresses",
  ]);
  assert.deepEqual(await told([["web1", same, ""], ["web2", other, ""]], { mask: [] }), [
    "prog: web[1-2]: outputs differ",
  ]);
  assert.deepEqual(await told([["web1", "", long]]), [
    "prog: web1: output is too long to compare",
  ]);
});
