/**
 * Operators with few rights at a hub: expired and revoked keys, forged directives, jobs of others.
 * @module
 */
import assert from "node:assert/strict";
import { fingerprint } from "../../../lib/envelope/keys/public_key.ts";
import type { SecretKey } from "../../../lib/envelope/keys/secret_key.ts";
import { decodeEnvelope, encodeEnvelope } from "../../../lib/envelope/signing/dsse_envelope.ts";
import { signEnvelope } from "../../../lib/envelope/signing/sign_envelope.ts";
import { cancelType, confirmType } from "../../../lib/envelope/statements/directive.ts";
import { requestType } from "../../../lib/envelope/statements/request.ts";
import { legacyDigest } from "../../../lib/protocol/legacy_command.ts";
import { loginType } from "../../../lib/envelope/statements/session_statements.ts";
import { encodeHubMessage } from "../../../lib/protocol/agent/messages.ts";
import type { OperatorCall } from "../../../lib/protocol/operator/calls.ts";
import type { HubReply } from "../../../lib/protocol/operator/replies.ts";
import { prepareSigned } from "../../../lib/trigger/requests/submission.ts";
import { requestAt, trustLine } from "../../support/agent/signed_request.ts";
import { alice, bob, mallory } from "../../support/envelope_fixtures.ts";
import {
  openOperatorFixture,
  OperatorFile,
  type OperatorFixture,
  type RawOperator,
} from "./operator_fixture.ts";

const A = "a".repeat(32);
const B = "b".repeat(32);

/** Logs `client` in; returns the last reply. */
async function logIn(client: RawOperator, key: SecretKey): Promise<HubReply | undefined> {
  const [greeting] = await client.ask({ kind: "hello", version: "0", protocol: 2 });
  const nonce = greeting?.kind === "greeting" ? greeting.nonce : assert.fail();
  const envelope = signEnvelope(loginType, { v: 1, nonce, version: "0" }, [key]);
  return (await client.ask({ kind: "login", envelope })).at(-1);
}

/** Connects one more program, and logs it in. */
async function connectAs(fixture: OperatorFixture, key: SecretKey): Promise<RawOperator> {
  const client = await fixture.connect();
  assert.equal((await logIn(client, key))?.kind, "done");
  return client;
}

/** A call that submits a command for `web1`, in an envelope. */
function submitOf(envelope: Uint8Array): OperatorCall {
  const { id, digest, message, runMs, about } = prepareSigned({ envelope });
  const text = encodeHubMessage(message).toBase64();
  return {
    kind: "submit",
    id,
    digest,
    message: text,
    deliverMs: 1_000,
    runMs,
    held: true,
    ...about,
  };
}

function requestBy(id: string, ...keys: readonly SecretKey[]): Uint8Array {
  return signEnvelope(requestType, { ...requestAt(0), id }, keys);
}

/** Submits job `id` over `client`, and waits until it is followed. */
async function submit(client: RawOperator, id: string, ...keys: readonly SecretKey[]) {
  const talk = client.begin({ kind: "nodes", names: "web1" });
  talk.say(submitOf(requestBy(id, ...keys)));
  assert.equal((await talk.next())?.kind, "state");
  return talk;
}

/** A directive about `job`. */
function directiveOf(
  kind: "cancel" | "confirm",
  job: string,
  key: SecretKey,
  about: string = job,
): OperatorCall {
  const times = { issued: 0, expires: 60_000 };
  const body = { v: 1, id: "f".repeat(32), ...times, target: "ALL", job: about } as const;
  const envelope = signEnvelope(kind === "cancel" ? cancelType : confirmType, body, [key]);
  return { kind, id: job, envelope: envelope.toBase64() };
}

/** Changes the signature in a directive, and signs with another key in the name of the first. */
function forgery(job: string, named: SecretKey): OperatorCall {
  const call = directiveOf("cancel", job, mallory);
  if (call.kind !== "cancel") return assert.fail();
  const { signatures, ...rest } = decodeEnvelope(Uint8Array.fromBase64(call.envelope));
  const forged = signatures.map(({ sig }) => ({ keyid: named.publicKey.keyid, sig }));
  return { ...call, envelope: encodeEnvelope({ ...rest, signatures: forged }).toBase64() };
}

function failureOf(replies: readonly HubReply[]): Extract<HubReply, { kind: "failed" }> {
  const last = replies.at(-1);
  return last?.kind === "failed" ? last : assert.fail(JSON.stringify(replies));
}

function idsOf(replies: readonly HubReply[]): string[] {
  return replies.flatMap((reply) => reply.kind === "job" ? reply.id : []);
}

