import assert from "node:assert/strict";
import {
  exitAtOnce,
  messageKinds,
  openRunnerFixture,
  type RunnerFixture,
} from "../../support/agent/runner_fixture.ts";
import { settle } from "../../support/virtual_clock.ts";

const HOLD = { hold: true } as const;

async function outcomeOf(scene: RunnerFixture, job: { readonly id: string }): Promise<string> {
  const { outcome } = await scene.result(job);
  return outcome.kind === "refused" ? outcome.code : outcome.kind;
}

Deno.test("Runner starts a held job when it is released, and not before", async () => {
  await using scene = openRunnerFixture();
  const job = scene.start(HOLD);
  assert.equal(scene.runner.jobOf(job.id)?.isHeld, true);
  scene.clock.advance(59_000);
  await settle();
  assert.deepEqual([messageKinds(scene), scene.commands], [["delivered"], []]);
  assert.equal(scene.runner.release(job.id), true);
  assert.equal(scene.runner.jobOf(job.id)?.isHeld, false);
  assert.equal(scene.runner.release(job.id), false);
  assert.equal(await outcomeOf(scene, job), "exited");
  assert.equal(scene.runner.release(job.id), false);
  assert.equal(scene.commands.length, 1);
});

Deno.test("Runner waits with the delay of a held job for its release", async () => {
  await using scene = openRunnerFixture();
  const job = scene.start({ ...HOLD, delayMs: 10_000 });
  scene.clock.advance(20_000);
  scene.runner.release(job.id);
  await settle();
  assert.deepEqual(scene.commands, []);
  scene.clock.advance(10_000);
  assert.equal(await outcomeOf(scene, job), "exited");
});

Deno.test("Runner refuses a held job that nobody releases in time", async () => {
  await using scene = openRunnerFixture();
  const job = scene.start(HOLD);
  scene.clock.advance(60_001);
  assert.equal(await outcomeOf(scene, job), "not-released");
  assert.equal(scene.runner.release(job.id), false);
  assert.deepEqual(scene.commands, []);
  assert.ok(scene.journal.resultOf(job.id));
});

Deno.test("Runner lets a cancel win over a release, in either order", async () => {
  await using scene = openRunnerFixture(exitAtOnce, { slots: 1 });
  const first = scene.start(HOLD);
  scene.runner.cancel(first.id);
  scene.runner.release(first.id);
  const second = scene.start(HOLD);
  scene.runner.release(second.id);
  scene.runner.cancel(second.id);
  for (const job of [first, second]) assert.equal(await outcomeOf(scene, job), "cancelled");
  assert.deepEqual(scene.commands, []);
});

Deno.test("Runner looks for a cancel last, when a slot is free already", async () => {
  for (const fields of [{}, HOLD]) {
    const going = Promise.withResolvers<void>();
    await using scene = openRunnerFixture(async function* () {
      await going.promise;
      yield* exitAtOnce();
    }, { slots: 1 });
    scene.start();
    const job = scene.start(fields);
    scene.runner.release(job.id);
    await settle();
    going.resolve();
    while (scene.events.every(({ kind }) => kind !== "ended")) await Promise.resolve();
    scene.runner.cancel(job.id); // The slot is free, and the job has not looked yet.
    assert.equal(await outcomeOf(scene, job), "cancelled");
    assert.equal(scene.commands.length, 1);
  }
});

Deno.test("Runner runs nothing that was cancelled before it came", async () => {
  const earlyCancels = {
    covers: ({ signers }: { signers: readonly string[] }) => signers[0] === "b",
  };
  await using scene = openRunnerFixture(exitAtOnce, { earlyCancels });
  for (const fields of [{}, HOLD, { delayMs: 5_000 }]) {
    const job = scene.start({ ...fields, signers: ["b"] });
    assert.equal(await outcomeOf(scene, job), "cancelled");
  }
  assert.equal(await outcomeOf(scene, scene.start()), "exited");
  assert.equal(scene.commands.length, 1);
});

Deno.test("Runner holds a bounded number of jobs, which take no slot", async () => {
  await using scene = openRunnerFixture(exitAtOnce, { slots: 1, held: 2 });
  const held = [scene.start(HOLD), scene.start(HOLD)];
  assert.equal(await outcomeOf(scene, scene.start(HOLD)), "busy");
  assert.equal(await outcomeOf(scene, scene.start()), "exited");
  for (const job of held) {
    scene.runner.release(job.id);
    assert.equal(await outcomeOf(scene, job), "exited");
  }
  const next = scene.start(HOLD);
  scene.runner.release(next.id);
  assert.equal(await outcomeOf(scene, next), "exited");
});

Deno.test("Runner that is closed says of held jobs that they were not released", async () => {
  await using scene = openRunnerFixture();
  const job = scene.start(HOLD);
  await scene.runner[Symbol.asyncDispose]();
  assert.equal(await outcomeOf(scene, job), "not-released");
  assert.deepEqual(scene.journal.interrupted(), []);
});
