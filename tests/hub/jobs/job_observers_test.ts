import assert from "node:assert/strict";
import { encodeUtf8 } from "../../../lib/base/bytes.ts";
import { JobObservers } from "../../../lib/hub/jobs/job_followers.ts";
import { JobRecorder } from "../../support/hub/job_recorder.ts";
import { settle } from "../../support/virtual_clock.ts";
const piece = { stream: "stdout", bytes: encodeUtf8("hello") } as const;

/** A writer that settles when a test releases it. */
class BlockingWriter extends JobRecorder {
  readonly kept = Promise.withResolvers<void>();

  override state(node: string, state: Parameters<JobRecorder["state"]>[1]): Promise<void> {
    super.state(node, state);
    return this.kept.promise;
  }

  settle(): Promise<void> {
    return this.kept.promise;
  }
}

Deno.test(
  "JobFan tells all, and only its keeper decides what agents may forget",
  async () => {
    const writer = new BlockingWriter();
    const follower = new JobRecorder();
    const observers = new JobObservers(writer);
    const subscription = observers.add(follower);
    let isKept = false;
    const keeping = Promise.all([
      observers.state("web1", { kind: "expired" }),
      observers.settle("web1"),
    ]);
    const told = keeping.then(() => isKept = true);
    assert.deepEqual([writer.log, follower.log], [["web1 expired"], ["web1 expired"]]);
    await settle();
    assert.equal(isKept, false);
    writer.kept.resolve();
    await told;
    subscription[Symbol.dispose]();
    observers.state("web2", { kind: "expired" });
    assert.equal(follower.log.length, 1);
  },
);

Deno.test("JobFan is as slow as the slowest, until that one leaves or fails", async () => {
  const observers = new JobObservers(new JobRecorder());
  const slow = new JobRecorder();
  observers.add(new JobRecorder());
  observers.add(slow);
  assert.equal(observers.output("web1", piece), undefined);
  slow.block("web1");
  let isTaken = false;
  const taking = Promise.resolve(observers.output("web1", piece)).then(() => isTaken = true);
  await settle();
  assert.equal(isTaken, false);
  slow.unblock("web1");
  await taking;
  observers.add({ state() {}, output: () => Promise.reject(new Error("broken")) });
  await observers.output("web1", piece);
});

Deno.test("JobFan lets agents forget nothing once it is closed", async () => {
  const writer = new JobRecorder();
  const follower = new JobRecorder();
  const observers = new JobObservers(writer);
  observers.add(follower);
  observers.close();
  await assert.rejects(async () => await observers.state("web1", { kind: "expired" }));
  await assert.rejects(async () => await observers.settle("web1"));
  assert.equal(observers.output("web1", piece), undefined);
  assert.deepEqual([writer.log, follower.log], [[], []]);
});
