import assert from "node:assert/strict";
import { Progress } from "../../../lib/trigger/results/followed_job.ts";

function sets(progress: Progress): readonly (readonly string[])[] {
  return [[...progress.pending], [...progress.waiting], [...progress.running]];
}

Deno.test("Progress knows in which state every host is", () => {
  const progress = new Progress(["a", "b", "c", "d"]);
  assert.deepEqual(sets(progress), [["a", "b", "c", "d"], [], []]);
  for (const node of ["d", "b", "a"]) progress.setState(node, { kind: "delivered" });
  for (const node of ["b", "d"]) progress.setState(node, { kind: "started" });
  assert.deepEqual(sets(progress), [["c"], ["a"], ["b", "d"]]);
  progress.ended("b", { kind: "exited", code: 0 });
  progress.setState("a", { kind: "pending" });
  assert.deepEqual(sets(progress), [["c", "a"], [], ["d"]]);
});

Deno.test("Progress of a held job waits for hosts when it is their turn", () => {
  const progress = new Progress(["a", "b", "c"], { held: true });
  progress.released(["a", "b", "nobody"]);
  progress.ended("a", { kind: "exited", code: 0 });
  progress.released(["a"]);
  assert.deepEqual([[...progress.pending], [...progress.held]], [["b"], ["c"]]);
  progress.ended("c", { kind: "skipped" });
  const { total, done, skipped } = progress.counts();
  assert.deepEqual([[...progress.held], total, done, skipped], [[], 3, 2, 1]);
});

Deno.test("Progress counts how hosts have ended", () => {
  const progress = new Progress(["a", "b", "c", "d", "e", "f"]);
  progress.ended("a", { kind: "exited", code: 0 });
  progress.ended("b", { kind: "timeout" });
  progress.ended("c", { kind: "refused", code: "x", reason: "no" });
  progress.ended("d", { kind: "expired" });
  progress.setState("e", { kind: "started" });
  assert.deepEqual(progress.counts(), {
    total: 6,
    done: 4,
    running: 1,
    failed: 1,
    refused: 1,
    lost: 1,
    skipped: 0,
  });
});
