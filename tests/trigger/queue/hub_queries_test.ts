import assert from "node:assert/strict";
import { encodeUtf8 } from "../../../lib/base/bytes.ts";
import { UserError } from "../../../lib/base/errors.ts";
import { newRequestId } from "../../../lib/envelope/statements/body_fields.ts";
import { cancelType } from "../../../lib/envelope/statements/directive.ts";
import { readUnverified } from "../../../lib/envelope/signing/unverified_envelope.ts";
import type { JobSink } from "../../../lib/protocol/job/host_state.ts";
import {
  explain,
  findJob,
  forgetHosts,
  listHosts,
  listJobs,
  pastHosts,
} from "../../../lib/trigger/queue/hub_queries.ts";
import {
  type PreparedRequest,
  prepareRequest,
  signedCancel,
} from "../../../lib/trigger/requests/submission.ts";
import { parseTarget } from "../../../lib/nodeset/mod.ts";
import { alice } from "../../support/envelope_fixtures.ts";
import {
  type HubDaemonFixture,
  openHubDaemonFixture,
} from "../../support/hub/hub_daemon_fixture.ts";
import { JobRecorder } from "../../support/hub/job_recorder.ts";
import type { ScriptedAgent } from "../../support/hub/scripted_agent.ts";

const pure = { timeout: 10_000 } as const;

function order(set: string): PreparedRequest {
  return prepareRequest({
    target: parseTarget(set, { syntax: "set" }),
    run: { kind: "argv", argv: ["uptime"] },
    timeoutMs: 1_000,
    mode: "run",
    lifeMs: 60_000,
  }, [alice]);
}

async function submit(
  { queue }: HubDaemonFixture,
  made: PreparedRequest,
  nodes: readonly string[],
  sink: JobSink = new JobRecorder(),
) {
  return await queue.submit({ ...made, nodes, deliverMs: 60_000 }, sink);
}

/** Takes the order, and ends it. */
async function obey(
  agent: ScriptedAgent,
  { id, digest }: PreparedRequest,
  code: number,
): Promise<void> {
  await agent.next("sealed");
  agent.say({ kind: "delivered", id });
  agent.say({ kind: "started", id });
  agent.end({ id, digest }, { outcome: { kind: "exited", code }, rule: 'key "alice" (line 1)' });
  await agent.next("ack");
}

Deno.test("jobs are listed, found by their ids, and name their hosts", pure, async () => {
  await using fixture = await openHubDaemonFixture();
  const { queue, pins } = fixture;
  await assert.rejects(findJob(queue, "last"), /^UserError: no jobs yet$/);
  await using web1 = await fixture.attach({ name: "web1" });
  await using web2 = await fixture.attach({ name: "web2" });
  const [first, second] = [order("web[1-3]"), order("web1")];
  await submit(fixture, first, ["web1", "web2", "web3"]);
  await Promise.all([obey(web1, first, 0), obey(web2, first, 3)]);
  await submit(fixture, second, ["web1"]);
  await obey(web1, second, 0);
  const jobs = await listJobs(queue, { limit: 10 });
  assert.deepEqual(jobs.map(({ id, summary, target }) => [id, summary, target]), [
    [second.id, "uptime", "web1"],
    [first.id, "uptime", "web[1-3]"],
  ]);
  assert.deepEqual({ ...jobs[1]?.counts }, { failed: 1, ok: 1, pending: 1 });
  assert.match(jobs[0]?.by ?? "", /^SHA256:/);
  assert.deepEqual((await listJobs(queue, { limit: 1 })).map(({ id }) => id), [second.id]);
  const ofWeb2 = await listJobs(queue, { limit: 10, node: "web2" });
  assert.deepEqual(ofWeb2.map(({ id }) => id), [first.id]);
  assert.equal((await findJob(queue, "last")).id, second.id);
  assert.equal((await findJob(queue, first.id.slice(0, 12))).id, first.id);
  await assert.rejects(findJob(queue, "0".repeat(32)), UserError);
  assert.deepEqual(await pastHosts(queue, `${first.id}:failed`), ["web2"]);
  assert.deepEqual(await pastHosts(queue, `${first.id}:pending`), ["web3"]);
  assert.deepEqual(await pastHosts(queue, `${first.id}:refused`), []);
  for (const bad of ["zz", "last:nobody", `${"f".repeat(32)}:all`]) {
    await assert.rejects(pastHosts(queue, bad), UserError, bad);
  }
  const { host, job, trace } = await explain(queue, { node: "web2", pins });
  assert.deepEqual([host?.name, host?.attached, job?.id], ["web2", true, first.id]);
  assert.ok(trace?.end?.kind === "ended");
  const { outcome, rule } = trace.end.result.body;
  assert.deepEqual([outcome.kind, rule], ["exited", 'key "alice" (line 1)']);
  assert.ok(trace.pendingAt <= (trace.deliveredAt ?? 0));
  assert.ok((trace.deliveredAt ?? 0) <= (trace.startedAt ?? 0));
  const waiting = await explain(queue, { node: "web3", id: first.id, pins });
  assert.deepEqual([waiting.host, waiting.trace?.state], [undefined, "pending"]);
  const other = await explain(queue, { node: "web2", id: second.id, pins });
  assert.deepEqual([other.job?.id, other.trace], [second.id, undefined]);
  assert.deepEqual(await explain(queue, { node: "nobody", pins }), {});
});

