import assert from "node:assert/strict";
import { resultType } from "../../lib/envelope/result.ts";
import { seal } from "../../lib/envelope/seal.ts";
import {
  type HubMessage,
  LAST_WORDS,
  MAX_CHUNK,
  type Output,
  WINDOW,
} from "../../lib/envelope/session.ts";
import { JobHost } from "../../lib/hub/job_host.ts";
import { alice, bob } from "../envelope/fixtures.ts";
import { type FakeSession, fakeSession } from "../support/fake_session.ts";
import { JobRecorder } from "../support/job_recorder.ts";
import { resultOf } from "../support/simulated_agent.ts";
import { settle } from "../support/virtual_clock.ts";

const pure = { permissions: "none" } as const;
const asked = { id: "a".repeat(32), digest: "b".repeat(64) };
const order: HubMessage = { kind: "unsigned", id: asked.id, host: "web1", command: "true" };

/** A host that has nothing yet, and an agent of its name with the key of `alice`. */
function meeting(): { host: JobHost; sink: JobRecorder; session: FakeSession } {
  const sink = new JobRecorder();
  return { host: new JobHost("web1", asked, sink), sink, session: fakeSession(alice.publicKey) };
}

/** The same after the order was sent. */
function met(): ReturnType<typeof meeting> {
  const made = meeting();
  made.host.meet(made.session, order);
  return made;
}

function chunk(offset: number, bytes: Uint8Array | string): Output {
  const body = typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes;
  return { kind: "output", id: asked.id, stream: "stdout", offset, bytes: body };
}

function signed(change: Partial<ReturnType<typeof resultOf>> = {}, key = alice): Uint8Array {
  return seal(resultType, { ...resultOf(asked, "web1"), ...change }, [key]);
}

function told(host: JobHost, session: FakeSession, kind: "delivered" | "started"): void {
  host.take(session, { kind, id: asked.id });
}

Deno.test("JobHost goes from pending to delivered, started and ended", pure, () => {
  const { host, sink, session } = met();
  assert.deepEqual(session.sent, [order]);
  assert.deepEqual(host.state, { kind: "pending" });
  told(host, session, "delivered");
  told(host, session, "started");
  host.take(session, { kind: "sealed", envelope: signed() });
  assert.deepEqual(sink.log, ["web1 delivered", "web1 started", "web1 ended"]);
  assert.deepEqual(session.sent, [order, { kind: "ack", id: asked.id }]);
});

Deno.test(
  "JobHost is not moved by messages that come twice, late or in another order",
  pure,
  () => {
    const { host, sink, session } = met();
    told(host, session, "started");
    told(host, session, "delivered");
    told(host, session, "started");
    host.take(session, chunk(0, "one"));
    host.take(session, chunk(0, "one"));
    host.take(session, chunk(6, "three"));
    host.take(session, chunk(3, "two"));
    host.take(session, { kind: "sealed", envelope: signed() });
    host.take(session, { kind: "sealed", envelope: signed({ outcome: { kind: "timeout" } }) });
    told(host, session, "delivered");
    host.take(session, chunk(6, "late"));
    host.expire();
    host.giveUp();
    assert.deepEqual(sink.log, ["web1 started", "web1 3 bytes", "web1 3 bytes", "web1 ended"]);
    assert.equal(sink.text("web1"), "onetwo");
  },
);

Deno.test("JobHost acknowledges a result again when it comes again", pure, () => {
  const { host, session } = met();
  host.take(session, { kind: "sealed", envelope: signed() });
  host.take(session, { kind: "sealed", envelope: signed() });
  const ack = { kind: "ack", id: asked.id };
  assert.deepEqual(session.sent, [order, ack, ack]);
});

Deno.test("JobHost acknowledges a result again to an agent that comes back with it", pure, () => {
  const { host, session, sink } = met();
  host.take(session, { kind: "sealed", envelope: signed() });
  const again = fakeSession(alice.publicKey, { held: [asked.id] });
  host.meet(again, order);
  assert.deepEqual(again.sent, [{ kind: "ack", id: asked.id }]);
  assert.deepEqual(sink.log, ["web1 ended"]);
});

Deno.test("JobHost sends nothing to an agent that comes back after the end", pure, () => {
  const { host, session } = met();
  host.take(session, { kind: "sealed", envelope: signed() });
  const again = fakeSession(alice.publicKey);
  host.meet(again, order);
  assert.deepEqual(again.sent, []);
});

