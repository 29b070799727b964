import assert from "node:assert/strict";
import type { ExecEvent } from "../../lib/agent/exec/command.ts";
import type { Execute } from "../../lib/agent/jobs/runner.ts";
import { newRequestId } from "../../lib/envelope/statements/body_fields.ts";
import {
  cancelType,
  type Directive,
  releaseType,
} from "../../lib/envelope/statements/directive.ts";
import { encodeLegacyCommand } from "../../lib/protocol/legacy_command.ts";
import { verifyEnvelope } from "../../lib/envelope/signing/verify_envelope.ts";
import { readUnverified } from "../../lib/envelope/signing/unverified_envelope.ts";
import { pongType } from "../../lib/envelope/statements/session_statements.ts";
import { requestType } from "../../lib/envelope/statements/request.ts";
import type { SecretKey } from "../../lib/envelope/keys/secret_key.ts";
import { signEnvelope } from "../../lib/envelope/signing/sign_envelope.ts";
import { listen, Pub } from "../../lib/sp/mod.ts";
import { alice, mallory, withPrototypes } from "../support/envelope_fixtures.ts";
import { AgentFixture, exited } from "../support/agent/agent_fixture.ts";
import { untilCancelled } from "../support/agent/runner_fixture.ts";

/** Runs until `goOn` is called; then prints "late" and exits with 0. */
function waiting(): { execute: Execute; goOn: () => void } {
  const gate = Promise.withResolvers<void>();
  async function* execute(): AsyncGenerator<ExecEvent> {
    yield { kind: "started", pid: 7 };
    await gate.promise;
    yield { kind: "output", stream: "stdout", offset: 0, bytes: new TextEncoder().encode("late") };
    yield exited(0);
  }
  return { execute, goOn: () => gate.resolve() };
}

Deno.test("Agent runs what an operator signed, and says how it ended", async () => {
  await using agent = await AgentFixture.open();
  const { id, bytes } = agent.request();
  agent.hub.send(bytes);
  await agent.hub.next("delivered");
  await agent.hub.next("started");
  const result = await agent.hub.result(id);
  assert.deepEqual(withPrototypes(result.outcome), { kind: "exited", code: 0 });
  assert.equal(result.request, readUnverified(bytes, requestType).digest);
  assert.deepEqual(agent.ran, [id]);
  assert.deepEqual(agent.outbox.held, [id]);
  agent.hub.say({ kind: "ack", id });
  await agent.hub.heard();
  assert.deepEqual(agent.outbox.held, []);
  assert.deepEqual(agent.journal.held(1), []);
});

Deno.test("Agent says what it would do, runs nothing and keeps nothing of it", async () => {
  await using agent = await AgentFixture.open();
  const { id, bytes } = agent.request({ mode: "check" });
  for (let round = 0; round < 2; round++) {
    agent.hub.send(bytes);
    assert.equal((await agent.hub.result(id)).outcome.kind, "allowed");
  }
  assert.deepEqual([agent.ran, agent.outbox.held, agent.journal.digestOf(id)], [
    [],
    [],
    undefined,
  ]);
});

Deno.test("Agent signs why it refuses, and keeps nothing of it", async () => {
  await using agent = await AgentFixture.open();
  const now = agent.clock.now();
  const { id, bytes } = agent.request({ issued: now - 9_000, expires: now - 3_000 });
  agent.hub.send(bytes);
  const { outcome } = await agent.hub.result(id);
  assert.deepEqual(withPrototypes(outcome), {
    kind: "refused",
    code: "expired",
    reason: "expired 3 s ago",
  });
  assert.deepEqual([agent.ran, agent.outbox.held, agent.journal.digestOf(id)], [
    [],
    [],
    undefined,
  ]);
});

Deno.test("Agent does not answer strangers or requests for others", async () => {
  await using agent = await AgentFixture.open();
  agent.hub.send(agent.request({}, [mallory]).bytes);
  agent.hub.send(agent.request({ target: "db1" }).bytes);
  await agent.hub.heard();
  assert.deepEqual([agent.ran, agent.hub.received], [[], []]);
});

Deno.test("Agent lets a replay of a running command change nothing", async (t) => {
  for (const replay of ["the same request", "the same when it has expired", "its id for another"]) {
    await t.step(replay, async () => {
      const { execute, goOn } = waiting();
      await using agent = await AgentFixture.open({ execute });
      const first = agent.request();
      agent.hub.send(first.bytes);
      await agent.hub.next("started");
      if (replay.includes("expired")) agent.clock.advance(360_000);
      const again = replay === "its id for another"
        ? agent.request({ id: first.id, run: { kind: "shell", command: "reboot" } })
        : first;
      agent.hub.send(again.bytes);
      await agent.hub.heard();
      if (again !== first) {
        const { outcome, request } = await agent.hub.result(first.id);
        assert.equal(outcome.kind === "refused" && outcome.code, "id-reused");
        assert.equal(request, readUnverified(again.bytes, requestType).digest);
      }
      assert.deepEqual(agent.hub.received.filter(({ kind }) => kind !== "delivered"), []);
      assert.deepEqual(agent.outbox.running, [first.id]);
      goOn();
      const { bytes } = await agent.hub.next("output");
      assert.equal(new TextDecoder().decode(bytes), "late");
      const result = await agent.hub.result(first.id);
      assert.deepEqual(withPrototypes(result.outcome), { kind: "exited", code: 0 });
      assert.deepEqual(agent.ran, [first.id]);
      assert.deepEqual(agent.journal.interrupted(), []);
    });
  }
});

