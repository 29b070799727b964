import assert from "node:assert/strict";
import type { HubMessage } from "../../../lib/protocol/agent/messages.ts";
import { Job } from "../../../lib/hub/jobs/job.ts";
import { alice } from "../../support/envelope_fixtures.ts";
import { type FakeSession, fakeSession } from "../../support/hub/fake_session.ts";
import { JobRecorder } from "../../support/hub/job_recorder.ts";
import {
  type FakeInputSource,
  fakeInputSource,
  INPUT_REQUEST_ID as id,
} from "../../support/hub/fake_input_source.ts";
import { settle, VirtualClock } from "../../support/virtual_clock.ts";
const message: HubMessage = { kind: "unsigned", id, host: "ALL", command: "cat" };

interface Scene {
  readonly job: Job;
  readonly clock: VirtualClock;
  readonly sessions: readonly [FakeSession, FakeSession];
}

/** A job for two hosts, both of which have received it and request the input. */
function begin(input: FakeInputSource): Scene {
  const clock = new VirtualClock();
  const nodes = ["web1", "web2"];
  const order = { id, digest: "b".repeat(64), message, nodes, deliverMs: 10_000, runMs: 60_000 };
  const job = new Job({ ...order, input }, new JobRecorder(), clock);
  const sessions = [
    fakeSession(alice.publicKey, { name: "web1" }),
    fakeSession(alice.publicKey, { name: "web2" }),
  ] as const;
  for (const session of sessions) {
    job.attach(session);
    job.receive(session, { kind: "started", id });
    job.receive(session, { kind: "fed", id, taken: 0 });
  }
  return { job, clock, sessions };
}

/** Returns the offsets of the blocks that a session was sent. */
function blocks({ sent }: FakeSession): number[] {
  return sent.flatMap((each) => each.kind === "input" ? [each.offset] : []);
}

Deno.test("Job feeds every host that asks, and reads the input once", async () => {
  const source = fakeInputSource({ length: 150_000 });
  const { job, sessions: [first, second] } = begin(source);
  await settle();
  assert.deepEqual(blocks(first), [0, 100_000, 150_000]);
  assert.deepEqual(blocks(second), [0, 100_000, 150_000]);
  assert.deepEqual(source.reads, [0, 100_000, 150_000]);
  job.giveUp();
});

Deno.test("Job goes on with the input over a connection that comes after", async () => {
  const { job, sessions: [first] } = begin(fakeInputSource({ length: 150_000 }));
  await settle();
  job.receive(first, { kind: "fed", id, taken: 100_000 });
  job.detach(first);
  const again = fakeSession(alice.publicKey, { name: "web1", running: [id] });
  job.attach(again);
  job.receive(again, { kind: "delivered", id });
  job.receive(again, { kind: "fed", id, taken: 100_000 });
  await settle();
  assert.deepEqual(blocks(again), [100_000, 150_000]);
  job.giveUp();
});

Deno.test("Job reads on until the last host wants no more, or has ended", async () => {
  const source = fakeInputSource();
  const { job, sessions: [first] } = begin(source);
  await settle();
  const [signal] = source.signals;
  job.receive(first, { kind: "enough", id });
  assert.equal(signal?.aborted, false);
  job.giveUp();
  assert.equal(signal?.aborted, true);
});

Deno.test(
  "Job with a host that never comes feeds the others when that has expired",
  async () => {
    const clock = new VirtualClock();
    const order = { id, digest: "b".repeat(64), message, deliverMs: 10_000, runMs: 60_000 };
    const nodes = ["web1", "away"];
    const input = fakeInputSource({ length: 9_000_000, block: 250_000 });
    const job = new Job({ ...order, nodes, input }, new JobRecorder(), clock);
    const session = fakeSession(alice.publicKey, { name: "web1" });
    job.attach(session);
    job.receive(session, { kind: "started", id });
    const takeAll = async () => {
      let taken = -1;
      for (let next = 0; next > taken; next = blocks(session).at(-1) ?? 0) {
        taken = next;
        job.receive(session, { kind: "fed", id, taken });
        await settle();
      }
      return taken;
    };
    assert.ok(await takeAll() < 9_000_000, "it waits for the other");
    await clock.advance(10_000);
    assert.equal(await takeAll(), 9_000_000);
    job.giveUp();
  },
);