Deno.test("JobHost does not acknowledge a result that comes after it was given up", pure, () => {
  const { host, session, sink } = met();
  host.giveUp();
  host.take(session, { kind: "sealed", envelope: signed() });
  const again = fakeSession(alice.publicKey, { held: [asked.id] });
  host.meet(again, order);
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
  Deno.test(`JobHost ignores a result ${title}`, pure, () => {
    const { host, sink, session } = met();
    host.take(session, { kind: "sealed", envelope });
    assert.deepEqual(sink.log, []);
    assert.deepEqual(session.sent, [order]);
    host.take(session, { kind: "sealed", envelope: signed() });
    assert.deepEqual(sink.log, ["web1 ended"]);
  });
}

function changed(envelope: Uint8Array): Uint8Array {
  const copy = envelope.slice();
  const at = copy.indexOf("e".charCodeAt(0), 40);
  copy[at] = "f".charCodeAt(0);
  return copy;
}

Deno.test("JobHost expires when nobody could be sent the order", pure, () => {
  const { host, sink } = meeting();
  host.meet(fakeSession(alice.publicKey, { stuck: true }), order);
  host.expire();
  assert.deepEqual(sink.log, ["web1 expired"]);
  assert.deepEqual(host.state, { kind: "expired" });
});

Deno.test("JobHost is lost when the order was sent and nothing came back", pure, () => {
  const { host } = met();
  host.expire();
  assert.equal(host.state.kind, "lost");
});

Deno.test("JobHost does not expire once it was delivered, but is lost in the end", pure, () => {
  const { host, session } = met();
  told(host, session, "delivered");
  host.expire();
  assert.equal(host.state.kind, "delivered");
  host.giveUp();
  assert.equal(host.state.kind, "lost");
});

Deno.test("JobHost sends the order again to an agent that comes back without it", pure, () => {
  const { host } = met();
  const again = fakeSession(alice.publicKey);
  host.meet(again, order);
  assert.deepEqual(again.sent, [order]);
  assert.equal(host.state.kind, "pending");
});

Deno.test("JobHost learns from a hello that the order was delivered", pure, () => {
  for (const said of [{ running: [asked.id] }, { held: [asked.id] }]) {
    const { host } = met();
    const again = fakeSession(alice.publicKey, said);
    host.meet(again, order);
    assert.equal(host.state.kind, "delivered");
    assert.deepEqual(again.sent, [{ kind: "credit", id: asked.id, received: 0 }]);
    host.expire();
    assert.equal(host.state.kind, "delivered");
  }
});

Deno.test("JobHost is lost when the agent comes back and has forgotten the order", pure, () => {
  const { host, session } = met();
  told(host, session, "delivered");
  host.meet(fakeSession(alice.publicKey), order);
  assert.equal(host.state.kind, "lost");
});

Deno.test("JobHost says where the output goes on to an agent that comes back", pure, () => {
  const { host, session, sink } = met();
  host.take(session, chunk(0, "one"));
  const again = fakeSession(alice.publicKey, { running: [asked.id] });
  host.meet(again, order);
  assert.deepEqual(again.sent, [{ kind: "credit", id: asked.id, received: 3 }]);
  host.take(again, chunk(0, "one"));
  host.take(again, chunk(3, "two"));
  assert.equal(sink.text("web1"), "onetwo");
});

Deno.test("JobHost gives credit once half of the window was taken", pure, () => {
  const { host, session } = met();
  const bytes = new Uint8Array(MAX_CHUNK);
  const half = WINDOW / 2;
  for (let offset = 0; offset < half; offset += MAX_CHUNK) {
    assert.deepEqual(session.sent, [order]);
    host.take(session, chunk(offset, bytes));
  }
  assert.deepEqual(session.sent.slice(1), [{ kind: "credit", id: asked.id, received: half }]);
});

Deno.test(
  "JobHost gives a slow sink one piece at a time, and no credit before it is taken",
  pure,
  async () => {
    const { host, session, sink } = met();
    sink.block("web1");
    const bytes = new Uint8Array(WINDOW / 2);
    host.take(session, chunk(0, bytes.subarray(0, MAX_CHUNK)));
    for (let offset = MAX_CHUNK; offset < bytes.length; offset += MAX_CHUNK) {
      host.take(session, chunk(offset, bytes.subarray(offset, offset + MAX_CHUNK)));
    }
    await settle();
    assert.deepEqual(sink.log, ["web1 started", `web1 ${MAX_CHUNK} bytes`]);
    assert.deepEqual(session.sent, [order]);
    sink.unblock("web1");
    await settle();
    assert.equal(sink.bytes("web1").length, bytes.length);
    assert.deepEqual(session.sent.slice(1), [
      { kind: "credit", id: asked.id, received: bytes.length },
    ]);
  },
);

Deno.test(
  "JobHost keeps no more for a slow sink than agents may send, whatever they do",
  pure,
  async () => {
    const { host, session, sink } = met();
    sink.block("web1");
    const bytes = new Uint8Array(MAX_CHUNK);
    const flood = (to: FakeSession, from: number) => {
      for (let sent = 0; sent < 2 * LAST_WORDS; sent += MAX_CHUNK) {
        host.take(
          to,
          chunk(from + sent, bytes),
        );
      }
    };
    flood(session, 0);
    for (let round = 0; round < 4; round++) {
      const again = fakeSession(alice.publicKey, { running: [asked.id] });
      host.meet(again, order);
      const [credit] = again.sent;
      assert.ok(credit?.kind === "credit");
      flood(again, credit.received);
    }
    sink.unblock("web1");
    await settle();
    assert.ok(sink.bytes("web1").length <= WINDOW + LAST_WORDS + 2 * MAX_CHUNK);
  },
);

Deno.test(
  "JobHost hands over all output before it tells the end, also to a slow sink",
  pure,
  async () => {
    for (const ending of ["result", "giveUp"] as const) {
      const { host, session, sink } = met();
      sink.block("web1");
      host.take(session, chunk(0, "one"));
      host.take(session, chunk(3, "two"));
      if (ending === "giveUp") host.giveUp();
      else host.take(session, { kind: "sealed", envelope: signed() });
      sink.unblock("web1");
      await settle();
      const last = ending === "giveUp" ? "web1 lost" : "web1 ended";
      assert.deepEqual(sink.log, ["web1 started", "web1 3 bytes", "web1 3 bytes", last]);
    }
  },
);

Deno.test("JobHost goes on when the sink fails to take something", pure, async () => {
  const { session } = meeting();
  const sizes: number[] = [];
  const host = new JobHost("web1", asked, {
    state() {},
    output: (_node, { bytes }) => {
      sizes.push(bytes.length);
      return Promise.reject(new Error("the disk is full"));
    },
  });
  host.take(session, chunk(0, "one"));
  host.take(session, chunk(3, "three"));
  await settle();
  assert.deepEqual(sizes, [3, 5]);
});
