import assert from "node:assert/strict";
import type { HubMessage } from "../../../lib/protocol/agent/messages.ts";
import { Job, type ResumableJobSpec } from "../../../lib/hub/jobs/job.ts";
import { JobHost, type ResumedHost } from "../../../lib/hub/jobs/job_host.ts";
import { alice, bob } from "../../support/envelope_fixtures.ts";
import { fakeSession } from "../../support/hub/fake_session.ts";
import { JobRecorder } from "../../support/hub/job_recorder.ts";
import { settle, VirtualClock } from "../../support/virtual_clock.ts";
import { asked, order, signed } from "./job_host_fixture.ts";

function begin(change: Partial<ResumableJobSpec>) {
  const clock = new VirtualClock();
  const sink = new JobRecorder();
  const whole = { ...asked, nodes: ["web1", "web2"], deliverMs: 10_000, runMs: 60_000, ...change };
  return { clock, sink, job: new Job(whole, sink, clock) };
}

function kinds(job: Job): string[] {
  return [...job.states().values()].map(({ kind }) => kind);
}

Deno.test("Job that is held gives the order to those whose turn it is", () => {
  const { job } = begin({ held: true });
  const [web1, web2] = [
    fakeSession(alice.publicKey, { name: "web1" }),
    fakeSession(bob.publicKey, { name: "web2" }),
  ];
  job.attach(web1);
  assert.deepEqual(web1.sent, []);
  job.release(["web1"]);
  job.release(["web2"]);
  job.attach(web2);
  assert.deepEqual([web1.sent, web2.sent], [[order], [order]]);
  job.giveUp();
});

Deno.test("Job counts the time to deliver from the moment of the release", async () => {
  const { job, clock } = begin({ held: true });
  await clock.advance(100_000);
  assert.deepEqual(kinds(job), ["pending", "pending"]);
  job.release(["web1"]);
  await clock.advance(10_000);
  assert.deepEqual(kinds(job), ["expired", "pending"]);
  job.giveUp();
  assert.deepEqual(kinds(job), ["expired", "skipped"]);
});

Deno.test("Job skips whoever has not had its turn once it is withheld", async () => {
  const { job } = begin({ held: true });
  const [web1, web2] = [
    fakeSession(alice.publicKey, { name: "web1" }),
    fakeSession(bob.publicKey, { name: "web2" }),
  ];
  job.attach(web1);
  job.release(["web1"]);
  job.withhold();
  job.release(["web2"]);
  job.attach(web2);
  assert.deepEqual([kinds(job), web2.sent], [["pending", "skipped"], []]);
  job.receive(web1, { kind: "sealed", envelope: signed() });
  await job.over;
});

Deno.test("Job that is held and cancelled skips whoever has not had its turn", async () => {
  const { job } = begin({ held: true });
  job.cancel(order);
  assert.deepEqual(kinds(job), ["skipped", "skipped"]);
  await job.over;
});

Deno.test(
  "Job that is held and forgotten skips all when no host would obey any more",
  async () => {
    const { job, clock } = begin({ held: true });
    await clock.advance(86_399_999);
    assert.deepEqual(kinds(job), ["pending", "pending"]);
    await clock.advance(1);
    assert.deepEqual(kinds(job), ["skipped", "skipped"]);
    assert.equal(clock.sleeping, 0);
  },
);

Deno.test(
  "Job does not say that a host was skipped that may have got the order before",
  () => {
    const { job } = begin({
      held: true,
      resumed: resumed({ state: { kind: "pending" }, sent: true }),
    });
    job.withhold();
    assert.deepEqual(kinds(job), ["pending", "skipped"]);
    job.giveUp();
    assert.deepEqual(kinds(job), ["lost", "skipped"]);
  },
);

function resumed(host: Partial<ResumedHost>): ReadonlyMap<string, ResumedHost> {
  return new Map([["web1", { state: { kind: "started" }, sent: true, received: 0, ...host }]]);
}

