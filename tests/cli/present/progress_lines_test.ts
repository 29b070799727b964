import assert from "node:assert/strict";
import { progressLine, progressLines } from "../../../lib/cli/present/live_progress.ts";
import { Progress } from "../../../lib/trigger/results/followed_job.ts";

function nodes(prefix: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${index + 1}`);
}

function mixed(): Progress {
  const progress = new Progress([...nodes("web", 20), ...nodes("db", 4)]);
  for (const node of nodes("web", 15)) progress.setState(node, { kind: "started" });
  for (const node of nodes("web", 3)) progress.ended(node, { kind: "exited", code: 0 });
  progress.ended("web4", { kind: "exited", code: 1 });
  progress.ended("db4", { kind: "lost" });
  progress.ended("db3", { kind: "refused", code: "x", reason: "no" });
  progress.setState("db1", { kind: "delivered" });
  return progress;
}

Deno.test("progressLine says what there is, and names those that have run longest", () => {
  assert.equal(
    progressLine(mixed(), 2_000),
    "6/24 done, 11 running, 1 failed, 1 refused, 1 lost, 3.0/s, ETA 6s, slowest web[5-14]",
  );
});

Deno.test("progressLine leaves out what is not there", () => {
  const progress = new Progress(["a", "b"]);
  assert.equal(progressLine(progress, 1_000), "0/2 done");
  progress.ended("a", { kind: "exited", code: 0 });
  progress.ended("b", { kind: "exited", code: 0 });
  assert.equal(progressLine(progress, 1_000), "2/2 done");
});

Deno.test("progressLine tells a long time in few characters", () => {
  const rows = [[1_000, "9s"], [10_000, "1m30s"], [60_000, "9m00s"], [1_500_000, "3h45m"]] as const;
  for (const [elapsedMs, eta] of rows) {
    const progress = new Progress(nodes("n", 10));
    progress.ended("n1", { kind: "exited", code: 0 });
    assert.match(progressLine(progress, elapsedMs), new RegExp(`ETA ${eta}$`));
  }
});

Deno.test("progressLines names everybody who is still to come", () => {
  assert.deepEqual(progressLines(mixed()), [
    "6 of 24 hosts done, 1 failed, 1 refused, 1 lost",
    "running: web[5-15] (11)",
    "not started: db1",
    "not delivered: db2,web[16-20] (6)",
  ]);
  const held = new Progress(nodes("web", 6), { held: true });
  held.released(["web1", "web2"]);
  assert.deepEqual(progressLines(held), [
    "0 of 6 hosts done",
    "not delivered: web[1-2] (2)",
    "later batches: web[3-6] (4)",
  ]);
  assert.deepEqual(progressLines(new Progress(["a"])), ["0 of 1 host done", "not delivered: a"]);
});