Deno.test("a key that has expired does not log in", async () => {
  const file = new OperatorFile(trustLine(alice, "alice", 'expires="1970-01-01"'));
  await using fixture = await openOperatorFixture({ file });
  const refused = await logIn(fixture.client, alice);
  assert.ok(refused?.kind === "failed" && refused.code === "login", JSON.stringify(refused));
  assert.equal(refused.message, "your key has expired at this hub");
  const [jobs] = await fixture.client.ask({ kind: "jobs", limit: 1 });
  assert.ok(jobs?.kind === "failed" && jobs.code === "login");
  assert.deepEqual(fixture.events.map(({ kind }) => kind), ["login-refused"]);
});

Deno.test("a connection takes one login", async () => {
  const file = new OperatorFile(trustLine(alice, "alice"), trustLine(bob, "bob", "read"));
  await using fixture = await openOperatorFixture({ file });
  assert.equal((await logIn(fixture.client, alice))?.kind, "done");
  const second = await logIn(fixture.client, bob);
  assert.ok(second?.kind === "failed" && /second login/.test(second.message));
});

Deno.test("a session ends when its key expires, even in silence", async () => {
  const file = new OperatorFile(trustLine(alice, "alice", 'expires="1970-01-01T00:00:20Z"'));
  await using fixture = await openOperatorFixture({ file });
  const { client, jobs: { clock } } = fixture;
  assert.equal((await logIn(client, alice))?.kind, "done");
  const following = await submit(client, A, alice);
  await clock.advance(19_000);
  assert.equal((await client.ask({ kind: "jobs", limit: 1 })).at(-1)?.kind, "done");
  await clock.advance(1_000);
  const end = await following.next();
  assert.ok(end?.kind === "failed" && end.message === "your key has expired at this hub");
  await client.gone;
});

Deno.test("a key that is removed loses its session, at the reload and at the next call", async () => {
  const file = new OperatorFile(trustLine(alice, "alice"), trustLine(bob, "bob"));
  await using fixture = await openOperatorFixture({ file });
  const first = await connectAs(fixture, alice);
  const second = await connectAs(fixture, alice);
  const other = await connectAs(fixture, bob);
  const following = await submit(first, A, alice);
  file.write(trustLine(bob, "bob"));
  const failure = failureOf(await second.ask({ kind: "hosts", facts: false, watch: false }));
  assert.deepEqual([failure.code, failure.message], [
    "login",
    "this hub no longer trusts your key",
  ]);
  await second.gone;
  fixture.listener.recheck();
  const end = await following.next();
  assert.ok(end?.kind === "failed" && end.code === "login", JSON.stringify(end));
  await first.gone;
  assert.equal((await other.ask({ kind: "jobs", limit: 1 })).at(-1)?.kind, "done");
  assert.deepEqual(
    fixture.events.map((event) => event.kind === "operator-ended" && event.operator),
    Array(2).fill(`alice (${fingerprint(alice.publicKey)})`),
  );
});

Deno.test("a key with other rights must log in again", async () => {
  const file = new OperatorFile(trustLine(alice, "alice", "run,read"));
  await using fixture = await openOperatorFixture({ file });
  const first = await connectAs(fixture, alice);
  const following = await submit(first, A, alice);
  file.write(trustLine(alice, "alice of the night shift", "read,run"));
  fixture.listener.recheck();
  assert.equal((await first.ask({ kind: "jobs", limit: 1 })).at(-1)?.kind, "done");
  file.write(trustLine(alice, "alice"));
  fixture.listener.recheck();
  await first.gone;
  assert.equal(await following.next(), undefined, "the program logs in again and goes on");
  const again = await connectAs(fixture, alice);
  assert.deepEqual(idsOf(await again.ask({ kind: "jobs", limit: 9 })), [A]);
});

