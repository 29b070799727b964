/** The agent with a full disk, with a hostile hub, and with a stop during its work. */

import assert from "node:assert/strict";
import { AuditLog } from "../../lib/agent/records/audit_log.ts";
import { Journal } from "../../lib/agent/records/journal.ts";
import { encodeUtf8 } from "../../lib/base/bytes.ts";
import { MAX_CHUNK, OUTPUT_WINDOW } from "../../lib/protocol/agent/streams.ts";
import { MAX_PAYLOAD } from "../../lib/sp/mod.ts";
import { generateSecretKey } from "../../lib/envelope/keys/secret_key.ts";
import { withPrototypes } from "../support/envelope_fixtures.ts";
import { AgentFixture, exited } from "../support/agent/agent_fixture.ts";
import { inFastFolder } from "../support/fast_folder.ts";
import { untilCancelled } from "../support/agent/runner_fixture.ts";
import { trustLine } from "../support/agent/signed_request.ts";
import { SettableClock } from "../support/settable_clock.ts";

const permissions: Deno.PermissionOptions = { read: true, write: true };

/** A journal whose disk fills up when `full` is set. */
class SmallJournal extends Journal {
  full = false;

  override accept(...args: Parameters<Journal["accept"]>): ReturnType<Journal["accept"]> {
    this.#check();
    return super.accept(...args);
  }

  override ended(...args: Parameters<Journal["ended"]>): void {
    this.#check();
    super.ended(...args);
  }

  override acknowledged(id: string): void {
    this.#check();
    super.acknowledged(id);
  }

  #check(): void {
    if (this.full) throw new Error("database or disk is full");
  }
}

/** Asserts that a valid request runs now. */
async function runsHonestRequest(agent: AgentFixture): Promise<void> {
  const { id, bytes } = agent.request();
  agent.hub.send(bytes);
  assert.equal((await agent.hub.result(id)).outcome.kind, "exited");
  assert.equal(agent.ran.at(-1), id);
  agent.hub.say({ kind: "ack", id });
}

Deno.test("Agent with a full disk refuses what is new and ends what is old", async () => {
  const clock = new SettableClock();
  const journal = new SmallJournal({ path: ":memory:", clock });
  const gate = Promise.withResolvers<void>();
  await using agent = await AgentFixture.open({
    clock,
    journal,
    async *execute() {
      yield { kind: "started", pid: 7 };
      await gate.promise;
      yield exited(0);
    },
  });
  const old = agent.request();
  agent.hub.send(old.bytes);
  await agent.hub.next("started");
  journal.full = true;
  const fresh = agent.request();
  agent.hub.send(fresh.bytes);
  const { outcome } = await agent.hub.result(fresh.id);
  assert.deepEqual(withPrototypes(outcome), {
    kind: "refused",
    code: "no-journal",
    reason: "cannot use the journal: database or disk is full",
  });
  gate.resolve();
  assert.equal((await agent.hub.result(old.id)).outcome.kind, "exited");
  agent.hub.say({ kind: "ack", id: old.id });
  await agent.hub.heard();
  const failures = agent.events.filter(({ kind }) => kind === "journal-failed");
  assert.equal(failures.length, 1);
  assert.deepEqual(agent.ran, [old.id]);
  journal.full = false;
  agent.hub.send(fresh.bytes);
  assert.equal((await agent.hub.result(fresh.id)).outcome.kind, "exited");
});

Deno.test("Agent runs nothing that it cannot put on record", { permissions }, async () => {
  await inFastFolder(async (folder) => {
    const audit = new AuditLog({ path: `${folder}/audit.jsonl` });
    await using agent = await AgentFixture.open({ audit });
    audit[Symbol.dispose]();
    const { id, bytes } = agent.request();
    agent.hub.send(bytes);
    const { outcome } = await agent.hub.result(id);
    assert.ok(outcome.kind === "refused");
    assert.equal(outcome.code, "no-audit");
    assert.match(outcome.reason, /^cannot write the audit log: /);
    assert.deepEqual(agent.ran, []);
    assert.deepEqual(agent.journal.interrupted(), [], "a restart would call it lost");
    const judged = await agent.waitForEvent(({ kind }) => kind === "admission");
    assert.equal(judged.kind === "admission" && judged.admission.kind, "refuse");
  });
});

Deno.test("Agent that is closed brings its commands to an end on record", async () => {
  const clock = new SettableClock();
  class Kept extends Journal {
    override [Symbol.dispose](): void {}
  }
  const journal = new Kept({ path: ":memory:", clock });
  const agent = await AgentFixture.open({ clock, journal, slots: 1, execute: untilCancelled });
  const [running, waiting, late] = [agent.request(), agent.request(), agent.request()];
  agent.hub.send(running.bytes);
  await agent.hub.next("started");
  agent.hub.send(waiting.bytes);
  await agent.hub.heard();
  const results = Promise.all([running, waiting].map(({ id }) => agent.hub.result(id)));
  const closed = agent[Symbol.asyncDispose]();
  agent.hub.send(late.bytes);
  agent.hub.say({ kind: "ping" });
  await closed;
  const outcomes = (await results).map(({ outcome }) => withPrototypes(outcome));
  assert.deepEqual(outcomes, [{ kind: "cancelled" }, { kind: "cancelled" }]);
  assert.deepEqual(journal.interrupted(), []);
  assert.equal(journal.held(9).length, 2);
  assert.equal(journal.digestOf(late.id), undefined, "it may come again to the next process");
  const pongs = agent.hub.received.filter(({ kind }) => kind === "pong");
  assert.deepEqual(pongs, [], "who answers has judged what came before");
});

