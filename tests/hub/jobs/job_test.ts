import assert from "node:assert/strict";
import type { HubMessage } from "../../../lib/protocol/agent/messages.ts";
import { Job } from "../../../lib/hub/jobs/job.ts";
import type { JobSpec } from "../../../lib/protocol/job/job_spec.ts";
import { alice, bob } from "../../support/envelope_fixtures.ts";
import { fakeSession } from "../../support/hub/fake_session.ts";
import { JobRecorder } from "../../support/hub/job_recorder.ts";
import { settle, VirtualClock } from "../../support/virtual_clock.ts";
const id = "a".repeat(32);
const message: HubMessage = { kind: "unsigned", id, host: "ALL", command: "true" };
const order: JobSpec = {
  id,
  digest: "b".repeat(64),
  message,
  nodes: ["web1", "web2"],
  deliverMs: 10_000,
  runMs: 60_000,
};

function begin(change: Partial<JobSpec> = {}) {
  const clock = new VirtualClock();
  const sink = new JobRecorder();
  return { clock, sink, job: new Job({ ...order, ...change }, sink, clock) };
}

async function isOver(job: Job): Promise<boolean> {
  let over = false;
  job.over.then(() => over = true);
  await settle();
  return over;
}

function kinds(job: Job): Record<string, string> {
  return Object.fromEntries([...job.states()].map(([node, { kind }]) => [node, kind]));
}

Deno.test("Job sends the order to those who are meant and to nobody else", () => {
  const { job } = begin();
  const meant = fakeSession(alice.publicKey, { name: "web1" });
  const other = fakeSession(bob.publicKey, { name: "web10" });
  job.attach(meant);
  job.attach(other);
  assert.deepEqual([meant.sent, other.sent], [[message], []]);
  job.receive(other, { kind: "delivered", id });
  assert.deepEqual(kinds(job), { web1: "pending", web2: "pending" });
  job.giveUp();
});

Deno.test(
  "Job expires who has not come in time, and loses who has not answered in time",
  async () => {
    const { job, clock, sink } = begin();
    const session = fakeSession(alice.publicKey, { name: "web1" });
    job.attach(session);
    job.receive(session, { kind: "delivered", id });
    await clock.advance(9_999);
    assert.deepEqual(kinds(job), { web1: "delivered", web2: "pending" });
    await clock.advance(1);
    assert.deepEqual(kinds(job), { web1: "delivered", web2: "expired" });
    await clock.advance(59_999);
    assert.equal(await isOver(job), false);
    await clock.advance(1);
    assert.equal(await isOver(job), true);
    assert.deepEqual(sink.log, ["web1 delivered", "web2 expired", "web1 lost"]);
  },
);

Deno.test("Job is over when every host has ended, and leaves no timer behind", async () => {
  const { job, clock } = begin();
  assert.equal(clock.sleeping, 1);
  job.giveUp();
  assert.equal(await isOver(job), true);
  assert.equal(clock.sleeping, 0);
  assert.deepEqual(kinds(job), { web1: "expired", web2: "expired" });
});

Deno.test("Job without hosts is over at once, and leaves no timer behind", async () => {
  const { job, clock } = begin({ nodes: [] });
  assert.equal(await isOver(job), true);
  assert.equal(clock.sleeping, 0);
});

Deno.test("Job counts a host once that is named twice", async () => {
  const { job, sink } = begin({ nodes: ["web1", "web1"] });
  job.giveUp();
  assert.equal(await isOver(job), true);
  assert.deepEqual(sink.log, ["web1 expired"]);
});

Deno.test("Job that is given up twice tells each end once", () => {
  const { job, sink } = begin();
  job.giveUp();
  job.giveUp();
  assert.deepEqual(sink.log, ["web1 expired", "web2 expired"]);
});

Deno.test("Job soon finds who has read the order and says nothing", async () => {
  const { job, clock } = begin({ nodes: ["web1"] });
  const session = fakeSession(alice.publicKey);
  job.attach(session);
  session.takeIn();
  await clock.advance(999);
  assert.deepEqual(kinds(job), { web1: "pending" });
  await clock.advance(1);
  assert.deepEqual(kinds(job), { web1: "lost" });
  assert.equal(clock.sleeping, 0);
});

