import assert from "node:assert/strict";
import type { HubMessage } from "../../../lib/protocol/agent/messages.ts";
import { JobHost } from "../../../lib/hub/jobs/job_host.ts";
import { alice, bob } from "../../support/envelope_fixtures.ts";
import { type FakeSession, fakeSession } from "../../support/hub/fake_session.ts";
import { JobRecorder } from "../../support/hub/job_recorder.ts";
import { settle } from "../../support/virtual_clock.ts";
import { asked, chunk, newJobHost, order, sentJobHost, signed } from "./job_host_fixture.ts";

function told(host: JobHost, session: FakeSession, kind: "delivered" | "started"): void {
  host.receive(session, { kind, id: asked.id });
}

Deno.test("JobHost goes from pending to delivered, started and ended", () => {
  const { host, sink, session } = sentJobHost();
  assert.deepEqual(session.sent, [order]);
  assert.deepEqual(host.state, { kind: "pending" });
  told(host, session, "delivered");
  told(host, session, "started");
  host.receive(session, { kind: "sealed", envelope: signed() });
  assert.deepEqual(sink.log, ["web1 delivered", "web1 started", "web1 ended"]);
  assert.deepEqual(session.sent, [order, { kind: "ack", id: asked.id }]);
});

Deno.test(
  "JobHost is not moved by messages that come twice, late or in another order",
  () => {
    const { host, sink, session } = sentJobHost();
    told(host, session, "started");
    told(host, session, "delivered");
    told(host, session, "started");
    host.receive(session, chunk(0, "one"));
    host.receive(session, chunk(0, "one"));
    host.receive(session, chunk(6, "three"));
    host.receive(session, chunk(3, "two"));
    host.receive(session, { kind: "sealed", envelope: signed() });
    host.receive(session, { kind: "sealed", envelope: signed({ outcome: { kind: "timeout" } }) });
    told(host, session, "delivered");
    host.receive(session, chunk(6, "late"));
    host.expire();
    host.giveUp();
    assert.deepEqual(sink.log, ["web1 started", "web1 3 bytes", "web1 3 bytes", "web1 ended"]);
    assert.equal(sink.text("web1"), "onetwo");
  },
);

Deno.test("JobHost acknowledges a result again when it comes again", () => {
  const { host, session } = sentJobHost();
  host.receive(session, { kind: "sealed", envelope: signed() });
  host.receive(session, { kind: "sealed", envelope: signed() });
  const ack = { kind: "ack", id: asked.id };
  assert.deepEqual(session.sent, [order, ack, ack]);
});

Deno.test("JobHost acknowledges a result again to an agent that comes back with it", () => {
  const { host, session, sink } = sentJobHost();
  host.receive(session, { kind: "sealed", envelope: signed() });
  const again = fakeSession(alice.publicKey, { held: [asked.id] });
  host.attach(again);
  assert.deepEqual(again.sent, [{ kind: "ack", id: asked.id }]);
  assert.deepEqual(sink.log, ["web1 ended"]);
});

Deno.test("JobHost sends nothing to an agent that comes back after the end", () => {
  const { host, session } = sentJobHost();
  host.receive(session, { kind: "sealed", envelope: signed() });
  const again = fakeSession(alice.publicKey);
  host.attach(again);
  assert.deepEqual(again.sent, []);
});

Deno.test("JobHost does not acknowledge a result that comes after it was given up", () => {
  const { host, session, sink } = sentJobHost();
  host.giveUp();
  host.receive(session, { kind: "sealed", envelope: signed() });
  const again = fakeSession(alice.publicKey, { held: [asked.id] });
  host.attach(again);
  assert.deepEqual([session.sent, again.sent], [[order], []]);
  assert.deepEqual(sink.log, ["web1 lost"]);
});

