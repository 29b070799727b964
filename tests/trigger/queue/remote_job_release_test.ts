import assert from "node:assert/strict";
import type { OperatorCall } from "../../../lib/protocol/operator/calls.ts";
import { RemoteJob } from "../../../lib/trigger/queue/remote_job.ts";
import type { ReplySink } from "../../../lib/trigger/queue/hub_connection.ts";
const id = "a".repeat(32);

/** A connection that keeps what is said, conversation by conversation. */
function fakeLink() {
  const said: string[] = [];
  let first: ReplySink | undefined;
  return {
    said,
    answer: (node: string, state: "pending" | "delivered" | "skipped") =>
      first?.({ kind: "state", node, state, at: 1 }),
    openExchange(asks: readonly OperatorCall[], sink: ReplySink) {
      first ??= sink;
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
  assert.deepEqual(link.said, ["follow", "web[1-2] release", "withhold"]);
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