Deno.test("a result that somebody else has signed is not believed", pure, async () => {
  await using fixture = await openHubDaemonFixture();
  await using web1 = await fixture.attach({ name: "web1" });
  const made = order("web1");
  await submit(fixture, made, ["web1"]);
  await obey(web1, made, 0);
  const pins = new Map([["web1", alice.publicKey]]);
  const { trace } = await explain(fixture.queue, { node: "web1", pins });
  assert.ok(trace?.end?.kind === "lost");
  assert.match(
    trace.end.reason,
    /^agent key of web1 changed: result ignored .*forget web1/,
  );
});

Deno.test(
  "a host of which something else has come than it has signed is unverified",
  pure,
  async () => {
    await using fixture = await openHubDaemonFixture();
    const { queue, pins } = fixture;
    await using web1 = await fixture.attach({ name: "web1" });
    const made = order("web1");
    await submit(fixture, made, ["web1"]);
    await web1.next("sealed");
    web1.say({
      kind: "output",
      id: made.id,
      stream: "stdout",
      offset: 0,
      bytes: encodeUtf8("forged"),
    });
    web1.end(made);
    await web1.next("ack");
    assert.deepEqual({ ...(await findJob(queue, "last")).counts }, { lost: 1 });
    assert.equal((await explain(queue, { node: "web1", pins })).trace?.unverified, true);
  },
);

Deno.test(
  "an answer to another question is none, and nothing waits for a confirmation",
  pure,
  async () => {
    await using fixture = await openHubDaemonFixture();
    const { queue, pins } = fixture;
    await using web1 = await fixture.attach({ name: "web1" });
    const made = order("web1");
    const sink = new JobRecorder();
    const job = await submit(fixture, made, ["web1"], sink);
    await web1.next("sealed");
    web1.say({ kind: "started", id: made.id });
    web1.say({ kind: "unconfirmed", id: made.id });
    web1.end(made, { outcome: { kind: "allowed", rule: "ALL", summary: "it as root" } });
    await job.over;
    assert.deepEqual(sink.log, ["web1 started", "web1 lost"]);
    await web1.next("ack");
    assert.deepEqual({ ...(await findJob(queue, "last")).counts }, { lost: 1 });
    assert.deepEqual((await explain(queue, { node: "web1", pins })).trace?.end, {
      kind: "lost",
      reason: "the request was a real run, but the result is of a dry run",
    });
  },
);