for (
  const [title, envelope] of [
    ["signed by another key", signed({}, bob)],
    ["of another request", signed({ id: "c".repeat(32) })],
    ["of another body", signed({ request: "d".repeat(64) })],
    ["of another agent", signed({ agent: "web2" })],
    ["with a letter changed", changed(signed())],
    ["that is none", new TextEncoder().encode('{"payload":')],
  ] as const
) {
  Deno.test(`JobHost ignores a result ${title}`, () => {
    const { host, sink, session } = sentJobHost();
    host.receive(session, { kind: "sealed", envelope });
    assert.deepEqual(sink.log, []);
    assert.deepEqual(session.sent, [order]);
    host.receive(session, { kind: "sealed", envelope: signed() });
    assert.deepEqual(sink.log, ["web1 ended"]);
  });
}

function changed(envelope: Uint8Array): Uint8Array {
  const copy = envelope.slice();
  const at = copy.indexOf("e".charCodeAt(0), 40);
  copy[at] = "f".charCodeAt(0);
  return copy;
}

Deno.test("JobHost expires when nobody could be sent the order", () => {
  const { host, sink } = newJobHost();
  host.attach(fakeSession(alice.publicKey, { stuck: true }));
  host.expire();
  assert.deepEqual(sink.log, ["web1 expired"]);
  assert.deepEqual(host.state, { kind: "expired" });
});

Deno.test("JobHost is lost once its agent has read the order and said nothing", async () => {
  const { host, session, sink } = sentJobHost();
  host.rollCall();
  assert.equal(host.state.kind, "pending");
  session.takeIn();
  await settle();
  assert.deepEqual(sink.log, ["web1 lost"]);
});

Deno.test("JobHost waits for what an agent has said, however late it is read", async () => {
  const { host, session } = sentJobHost();
  host.rollCall();
  host.expire();
  await settle();
  assert.equal(host.state.kind, "pending");
  told(host, session, "delivered");
  session.takeIn();
  await settle();
  assert.equal(host.state.kind, "delivered");
});

Deno.test("JobHost does not hold against an agent what one before it has read", async () => {
  const { host, session } = sentJobHost();
  host.rollCall();
  host.attach(fakeSession(alice.publicKey));
  session.takeIn();
  await settle();
  assert.equal(host.state.kind, "pending");
});

Deno.test(
  "JobHost is lost when its agent goes away, or comes back without it, after its time",
  () => {
    for (const end of ["detach", "attach"] as const) {
      const { host, session } = sentJobHost();
      host.expire();
      const next = end === "detach" ? session : fakeSession(alice.publicKey);
      host[end](next);
      assert.equal(host.state.kind, "lost");
      if (end === "attach") assert.deepEqual(next.sent, []);
    }
  },
);

Deno.test("JobHost is given up though its agent has not read the order", () => {
  const { host } = sentJobHost();
  host.giveUp();
  assert.equal(host.state.kind, "lost");
});

Deno.test(
  "JobHost remembers that the order was sent once, though it cannot be sent again",
  () => {
    const { host } = sentJobHost();
    const stuck = fakeSession(alice.publicKey, { stuck: true });
    host.attach(stuck);
    host.expire();
    host.detach(stuck);
    assert.equal(host.state.kind, "lost");
  },
);

Deno.test("JobHost does not expire once it was delivered, but is lost in the end", () => {
  const { host, session } = sentJobHost();
  told(host, session, "delivered");
  host.expire();
  assert.equal(host.state.kind, "delivered");
  host.giveUp();
  assert.equal(host.state.kind, "lost");
});

Deno.test("JobHost sends the order again to an agent that comes back without it", () => {
  const { host } = sentJobHost();
  const again = fakeSession(alice.publicKey);
  host.attach(again);
  assert.deepEqual(again.sent, [order]);
  assert.equal(host.state.kind, "pending");
});

Deno.test("JobHost learns from a hello that the order was delivered", () => {
  for (const said of [{ running: [asked.id] }, { held: [asked.id] }]) {
    const { host } = sentJobHost();
    const again = fakeSession(alice.publicKey, said);
    host.attach(again);
    assert.equal(host.state.kind, "delivered");
    assert.deepEqual(again.sent, [{ kind: "credit", id: asked.id, received: 0 }]);
    host.expire();
    assert.equal(host.state.kind, "delivered");
  }
});