Deno.test("Job finds that as soon, however late the agent came", async () => {
  const { job, clock } = begin({ deliverMs: 1_000_000 });
  for (const name of order.nodes) {
    await clock.advance(5_000);
    const session = fakeSession(alice.publicKey, { name });
    job.attach(session);
    session.takeIn();
    await clock.advance(999);
    assert.equal(kinds(job)[name], "pending");
    await clock.advance(1);
    assert.equal(kinds(job)[name], "lost");
  }
  assert.equal(clock.sleeping, 0);
});

Deno.test("Job finds that as soon, however late it was the agent's turn", async () => {
  const { job, clock } = begin({ nodes: ["web1"], held: true });
  const session = fakeSession(alice.publicKey);
  job.attach(session);
  session.takeIn();
  await clock.advance(5_000);
  job.release(["web1"]);
  await clock.advance(1_000);
  assert.deepEqual(kinds(job), { web1: "lost" });
  assert.equal(clock.sleeping, 0);
});

Deno.test("Job calls all who came together with one timer", async () => {
  const { job, clock } = begin();
  for (const name of order.nodes) job.attach(fakeSession(alice.publicKey, { name }));
  assert.equal(clock.sleeping, 2);
  await clock.advance(1_000);
  assert.equal(clock.sleeping, 1);
  job.giveUp();
});

Deno.test("Job meets a host that was late as long as it is waited for", async () => {
  const { job, clock } = begin({ nodes: ["web1"] });
  const [early, late] = [fakeSession(alice.publicKey), fakeSession(alice.publicKey)];
  await clock.advance(9_000);
  job.attach(early);
  await clock.advance(1_000);
  job.attach(late);
  assert.deepEqual([early.sent, late.sent], [[message], []]);
  assert.deepEqual(kinds(job), { web1: "lost" });
});

/** A job on web1 that its agent has confirmed, with long deadlines. */
function confirmed() {
  const begun = begin({ nodes: ["web1"], deliverMs: 1_000_000, runMs: 1_000_000 });
  const session = fakeSession(alice.publicKey);
  begun.job.attach(session);
  begun.job.receive(session, { kind: "delivered", id });
  return { ...begun, session };
}

function back() {
  return fakeSession(alice.publicKey, { running: [id] });
}

Deno.test("Job loses an agent that was away for 90 seconds", async () => {
  const { job, clock, session } = confirmed();
  job.detach(session);
  await clock.advance(89_999);
  assert.deepEqual(kinds(job), { web1: "delivered" });
  await clock.advance(1);
  assert.deepEqual(kinds(job), { web1: "lost" });
  assert.equal(clock.sleeping, 0);
});

Deno.test("Job does not lose an agent that was away for less, however often", async () => {
  const { job, clock, session } = confirmed();
  let here = session;
  for (let round = 0; round < 10; round++) {
    job.detach(here);
    await clock.advance(60_000);
    here = back();
    job.attach(here);
    await clock.advance(1_000);
  }
  assert.deepEqual(kinds(job), { web1: "delivered" });
  job.giveUp();
});

Deno.test("Job does not lose an agent whose older connection ends", async () => {
  const { job, clock, session } = confirmed();
  job.attach(back());
  job.detach(session);
  await clock.advance(100_000);
  assert.deepEqual(kinds(job), { web1: "delivered" });
  job.giveUp();
});

Deno.test(
  "Job waits on for an agent that went before it had confirmed the order",
  async () => {
    const { job, clock, sink } = begin({ nodes: ["web1"], deliverMs: 1_000_000 });
    const session = fakeSession(alice.publicKey);
    job.attach(session);
    job.detach(session);
    await clock.advance(500_000);
    const again = fakeSession(alice.publicKey);
    job.attach(again);
    assert.deepEqual(again.sent, [message]);
    job.detach(again);
    await clock.advance(500_000);
    assert.deepEqual(sink.log, ["web1 lost"]);
  },
);
