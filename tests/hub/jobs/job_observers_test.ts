import assert from "node:assert/strict";
import { encodeUtf8 } from "../../../lib/base/bytes.ts";
import { JobObservers } from "../../../lib/hub/jobs/job_observers.ts";
import { JobRecorder } from "../../support/hub/job_recorder.ts";
import { settle } from "../../support/virtual_clock.ts";
const piece = { stream: "stdout", bytes: encodeUtf8("hello") } as const;

/** A writer that settles when a test releases it. */
class Keeper extends JobRecorder {
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
    const keeper = new Keeper();
    const follower = new JobRecorder();
    const fan = new JobObservers(keeper);
    const place = fan.add(follower);
    let isKept = false;
    const keeping = Promise.all([fan.state("web1", { kind: "expired" }), fan.settle("web1")]);
    const told = keeping.then(() => isKept = true);
    assert.deepEqual([keeper.log, follower.log], [["web1 expired"], ["web1 expired"]]);
    await settle();
    assert.equal(isKept, false);
    keeper.kept.resolve();
    await told;
    place[Symbol.dispose]();
    fan.state("web2", { kind: "expired" });
    assert.equal(follower.log.length, 1);
  },
);

Deno.test("JobFan is as slow as the slowest, until that one leaves or fails", async () => {
  const fan = new JobObservers(new JobRecorder());
  const slow = new JobRecorder();
  fan.add(new JobRecorder());
  fan.add(slow);
  assert.equal(fan.output("web1", piece), undefined);
  slow.block("web1");
  let isTaken = false;
  const taking = Promise.resolve(fan.output("web1", piece)).then(() => isTaken = true);
  await settle();
  assert.equal(isTaken, false);
  slow.unblock("web1");
  await taking;
  fan.add({ state() {}, output: () => Promise.reject(new Error("broken")) });
  await fan.output("web1", piece);
});

Deno.test("JobFan lets agents forget nothing once it is closed", async () => {
  const keeper = new JobRecorder();
  const follower = new JobRecorder();
  const fan = new JobObservers(keeper);
  fan.add(follower);
  fan.close();
  await assert.rejects(async () => await fan.state("web1", { kind: "expired" }));
  await assert.rejects(async () => await fan.settle("web1"));
  assert.equal(fan.output("web1", piece), undefined);
  assert.deepEqual([keeper.log, follower.log], [[], []]);
});