Deno.test("JobHost is lost when the agent comes back and has forgotten the order", () => {
  const { host, session } = sentJobHost();
  told(host, session, "delivered");
  host.attach(fakeSession(alice.publicKey));
  assert.equal(host.state.kind, "lost");
});

const CANCELLED = { kind: "expired", reason: "cancelled before delivery" };
const cancel: HubMessage = { kind: "sealed", envelope: new Uint8Array([1]) };

Deno.test("JobHost passes a cancel on to an agent that may have the order", () => {
  const { host, sink, session } = sentJobHost();
  host.cancel(cancel);
  told(host, session, "delivered");
  host.cancel(cancel);
  assert.deepEqual(session.sent, [order, cancel, cancel]);
  host.receive(session, { kind: "sealed", envelope: signed({ outcome: { kind: "cancelled" } }) });
  assert.deepEqual(sink.log, ["web1 delivered", "web1 ended"]);
});

Deno.test("JobHost never sends an order that was cancelled before it could be sent", () => {
  const { host, sink, session } = newJobHost();
  host.cancel(cancel);
  host.attach(session);
  assert.deepEqual(session.sent, []);
  assert.deepEqual(sink.log, ["web1 expired"]);
  assert.deepEqual(host.state, CANCELLED);
});

Deno.test("JobHost passes a cancel on to an agent that comes back with the job", () => {
  const { host } = sentJobHost();
  host.cancel(cancel);
  const again = fakeSession(alice.publicKey, { running: [asked.id] });
  host.attach(again);
  assert.deepEqual(again.sent, [{ kind: "credit", id: asked.id, received: 0 }, cancel]);
});

Deno.test("JobHost does not send an order again that was cancelled", () => {
  const { host, sink } = sentJobHost();
  host.cancel(cancel);
  const again = fakeSession(alice.publicKey);
  host.attach(again);
  assert.deepEqual(again.sent, []);
  assert.deepEqual(sink.log, ["web1 expired"]);
  assert.deepEqual(host.state, CANCELLED);
});

Deno.test("JobHost cancels nothing that has ended", () => {
  const { host, session } = sentJobHost();
  host.receive(session, { kind: "sealed", envelope: signed() });
  host.cancel(cancel);
  assert.deepEqual(session.sent, [order, { kind: "ack", id: asked.id }]);
});

Deno.test("JobHost passes a confirmation on, and again to an agent that comes back", () => {
  const { host, session, sink } = sentJobHost();
  host.receive(session, { kind: "unconfirmed", id: asked.id });
  host.sendDirective(cancel);
  assert.deepEqual(session.sent, [order, cancel]);
  const again = fakeSession(alice.publicKey, { running: [asked.id] });
  host.attach(again);
  assert.deepEqual(again.sent, [{ kind: "credit", id: asked.id, received: 0 }, cancel]);
  assert.deepEqual([sink.log, host.isUnderWay], [["web1 unconfirmed"], true]);
});

Deno.test("JobHost directs nobody who has not got the order, or has ended", () => {
  const { host, session } = newJobHost();
  host.sendDirective(cancel);
  assert.equal(host.state.kind, "pending");
  host.attach(session);
  host.receive(session, { kind: "sealed", envelope: signed() });
  host.sendDirective(cancel);
  assert.deepEqual(session.sent, [order, { kind: "ack", id: asked.id }]);
});

Deno.test("JobHost takes any digest only where none is known", () => {
  const sink = new JobRecorder();
  const host = new JobHost("web1", { ...asked, digest: "" }, sink);
  const session = fakeSession(alice.publicKey, { running: [asked.id] });
  host.attach(session);
  host.receive(session, { kind: "sealed", envelope: signed({ id: "c".repeat(32) }) });
  assert.equal(host.state.kind, "delivered");
  host.receive(session, { kind: "sealed", envelope: signed({ request: "e".repeat(64) }) });
  assert.equal(host.state.kind, "ended");
});
