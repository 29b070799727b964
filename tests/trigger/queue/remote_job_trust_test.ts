/** What an operator's program believes of a hub: nothing better than what agents have signed. */
import assert from "node:assert/strict";
import { systemClock } from "../../../lib/base/clock.ts";
import { readUnverified } from "../../../lib/envelope/signing/unverified_envelope.ts";
import { requestType } from "../../../lib/envelope/statements/request.ts";
import { parseTarget } from "../../../lib/nodeset/mod.ts";
import type { VerifiedState } from "../../../lib/protocol/job/host_state.ts";
import type { HubReply } from "../../../lib/protocol/operator/replies.ts";
import type { ReplySink } from "../../../lib/trigger/queue/hub_connection.ts";
import { RemoteJob, type RemoteJobOptions } from "../../../lib/trigger/queue/remote_job.ts";
import { prepareRequest } from "../../../lib/trigger/requests/submission.ts";
import { SettableClock } from "../../support/settable_clock.ts";
import { alice } from "../../support/envelope_fixtures.ts";

const nodes = ["web1", "web2"];

const prepared = prepareRequest({
  target: parseTarget("web[1-2]"),
  lifeMs: 60_000,
  run: { kind: "argv", argv: ["/bin/true"] },
  timeoutMs: 1_000,
  mode: "run",
}, [alice]);

/** Submits a job to a hub that the test plays. */
function submit(options: Partial<RemoteJobOptions> = {}) {
  const states = new Map<string, VerifiedState>();
  let sink: ReplySink | undefined;
  const job = new RemoteJob({
    ...{ id: prepared.id, digest: prepared.digest, message: prepared.message, nodes },
    submission: [],
    sink: { state: (node, state) => void states.set(node, state), output: () => {} },
    pins: new Map(),
    ...options,
  });
  job.attach({
    openExchange(_calls, replies) {
      sink ??= replies; // those of the job; directives have exchanges of their own
      return { send: () => {}, [Symbol.dispose]: () => {} };
    },
  });
  return { job, states, hub: (reply: HubReply) => sink?.(reply) };
}

Deno.test("a hub cannot skip a host that was not held back", () => {
  const { job, states, hub } = submit();
  hub({ kind: "state", node: "web1", state: "skipped", at: 1 });
  assert.deepEqual(states.get("web1"), {
    kind: "lost",
    reason: "the hub says that it was skipped, but it was not held back",
  });
  job[Symbol.dispose]();
});

Deno.test("a host that was withheld and never released is skipped", () => {
  const { job, states, hub } = submit({ held: true });
  job.release(["web1"]);
  job.withhold();
  for (const node of nodes) hub({ kind: "state", node, state: "skipped", at: 1 });
  assert.deepEqual([states.get("web1")?.kind, states.get("web2")?.kind], ["lost", "skipped"]);
});

Deno.test("a hub that reports the end of a job without results proves nothing", async () => {
  const { job, states, hub } = submit();
  hub({ kind: "over" });
  await job.over;
  const lost = { kind: "lost", reason: "the hub ended the job without a result of this host" };
  assert.deepEqual([...states.values()], [lost, lost]);
});

Deno.test("what a hub reports as not delivered can run until the request expires", () => {
  const { job, states, hub } = submit();
  hub({ kind: "state", node: "web1", state: "expired", at: 1 });
  assert.ok(prepared.message.kind === "sealed");
  const { expires } = readUnverified(prepared.message.envelope, requestType).claimed;
  assert.deepEqual(states.get("web1"), { kind: "expired", canRunUntil: expires });
  job[Symbol.dispose]();
});

Deno.test("a hub that reports no end is not waited for without limit", async () => {
  const clock = new SettableClock();
  const { job, states } = submit({ maxMs: 5_000, clock });
  clock.advance(4_999);
  assert.equal(states.size, 0);
  clock.advance(1);
  await job.over;
  assert.deepEqual([...states.values()].map(({ kind }) => kind), ["lost", "lost"]);
});

Deno.test("the time limit of a held job starts with its last release", async () => {
  const clock = new SettableClock();
  const { job, states } = submit({ maxMs: 5_000, held: true, clock });
  clock.advance(60_000);
  job.release(["web1"]);
  clock.advance(4_000);
  job.release(["web2"]);
  clock.advance(4_000);
  assert.equal(states.size, 0);
  clock.advance(1_000);
  await job.over;
  assert.equal(states.size, 2);
});

Deno.test("a job that is closed leaves no timer", () => {
  const { job } = submit({ maxMs: 5_000, clock: systemClock });
  job[Symbol.dispose]();
});