Deno.test("Agent forgets no running command that a hub acknowledges", async () => {
  await using agent = await AgentFixture.open({ execute: untilCancelled });
  const { id, bytes } = agent.request();
  agent.hub.send(bytes);
  await agent.hub.next("started");
  for (const acknowledged of [id, "0".repeat(32)]) agent.hub.say({ kind: "ack", id: acknowledged });
  await agent.hub.heard();
  assert.deepEqual(agent.outbox.running, [id]);
  assert.deepEqual(agent.journal.interrupted().map((request) => request.id), [id]);
});

Deno.test("Agent sends no more than a window ahead, whatever credit a hub gives", async () => {
  await using agent = await AgentFixture.open({ execute: endless });
  const { id, bytes } = agent.request();
  agent.hub.send(bytes);
  const ids = [id, "0".repeat(32)];
  for (const received of [OUTPUT_WINDOW * 2, 2 ** 53 - 1, 2 ** 40]) {
    for (const other of ids) agent.hub.say({ kind: "credit", id: other, received });
  }
  for (let sent = 0; sent < OUTPUT_WINDOW; sent += MAX_CHUNK) await agent.hub.next("output");
  await agent.hub.heard();
  assert.deepEqual(agent.hub.received.filter(({ kind }) => kind === "output"), []);
  agent.hub.say({ kind: "credit", id, received: MAX_CHUNK });
  const { offset } = await agent.hub.next("output");
  assert.equal(offset, OUTPUT_WINDOW);
});

Deno.test("Agent keeps nothing of endless requests and credits", async () => {
  await using agent = await AgentFixture.open();
  const stale = agent.request({ issued: 1, expires: 2 });
  const check = agent.request({ mode: "check" });
  for (let round = 0; round < 500; round++) {
    agent.hub.send(stale.bytes);
    agent.hub.send(check.bytes);
    agent.hub.say({ kind: "credit", id: stale.id, received: round });
    agent.hub.say({ kind: "ack", id: check.id });
  }
  await agent.hub.heard();
  assert.deepEqual([agent.outbox.running, agent.outbox.held, agent.ran], [[], [], []]);
  await runsHonestRequest(agent);
});

Deno.test("Agent makes nothing of the longest nonsense there is", async () => {
  await using agent = await AgentFixture.open();
  for (const beginning of ["", '{"kind":"', '{"payload":"']) {
    const bytes = new Uint8Array(MAX_PAYLOAD - 4).fill(0x61);
    bytes.set(encodeUtf8(beginning));
    agent.hub.send(bytes);
    await agent.hub.heard();
  }
  await runsHonestRequest(agent);
  const told = agent.events.filter(({ kind }) => kind === "malformed" || kind === "admission");
  assert.deepEqual(told.map(({ kind }) => kind), [
    "malformed",
    "malformed",
    "admission",
    "admission",
  ]);
});

Deno.test("Agent takes the largest request there is", async () => {
  await using agent = await AgentFixture.open();
  const { id, bytes } = agent.request({
    run: { kind: "argv", argv: ["/bin/echo", "\u0001".repeat(20_000)] },
    stdin: new Uint8Array(65_536).toBase64(),
  });
  agent.hub.send(bytes);
  assert.equal((await agent.hub.result(id)).outcome.kind, "exited");
});

Deno.test(
  "Agent answers a check by eight keys with long names",
  async () => {
    const keys = Array.from({ length: 8 }, () => generateSecretKey("é".repeat(200)));
    const trust = keys.map((key) => trustLine(key, key.comment));
    await using agent = await AgentFixture.open({ trust });
    const { id, bytes } = agent.request({ mode: "check" }, keys);
    agent.hub.send(bytes);
    const { outcome } = await agent.hub.result(id);
    assert.ok(outcome.kind === "allowed");
    assert.equal(encodeUtf8(outcome.rule).length <= 1_024, true);
  },
);

/** Prints chunks until it is cancelled. */
async function* endless(
  _command: unknown,
  { signal }: { readonly signal: AbortSignal },
): ReturnType<typeof untilCancelled> {
  yield { kind: "started", pid: 7 };
  const bytes = new Uint8Array(MAX_CHUNK);
  for (let offset = 0; !signal.aborted; offset += MAX_CHUNK) {
    yield { kind: "output", stream: "stdout", offset, bytes };
  }
  yield exited(0);
}
