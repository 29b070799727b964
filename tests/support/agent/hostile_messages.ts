/**
 * Tables of hostile messages. Each row is sent to a running agent. The agent runs and stores nothing
 * of it, logs at most one short line, and accepts a valid request afterwards.
 *
 * The rows of the catalogue are numbered; every test that covers one begins with its number:
 *
 * | rows | where |
 * | --- | --- |
 * | 14 to 24 | `tests/agent/hostile_envelope_test.ts`; 20 also `trust_store_test.ts`, `public_key_test.ts` |
 * | 25 to 29, 35, 36, 40 to 44 | `tests/agent/hostile_body_test.ts` |
 * | 30 to 34 | `tests/agent/hostile_replay_test.ts` |
 * | 37, 38 | nothing to test: trust is a local file, and no hub sends one |
 * | 39, 41 to 43, 51 to 55 | `tests/agent/hostile_command_test.ts`, alone in `exec_hostile_test.ts` |
 * | 45, 60, 61 | `tests/agent/hostile_files_test.ts` |
 * @module
 */
import assert from "node:assert/strict";
import { AgentFixture, type AgentFixtureOptions } from "./agent_fixture.ts";

/** The expected reaction to a message. */
export type Verdict =
  /** No answer; the logged reason matches. */
  | { readonly kind: "ignored"; readonly because: RegExp }
  /** A message that no hub sends. */
  | { readonly kind: "malformed" }
  /** A signed refusal with this code for the request `id`. */
  | { readonly kind: "refused"; readonly code: string; readonly id: string };

/** A row of a table. */
export interface HostileRow {
  readonly name: string;
  /** Creates the message and its expected verdict. */
  readonly make: (agent: AgentFixture) => { readonly bytes: Uint8Array } & Verdict;
}

/** The longest log line that an unauthenticated peer can cause, in characters. */
const LONGEST_LINE = 400;

/** Returns a row that is ignored for this reason. */
export function ignored(bytes: Uint8Array, because: RegExp): ReturnType<HostileRow["make"]> {
  return { bytes, kind: "ignored", because };
}

/** Returns a row that is refused with a signed answer. */
export function refused(
  { id, bytes }: { readonly id: string; readonly bytes: Uint8Array },
  code: string,
): ReturnType<HostileRow["make"]> {
  return { bytes, kind: "refused", code, id };
}

/** Sends each row to one agent. */
export async function sendAll(
  t: Deno.TestContext,
  rows: readonly HostileRow[],
  options: AgentFixtureOptions = {},
): Promise<void> {
  await using agent = await AgentFixture.open(options);
  for (const { name, make } of rows) {
    await t.step(name, async () => {
      agent.takeEvents();
      agent.hub.received.length = 0;
      const ran = agent.ran.length;
      const message = make(agent);
      agent.hub.send(message.bytes);
      await agent.hub.heard();
      await assertHarmless(agent, message);
      assert.equal(agent.ran.length, ran, "nothing was run");
      await assertObeys(agent);
    });
  }
}

/** Asserts that the agent runs a valid request. */
export async function assertObeys(agent: AgentFixture): Promise<void> {
  const { id, bytes } = agent.request();
  agent.hub.send(bytes);
  const { outcome } = await agent.hub.result(id);
  assert.equal(outcome.kind, "exited");
  assert.equal(agent.ran.at(-1), id);
  agent.hub.say({ kind: "ack", id });
  await agent.hub.heard();
  agent.hub.received.length = 0;
}

async function assertHarmless(agent: AgentFixture, verdict: Verdict): Promise<void> {
  const told = agent.takeEvents().filter(({ kind }) =>
    kind === "admission" || kind === "malformed"
  );
  assert.equal(told.length, 1, "one event");
  const [event] = told;
  if (event?.kind === "malformed") {
    assert.equal(verdict.kind, "malformed", event.problem);
    assert.equal(event.problem.length <= LONGEST_LINE, true);
  } else if (event?.kind === "admission") await assertJudged(agent, event.admission, verdict);
  assert.deepEqual(agent.hub.received, [], "no further answer");
  assert.deepEqual([agent.outbox.running, agent.outbox.held], [[], []], "nothing is kept");
}

async function assertJudged(
  agent: AgentFixture,
  admission: Extract<UnderTestJudged, { kind: "admission" }>["admission"],
  verdict: Verdict,
): Promise<void> {
  if (admission.kind === "ignore") {
    assert.equal(verdict.kind, "ignored", admission.reason);
    if (verdict.kind === "ignored") assert.match(admission.reason, verdict.because);
    assert.equal(admission.reason.length <= LONGEST_LINE, true);
    return;
  }
  assert.ok(admission.kind === "refuse", admission.kind);
  assert.ok(verdict.kind === "refused", admission.refusal.reason);
  assert.equal(admission.refusal.code, verdict.code, admission.refusal.reason);
  assert.equal(admission.refusal.reason.length <= LONGEST_LINE, true);
  const { outcome } = await agent.hub.result(verdict.id);
  assert.equal(outcome.kind === "refused" && outcome.code, verdict.code);
}

type UnderTestJudged = ReturnType<AgentFixture["takeEvents"]>[number];