Deno.test("Job that is taken up again goes on with an agent that has it", async () => {
  const { job, clock, sink } = begin({
    resumed: resumed({ received: 7 }),
    nodes: ["web1"],
    runMs: 600_000,
  });
  const session = fakeSession(alice.publicKey, { running: [asked.id] });
  await clock.advance(89_000);
  job.attach(session);
  assert.deepEqual(session.sent, [{ kind: "credit", id: asked.id, received: 7 }]);
  await clock.advance(2_000);
  job.receive(session, { kind: "sealed", envelope: signed() });
  assert.equal((await sink.reaches("web1", "ended")).kind, "ended");
  await job.over;
});

Deno.test("Job that is taken up again loses whoever does not come back", async () => {
  const { job, clock } = begin({ resumed: resumed({}), nodes: ["web1"], runMs: 600_000 });
  await clock.advance(90_000);
  assert.deepEqual([...job.states().values()], [{
    kind: "lost",
    reason: "the agent detached and did not attach again",
  }]);
});

Deno.test(
  "Job that is taken up again does not say that what was sent never ran",
  async () => {
    for (const [sent, kind] of [[true, "lost"], [false, "expired"]] as const) {
      const host = resumed({ state: { kind: "pending" }, sent });
      const { job, clock } = begin({ resumed: host, nodes: ["web1"] });
      await clock.advance(10_000);
      assert.deepEqual(kinds(job), [kind]);
    }
  },
);

Deno.test("JobHost has the agent keep its result until it is written down", async () => {
  const writing = Promise.withResolvers<void>();
  const host = new JobHost("web1", asked, { state: () => writing.promise, output: () => {} });
  host.release();
  const session = fakeSession(alice.publicKey);
  host.attach(session);
  const result: HubMessage = { kind: "sealed", envelope: signed() };
  host.receive(session, result);
  host.receive(session, result);
  const acks = () => session.sent.filter(({ kind }) => kind === "ack").length;
  assert.equal(acks(), 0);
  writing.resolve();
  await settle();
  assert.equal(acks(), 1);
  host.receive(session, result);
  assert.equal(acks(), 2);
});

/** A signed release, as far as a hub reads it. */
const released: HubMessage = { kind: "sealed", envelope: new Uint8Array([7]) };

function heldHost() {
  const host = new JobHost("web1", asked, new JobRecorder());
  return { host, session: fakeSession(alice.publicKey) };
}

Deno.test("JobHost sends a release behind its request, and again until the command starts", () => {
  const { host, session } = heldHost();
  host.attach(session);
  host.release(released);
  assert.deepEqual(session.sent, [order, released]);
  host.release(released); // an operator that has attached again
  assert.equal(session.sent.length, 3);
  host.receive(session, { kind: "delivered", id: asked.id });
  const second = fakeSession(alice.publicKey, { running: [asked.id] });
  host.detach(session);
  host.attach(second);
  assert.deepEqual(second.sent.map(({ kind }) => kind), ["credit", "sealed"]);
  host.receive(second, { kind: "started", id: asked.id });
  host.release(released);
  assert.equal(second.sent.length, 2);
});

Deno.test("JobHost sends a release with the request when the host attaches later", () => {
  const { host, session } = heldHost();
  host.release(released);
  host.attach(session);
  assert.deepEqual(session.sent, [order, released]);
});

Deno.test("JobHost sends no release once the job is cancelled", () => {
  const { host, session } = heldHost();
  host.attach(session);
  host.release(released);
  const cancel: HubMessage = { kind: "sealed", envelope: new Uint8Array([8]) };
  host.cancel(cancel);
  host.release(released);
  host.detach(session);
  const second = fakeSession(alice.publicKey, { running: [asked.id] });
  host.attach(second);
  assert.deepEqual(session.sent, [order, released, cancel]);
  assert.deepEqual(second.sent.slice(1), [cancel]);
});

Deno.test("JobHost takes a release after a restart for an agent that holds the request", () => {
  const before: ResumedHost = { state: { kind: "delivered" }, sent: true, received: 0 };
  const host = new JobHost("web1", asked, new JobRecorder(), before);
  const session = fakeSession(alice.publicKey, { running: [asked.id] });
  host.attach(session);
  host.release(released);
  assert.deepEqual(session.sent.map(({ kind }) => kind), ["credit", "sealed"]);
});