Deno.test("what a host prints whose key is another one is not shown", pure, async () => {
  await using fixture = await openHubDaemonFixture();
  await using web1 = await fixture.attach({ name: "web1" });
  const made = order("web1");
  const told: string[] = [];
  const job = await submit(fixture, made, ["web1"], {
    output: (node) => void told.push(`${node} prints`),
    state: (node, state) =>
      void told.push(`${node} ${"reason" in state ? state.reason : state.kind}`),
  });
  await web1.next("sealed");
  fixture.pins.set("web1", alice.publicKey); // it was asked, since its key was not known yet
  const { id } = made;
  web1.say({ kind: "delivered", id });
  web1.say({ kind: "output", id, stream: "stdout", offset: 0, bytes: encodeUtf8("all is well") });
  web1.end(made, {});
  await job.over;
  assert.equal(told.length, 1);
  assert.match(
    told.join("\n"),
    /^web1 agent key of web1 changed: result ignored/,
  );
});

Deno.test("a job is stopped on one of its hosts, and goes on with the others", pure, async () => {
  await using fixture = await openHubDaemonFixture();
  await using web1 = await fixture.attach({ name: "web1" });
  await using web2 = await fixture.attach({ name: "web2" });
  const made = order("web[1-3]");
  const sink = new JobRecorder();
  const job = await submit(fixture, made, ["web1", "web2", "web3"], sink);
  await Promise.all([web1.next("sealed"), web2.next("sealed")]);
  const target = parseTarget("web1", { syntax: "set" });
  job.cancel(signedCancel({ job: made.id, target }, alice), "web1");
  const { envelope } = await web1.next("sealed");
  assert.equal(readUnverified(envelope, cancelType).claimed.target, "web1");
  web1.end(made, { outcome: { kind: "cancelled" } });
  await sink.reaches("web1", "ended");
  await using web3 = await fixture.attach({ name: "web3" });
  await obey(web3, made, 0);
  await sink.reaches("web3", "ended");
  assert.equal(web2.count("sealed"), 0);
});

Deno.test("hosts are listed and forgotten", pure, async () => {
  await using fixture = await openHubDaemonFixture();
  const { queue } = fixture;
  const web1 = await fixture.attach({ name: "web1", facts: { os: "linux" } });
  await using _web2 = await fixture.attach({ name: "web2" });
  await web1[Symbol.asyncDispose]();
  while (fixture.daemon.dispatcher.roster.get("web1")) {
    await fixture.daemon.dispatcher.roster.changed();
  }
  const hosts = await listHosts(queue, { facts: true });
  assert.deepEqual(hosts.map(({ name, attached, facts }) => [name, attached, { ...facts }]), [
    ["web1", false, { os: "linux" }],
    ["web2", true, {}],
  ]);
  assert.equal((await listHosts(queue, { facts: false }))[0]?.facts, undefined);
  await forgetHosts(queue, ["web1"]);
  assert.deepEqual((await listHosts(queue, { facts: false })).map(({ name }) => name), ["web2"]);
});

Deno.test("a host that is attached and is forgotten must come again", pure, async () => {
  await using fixture = await openHubDaemonFixture();
  await using web1 = await fixture.attach({ name: "web1" });
  await forgetHosts(fixture.queue, ["web1"]);
  await web1.gone;
  assert.deepEqual(await listHosts(fixture.queue, { facts: false }), []);
});

Deno.test("a job can be followed to its end, or shown as it is now", pure, async () => {
  await using fixture = await openHubDaemonFixture();
  const { queue } = fixture;
  await using web1 = await fixture.attach({ name: "web1" });
  const made = order("web[1-2]");
  await submit(fixture, made, ["web1", "web2"]);
  await obey(web1, made, 0);
  const now = new JobRecorder();
  await (await queue.follow(made.id, now, { wait: false })).over;
  assert.deepEqual(now.log, ["web1 ended"]);
  const later = new JobRecorder();
  const followed = await queue.follow(made.id, later);
  await using web2 = await fixture.attach({ name: "web2" });
  await obey(web2, made, 1);
  await followed.over;
  assert.deepEqual(later.log.filter((line) => line.endsWith("ended")), [
    "web1 ended",
    "web2 ended",
  ]);
  await assert.rejects(queue.follow(newRequestId(), now), /no such job/);
});
