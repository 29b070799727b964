import assert from "node:assert/strict";
import type { OperatorCall } from "../../../lib/protocol/operator/calls.ts";
import { RemoteJob } from "../../../lib/trigger/queue/remote_job.ts";
import type { ReplySink } from "../../../lib/trigger/queue/hub_connection.ts";
const id = "a".repeat(32);

/** A connection that keeps what is said, conversation by conversation. */
function fakeLink() {
  const said: string[] = [];
  const envelopes: (string | undefined)[] = [];
  let first: ReplySink | undefined;
  return {
    said,
    envelopes,
    answer: (node: string, state: "pending" | "delivered" | "skipped") =>
      first?.({ kind: "state", node, state, at: 1 }),
    openExchange(asks: readonly OperatorCall[], sink: ReplySink) {
      first ??= sink;
      for (const ask of asks) if (ask.kind === "release") envelopes.push(ask.envelope);
      said.push(asks.map((ask) => ask.kind === "nodes" ? ask.names : ask.kind).join(" "));
      return { send: () => {}, [Symbol.dispose]: () => {} };
    },
  };
}

function begin() {
  const states: string[] = [];
  const job = new RemoteJob({
    id,
    sink: { state: (node, { kind }) => void states.push(`${node} ${kind}`), output: () => {} },
    pins: new Map(),
  });
  const link = fakeLink();
  job.attach(link);
  return { job, link, states };
}

Deno.test("RemoteJob tells the hub whose turn it is, and that nobody else has one", () => {
  const { job, link } = begin();
  job.release(["web1", "web2"]);
  job.release(["web3"]);
  job.withhold();
  assert.deepEqual(link.said, ["follow", "web[1-2] release", "web3 release", "withhold"]);
});

Deno.test("RemoteJob says all of it again when the connection was lost", () => {
  const { job } = begin();
  job.release(["web1"]);
  job.release(["web2"]);
  job.withhold();
  const link = fakeLink();
  job.attach(link);
  assert.deepEqual(link.said, ["follow", "web1 release", "web2 release", "withhold"]);
});

Deno.test(
  "RemoteJob that is given up says of hosts without a turn that they were skipped",
  () => {
    const { job, link, states } = begin();
    for (const node of ["web1", "web2", "web3"]) link.answer(node, "pending");
    job.release(["web1", "web2"]);
    link.answer("web2", "delivered");
    job.withhold();
    job.giveUp();
    assert.deepEqual(states, ["web2 delivered", "web1 lost", "web2 lost", "web3 skipped"]);
  },
);

Deno.test("RemoteJob brings the signed release of each batch, again after a reconnect", () => {
  const { job, link } = begin();
  const releases = [new Uint8Array([1]), new Uint8Array([2])];
  for (const [index, envelope] of releases.entries()) {
    job.release([`web${index}`], { kind: "sealed", envelope });
  }
  const again = fakeLink();
  job.attach(again);
  const expected = releases.map((envelope) => envelope.toBase64());
  assert.deepEqual([link.envelopes, again.envelopes], [expected, expected]);
});
