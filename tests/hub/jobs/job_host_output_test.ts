import assert from "node:assert/strict";
import {
  MAX_CHUNK,
  OUTPUT_WINDOW,
  OUTPUT_WINDOW_AFTER_CANCEL,
} from "../../../lib/protocol/agent/streams.ts";
import { JobHost } from "../../../lib/hub/jobs/job_host.ts";
import { alice } from "../../support/envelope_fixtures.ts";
import { type FakeSession, fakeSession } from "../../support/hub/fake_session.ts";
import { settle } from "../../support/virtual_clock.ts";
import { asked, chunk, newJobHost, order, sentJobHost, signed } from "./job_host_fixture.ts";

Deno.test("JobHost says where the output goes on to an agent that comes back", () => {
  const { host, session, sink } = sentJobHost();
  host.receive(session, chunk(0, "one"));
  const again = fakeSession(alice.publicKey, { running: [asked.id] });
  host.attach(again);
  assert.deepEqual(again.sent, [{ kind: "credit", id: asked.id, received: 3 }]);
  host.receive(again, chunk(0, "one"));
  host.receive(again, chunk(3, "two"));
  assert.equal(sink.text("web1"), "onetwo");
});

Deno.test("JobHost gives credit once half of the window was taken", () => {
  const { host, session } = sentJobHost();
  const bytes = new Uint8Array(MAX_CHUNK);
  const half = OUTPUT_WINDOW / 2;
  for (let offset = 0; offset < half; offset += MAX_CHUNK) {
    assert.deepEqual(session.sent, [order]);
    host.receive(session, chunk(offset, bytes));
  }
  assert.deepEqual(session.sent.slice(1), [{ kind: "credit", id: asked.id, received: half }]);
});

Deno.test(
  "JobHost gives a slow sink one piece at a time, and no credit before it is taken",
  async () => {
    const { host, session, sink } = sentJobHost();
    sink.block("web1");
    const bytes = new Uint8Array(OUTPUT_WINDOW / 2);
    host.receive(session, chunk(0, bytes.subarray(0, MAX_CHUNK)));
    for (let offset = MAX_CHUNK; offset < bytes.length; offset += MAX_CHUNK) {
      host.receive(session, chunk(offset, bytes.subarray(offset, offset + MAX_CHUNK)));
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
  async () => {
    const { host, session, sink } = sentJobHost();
    sink.block("web1");
    const bytes = new Uint8Array(MAX_CHUNK);
    const flood = (to: FakeSession, from: number) => {
      for (let sent = 0; sent < 2 * OUTPUT_WINDOW_AFTER_CANCEL; sent += MAX_CHUNK) {
        host.receive(
          to,
          chunk(from + sent, bytes),
        );
      }
    };
    flood(session, 0);
    for (let round = 0; round < 4; round++) {
      const again = fakeSession(alice.publicKey, { running: [asked.id] });
      host.attach(again);
      const [credit] = again.sent;
      assert.ok(credit?.kind === "credit");
      flood(again, credit.received);
    }
    sink.unblock("web1");
    await settle();
    assert.ok(
      sink.bytes("web1").length <= OUTPUT_WINDOW + OUTPUT_WINDOW_AFTER_CANCEL + 2 * MAX_CHUNK,
    );
  },
);

Deno.test(
  "JobHost hands over all output before it tells the end, also to a slow sink",
  async () => {
    for (const ending of ["result", "giveUp"] as const) {
      const { host, session, sink } = sentJobHost();
      sink.block("web1");
      host.receive(session, chunk(0, "one"));
      host.receive(session, chunk(3, "two"));
      if (ending === "giveUp") host.giveUp();
      else host.receive(session, { kind: "sealed", envelope: signed() });
      sink.unblock("web1");
      await settle();
      const last = ending === "giveUp" ? "web1 lost" : "web1 ended";
      assert.deepEqual(sink.log, ["web1 started", "web1 3 bytes", "web1 3 bytes", last]);
    }
  },
);

Deno.test("JobHost goes on when the sink fails to take something", async () => {
  const { session } = newJobHost();
  const sizes: number[] = [];
  const host = new JobHost("web1", asked, {
    state() {},
    output: (_node, { bytes }) => {
      sizes.push(bytes.length);
      return Promise.reject(new Error("the disk is full"));
    },
  });
  host.receive(session, chunk(0, "one"));
  host.receive(session, chunk(3, "three"));
  await settle();
  assert.deepEqual(sizes, [3, 5]);
});