Deno.test("a key without rights has its own jobs: it reads no others, and no reference leaks them", async () => {
  const file = new OperatorFile(trustLine(alice, "alice", "run,read"), trustLine(bob, "bob"));
  await using fixture = await openOperatorFixture({ file });
  const [all, own] = [await connectAs(fixture, alice), await connectAs(fixture, bob)];
  await submit(own, A, bob);
  await submit(all, B, alice);
  assert.deepEqual(idsOf(await all.ask({ kind: "jobs", limit: 9 })), [B, A]);
  const asks: readonly OperatorCall[] = [
    { kind: "jobs", limit: 9 },
    { kind: "jobs", limit: 1 },
    { kind: "jobs", limit: 9, node: "web1" },
    { kind: "jobs", limit: 9, prefix: "a" },
    { kind: "why", node: "web1" },
  ];
  for (const ask of asks) assert.deepEqual(idsOf(await own.ask(ask)), [A], JSON.stringify(ask));
  assert.deepEqual(idsOf(await own.ask({ kind: "jobs", limit: 9, prefix: "b" })), []);
  assert.deepEqual(idsOf(await own.ask({ kind: "why", node: "web1", id: B })), []);
  assert.equal((await own.ask({ kind: "past", reference: "last" })).at(-1)?.kind, "done");
  const past = failureOf(await own.ask({ kind: "past", reference: "bbbb:all" }));
  assert.deepEqual([past.code, past.message, past.hint], [
    "unknown-job",
    "no such job: bbbb",
    "your key may read its own jobs only: other jobs need the right read",
  ]);
  const follow = failureOf(await own.ask({ kind: "follow", id: B, wait: false }));
  assert.match(follow.message, /^job bbbbbbbb is another operator's, .* no right "read"/);
  assert.deepEqual(fixture.events, [{
    ...{
      kind: "call-denied",
      remote: "inproc://operators",
      operator: `bob (${fingerprint(bob.publicKey)})`,
    },
    reason: `follow: ${follow.message}`,
  }]);
});

Deno.test("a submitted job belongs to its verified signers and its submitter", async () => {
  const file = new OperatorFile(trustLine(alice, "alice"), trustLine(bob, "bob"));
  await using fixture = await openOperatorFixture({ file });
  const sender = await connectAs(fixture, bob);
  await submit(sender, A, alice);
  const by = (id: string) => fixture.jobs.store.jobs.get(id)?.by.split(" ");
  assert.deepEqual(by(A), [alice, bob].map(({ publicKey }) => fingerprint(publicKey)));
  const { signatures, ...rest } = decodeEnvelope(requestBy(B, bob));
  const named = signatures.map(({ sig }) => ({ keyid: alice.publicKey.keyid, sig }));
  const talk = sender.begin({ kind: "nodes", names: "web1" });
  talk.say(submitOf(encodeEnvelope({ ...rest, signatures: named })));
  assert.equal((await talk.next())?.kind, "state");
  assert.deepEqual(by(B), [fingerprint(bob.publicKey)], "a claimed signature is not ownership");
});

Deno.test("a job of others is not read by submitting it again", async () => {
  const file = new OperatorFile(trustLine(alice, "alice"), trustLine(bob, "bob"));
  await using fixture = await openOperatorFixture({ file });
  await submit(await connectAs(fixture, alice), A, alice);
  const other = await connectAs(fixture, bob);
  const failure = failureOf(await other.ask(submitOf(requestBy(A, alice))));
  assert.match(failure.message, /another operator's, .* no right "read"/);
});

Deno.test("a key without the right run submits nothing", async () => {
  const file = new OperatorFile(trustLine(alice, "alice", "read,cancel,hosts"));
  await using fixture = await openOperatorFixture({ file });
  const client = await connectAs(fixture, alice);
  const failure = failureOf(await client.ask(submitOf(requestBy(A, alice))));
  assert.match(failure.message, /no right "run"/);
  assert.equal(fixture.jobs.played.size, 0);
});

Deno.test("directives are verified before the hub acts on them", async (t) => {
  const file = new OperatorFile(
    trustLine(alice, "alice", "run,cancel"),
    trustLine(bob, "bob"),
    trustLine(mallory, "carol", 'run,cancel,expires="1970-01-01T00:00:30Z"'),
  );
  await using fixture = await openOperatorFixture({ file });
  await fixture.jobs.clock.advance(30_000);
  const [any, own] = [await connectAs(fixture, alice), await connectAs(fixture, bob)];
  await submit(own, A, bob);
  await submit(any, B, alice);
  const { directed } = fixture.jobs;
  const denied: readonly (readonly [string, RawOperator, OperatorCall, RegExp])[] = [
    ["forged", any, forgery(A, bob), /^the cancel is not signed by a key that this hub trusts$/],
    ["about another job", any, directiveOf("cancel", A, alice, B), /about another job/],
    ["by an expired key", any, directiveOf("cancel", A, mallory), /key of the cancel has expired/],
    ["of others", own, directiveOf("cancel", B, bob), /another operator's, .*"cancel"/],
    ["of others, confirmed", own, directiveOf("confirm", B, bob), /another operator's, .*"cancel"/],
    ["of others, signed by them", own, directiveOf("cancel", B, alice), /another operator's/],
    ["signed by others", any, directiveOf("cancel", B, bob), /^the key of the cancel may not/],
    ["of others, withheld", own, { kind: "withhold", id: B }, /another operator's, .*"cancel"/],
    [
      "of others, released",
      own,
      { kind: "release", id: B },
      /^job bbbbbbbb is another operator's$/,
    ],
  ];
  for (const [title, client, call, message] of denied) {
    await t.step(`denied: ${title}`, async () => {
      const failure = failureOf(await client.ask(call));
      assert.match(failure.message, message);
      assert.equal(failure.code, "refused");
      assert.notEqual(failure.hint, "");
      assert.deepEqual(directed, []);
    });
  }
  const allowed: readonly (readonly [RawOperator, OperatorCall, string])[] = [
    [own, directiveOf("cancel", A, bob), "cancel aaaaaaaa"],
    [own, directiveOf("confirm", A, bob), "confirm aaaaaaaa"],
    [own, directiveOf("cancel", A, alice), "cancel aaaaaaaa"],
    [any, directiveOf("cancel", A, alice), "cancel aaaaaaaa"],
    [own, { kind: "release", id: A }, "release aaaaaaaa"],
    [any, { kind: "withhold", id: A }, "withhold aaaaaaaa"],
  ];
  for (const [client, call, done] of allowed) {
    await t.step(`done: ${done}`, async () => {
      assert.equal((await client.ask(call)).at(-1)?.kind, "done");
      assert.deepEqual(directed.splice(0), [done]);
    });
  }
});

Deno.test("a key that was removed directs its jobs no more, whoever sends the directive", async () => {
  const line = trustLine(alice, "alice", "run,cancel");
  const file = new OperatorFile(line, trustLine(bob, "bob"));
  await using fixture = await openOperatorFixture({ file });
  await submit(await connectAs(fixture, bob), A, bob);
  const other = await connectAs(fixture, alice);
  file.write(line);
  const failure = failureOf(await other.ask(directiveOf("cancel", A, bob)));
  assert.match(failure.message, /not signed by a key that this hub trusts/);
  assert.deepEqual(fixture.jobs.directed, []);
});

Deno.test("unsigned commands are submitted with a key without restrictions", async () => {
  const file = new OperatorFile(
    trustLine(alice, "alice", 'run,commands="uptime"'),
    trustLine(bob, "bob"),
  );
  await using fixture = await openOperatorFixture({ file, insecure: true });
  const command = { host: "web1", command: "uptime" };
  const message = encodeHubMessage({ kind: "unsigned", id: A, ...command }).toBase64();
  const call: OperatorCall = {
    ...{ kind: "submit", id: A, digest: legacyDigest(command), message, deliverMs: 1_000 },
    ...{ runMs: 1_000, held: false, target: "web1", summary: "uptime" },
  };
  const failure = failureOf(await (await connectAs(fixture, alice)).ask(call));
  assert.match(failure.message, /^your key has restrictions at this hub/);
  assert.equal(fixture.jobs.played.size, 0);
  const talk = (await connectAs(fixture, bob)).begin({ kind: "nodes", names: "web1" });
  talk.say(call);
  assert.equal((await talk.next())?.kind, "state");
});

Deno.test("the hub's owner directs every job, with a key that the hub or the job knows", async (t) => {
  const file = new OperatorFile(trustLine(alice, "alice", "read"));
  await using fixture = await openOperatorFixture({ file, loginRequired: false });
  const { client, jobs: { directed } } = fixture;
  await submit(client, A, bob, alice);
  const rows: readonly (readonly [string, OperatorCall, boolean])[] = [
    ["a trusted key", directiveOf("cancel", A, alice), true],
    ["the key of the job, which only agents know", directiveOf("cancel", A, bob), true],
    ["a key that nobody knows", directiveOf("cancel", A, mallory), false],
    ["a forged signature of a trusted key", forgery(A, alice), false],
  ];
  for (const [title, call, isDone] of rows) {
    await t.step(title, async () => {
      const last = (await client.ask(call)).at(-1);
      assert.equal(last?.kind, isDone ? "done" : "failed", JSON.stringify(last));
      assert.equal(directed.splice(0).length, isDone ? 1 : 0);
    });
  }
});

Deno.test("hosts are forgotten with the right hosts only", async () => {
  const file = new OperatorFile(trustLine(alice, "alice"), trustLine(bob, "bob", "hosts"));
  await using fixture = await openOperatorFixture({ file });
  const { store } = fixture.jobs;
  const host = { name: "web1", key: alice.publicKey.base64, version: "0", facts: {} };
  store.hosts.recordAttached(host, 1);
  const forget = async (client: RawOperator) => {
    const talk = client.begin({ kind: "nodes", names: "web1" });
    talk.say({ kind: "forget" });
    return await talk.next();
  };
  const denied = await forget(await connectAs(fixture, alice));
  assert.ok(denied?.kind === "failed" && /no right "hosts"/.test(denied.message));
  assert.ok(store.hosts.get("web1"));
  assert.equal((await forget(await connectAs(fixture, bob)))?.kind, "done");
  assert.equal(store.hosts.get("web1"), undefined);
});