Deno.test("Agent says that it ran a request before, when its result was acknowledged", async () => {
  await using agent = await AgentFixture.open();
  const { id, bytes } = agent.request();
  agent.hub.send(bytes);
  await agent.hub.result(id);
  agent.hub.say({ kind: "ack", id });
  agent.hub.send(bytes);
  const { outcome } = await agent.hub.result(id);
  assert.equal(outcome.kind === "refused" && outcome.code, "already-run");
  assert.deepEqual(agent.ran, [id]);
});

Deno.test("Agent proves with its key that it is there, for this nonce", async () => {
  await using agent = await AgentFixture.open();
  const nonce = "5a".repeat(32);
  const before = Date.now();
  agent.hub.say({ kind: "ping", nonce });
  const { envelope } = await agent.hub.next("sealed");
  const keys = (keyid: string) =>
    keyid === agent.key.publicKey.keyid ? agent.key.publicKey : undefined;
  const { body } = verifyEnvelope(envelope, { payloadType: pongType, keys });
  assert.deepEqual([body.nonce, body.name], [nonce, "web1"]);
  assert.ok(body.clockMs >= before && body.clockMs <= Date.now());
  agent.hub.say({ kind: "ping" });
  await agent.hub.next("pong");
});

Deno.test("Agent brings a result that nobody took over the next link", async () => {
  await using agent = await AgentFixture.open();
  const { id, bytes } = agent.request();
  agent.hub.send(bytes);
  const first = await agent.hub.result(id);
  await agent.hub.hangUp();
  const hello = await agent.hub.hello();
  assert.deepEqual(withPrototypes(hello.held), [id]);
  agent.hub.say({ kind: "credit", id, received: 0 });
  assert.deepEqual(await agent.hub.result(id), first);
  await agent.hub.hangUp();
  await agent.hub.hello();
  agent.hub.send(bytes); // a hub that has lost its state
  assert.deepEqual(await agent.hub.result(id), first);
  assert.deepEqual(agent.ran, [id]);
});

Deno.test("Agent brings a result that is only in its journal", async () => {
  await using agent = await AgentFixture.open();
  const { id, bytes } = agent.request();
  agent.hub.send(bytes);
  const first = await agent.hub.result(id);
  agent.outbox.acknowledge(id); // as if the outbox had been full
  agent.hub.send(bytes);
  assert.deepEqual(await agent.hub.result(id), first);
});

Deno.test("Agent goes on where the hub is, when a link broke in the middle of output", async () => {
  const parts = ["one ", "two ", "three"].map((text) => new TextEncoder().encode(text));
  const gate = Promise.withResolvers<void>();
  await using agent = await AgentFixture.open({
    async *execute() {
      yield { kind: "started", pid: 7 };
      yield { kind: "output", stream: "stdout", offset: 0, bytes: parts[0] ?? new Uint8Array() };
      yield { kind: "output", stream: "stdout", offset: 4, bytes: parts[1] ?? new Uint8Array() };
      await gate.promise;
      yield { kind: "output", stream: "stdout", offset: 8, bytes: parts[2] ?? new Uint8Array() };
      yield exited(0);
    },
  });
  const { id, bytes } = agent.request();
  agent.hub.send(bytes);
  await agent.hub.next("output");
  await agent.hub.next("output");
  await agent.hub.hangUp();
  const hello = await agent.hub.hello();
  assert.deepEqual(withPrototypes(hello.running), [id]);
  agent.hub.say({ kind: "credit", id, received: 4 });
  const second = await agent.hub.next("output");
  gate.resolve();
  const third = await agent.hub.next("output");
  assert.deepEqual([second, third].map(({ offset, bytes }) => [offset, bytes]), [
    [4, parts[1]],
    [8, parts[2]],
  ]);
  assert.equal((await agent.hub.result(id)).outcome.kind, "exited");
  assert.deepEqual(agent.ran, [id]);
});

Deno.test("Agent runs a request once that comes over two links", async () => {
  const { execute, goOn } = waiting();
  await using agent = await AgentFixture.open({ execute });
  const { id, bytes } = agent.request();
  agent.hub.send(bytes);
  await agent.hub.next("started");
  await agent.hub.hangUp();
  await agent.hub.hello();
  agent.hub.send(bytes);
  await agent.hub.next("delivered");
  goOn();
  assert.equal((await agent.hub.result(id)).outcome.kind, "exited");
  assert.deepEqual(agent.ran, [id]);
});

Deno.test("Agent stops a command for whoever signed it", async () => {
  await using agent = await AgentFixture.open({ execute: untilCancelled });
  const { id, bytes } = agent.request();
  agent.hub.send(bytes);
  await agent.hub.next("started");
  const now = agent.clock.now();
  const cancel = {
    v: 1,
    id: newRequestId(),
    issued: now,
    expires: now + 60_000,
    target: "ALL",
    job: id,
  } as const;
  agent.hub.send(signEnvelope(cancelType, cancel, [mallory]));
  await agent.hub.heard();
  assert.deepEqual(agent.outbox.running, [id]);
  agent.hub.send(signEnvelope(cancelType, cancel, [alice]));
  assert.deepEqual(withPrototypes((await agent.hub.result(id)).outcome), { kind: "cancelled" });
});

/** Returns the body of a directive about a request in an envelope. */
function directiveFor(agent: AgentFixture, request: Uint8Array): Directive {
  const { claimed: { id: job }, digest } = readUnverified(request, requestType);
  const issued = agent.clock.now();
  const times = { issued, expires: issued + 60_000 };
  return { v: 1, id: newRequestId(), ...times, target: "web1", job, request: digest };
}

Deno.test("Agent starts a held request on a release of its signer only, and once", async () => {
  await using agent = await AgentFixture.open();
  const [{ id, bytes }, other] = [agent.request({ hold: true }), agent.request({ hold: true })];
  const release = directiveFor(agent, bytes);
  const early = signEnvelope(releaseType, release, [alice]);
  agent.hub.send(early); // before its request
  agent.hub.send(bytes);
  await agent.hub.next("delivered");
  const wrong: readonly (readonly [Partial<Directive>, SecretKey])[] = [
    [{ request: readUnverified(other.bytes, requestType).digest }, alice],
    [{ job: other.id }, alice],
    [{ target: "web2" }, alice],
    [{ expires: release.issued + 1, issued: release.issued - 9e6 }, alice],
    [{}, mallory],
  ];
  for (const [change, key] of wrong) {
    agent.hub.send(signEnvelope(releaseType, { ...release, ...change }, [key]));
  }
  agent.hub.send(signEnvelope(cancelType, release, [mallory]));
  await agent.hub.heard();
  assert.deepEqual([agent.ran, agent.outbox.running], [[], [id]]);
  agent.hub.send(early);
  agent.hub.send(early);
  agent.hub.send(bytes);
  assert.equal((await agent.hub.result(id)).outcome.kind, "exited");
  agent.hub.send(early);
  await agent.hub.heard();
  assert.deepEqual(agent.ran, [id]);
});

Deno.test("Agent cancels a request that comes after its cancel, released or not", async () => {
  await using agent = await AgentFixture.open();
  for (const fields of [{}, { hold: true, splayMs: 60_000 }] as const) {
    const { id, bytes } = agent.request(fields);
    const directive = directiveFor(agent, bytes);
    agent.hub.send(signEnvelope(cancelType, directive, [alice]));
    agent.hub.send(bytes);
    agent.hub.send(signEnvelope(releaseType, directive, [alice]));
    assert.deepEqual(withPrototypes((await agent.hub.result(id)).outcome), { kind: "cancelled" });
  }
  assert.deepEqual(agent.ran, []);
});

Deno.test("Agent runs unsigned commands only when told to", async () => {
  for (const insecure of [false, true]) {
    await using agent = await AgentFixture.open({ insecure });
    const id = newRequestId();
    agent.hub.say({ kind: "unsigned", id, host: "web1", command: "uptime" });
    if (insecure) await agent.hub.result(id);
    else await agent.hub.heard();
    assert.deepEqual(agent.ran, insecure ? [id] : []);
  }
});

Deno.test("Agent obeys the first program's queue when told to", async () => {
  await using agent = await AgentFixture.open({ insecure: true });
  await agent.hub[Symbol.asyncDispose]();
  const publisher = new Pub();
  const settings = { patterns: [publisher], transports: [agent.transport] };
  await using _listener = await listen("inproc://hub", settings);
  await agent.waitForEvent((told) =>
    told.kind === "wire" && told.event.kind === "attached" && told.event.pipe.role === "sub"
  );
  for (const [host, command] of [["db1", "no"], ["web10", "no"], ["web1", "yes"]] as const) {
    publisher.publish(encodeLegacyCommand({ host, command }));
  }
  await agent.waitForEvent(({ kind }) => kind === "ended");
  const lines = agent.commands.map((command) => command.kind === "shell" && command.command);
  assert.deepEqual(lines, ["yes"]);
});
