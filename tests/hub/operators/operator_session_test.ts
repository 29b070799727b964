import assert from "node:assert/strict";
import { encodeUtf8 } from "../../../lib/base/bytes.ts";
import { legacyDigest } from "../../../lib/protocol/legacy_command.ts";
import { loginType } from "../../../lib/envelope/statements/session_statements.ts";
import { requestType } from "../../../lib/envelope/statements/request.ts";
import { signEnvelope } from "../../../lib/envelope/signing/sign_envelope.ts";
import { encodeHubMessage } from "../../../lib/protocol/agent/messages.ts";
import type { SecretKey } from "../../../lib/envelope/keys/secret_key.ts";
import { encodeCall, type OperatorCall } from "../../../lib/protocol/operator/calls.ts";
import { alice, mallory, request } from "../../support/envelope_fixtures.ts";
import { openOperatorFixture, type OperatorFixture } from "./operator_fixture.ts";
const id = "a".repeat(32);

function login(key: SecretKey, nonce: string): OperatorCall {
  return { kind: "login", envelope: signEnvelope(loginType, { v: 1, nonce, version: "0" }, [key]) };
}

/** Whether the hub serves a call that needs a login. */
async function isServed({ client }: OperatorFixture): Promise<boolean> {
  const answers = await client.ask({ kind: "jobs", limit: 1 });
  return answers.at(-1)?.kind === "done";
}

Deno.test("whoever can connect to the control socket is served", async () => {
  await using fixture = await openOperatorFixture();
  const [greeting] = await fixture.client.ask({ kind: "hello", version: "0", protocol: 2 });
  assert.ok(greeting?.kind === "greeting" && !greeting.login);
  assert.ok(await isServed(fixture));
});

Deno.test(
  "an operator on another machine is served after a login, and not before",
  async () => {
    await using fixture = await openOperatorFixture({ operators: [alice] });
    const { client } = fixture;
    for (const ask of [{ kind: "jobs", limit: 1 }, { kind: "follow", id, wait: true }] as const) {
      const [refused] = await client.ask(ask);
      assert.ok(refused?.kind === "failed" && refused.code === "login", JSON.stringify(refused));
    }
    const [greeting] = await client.ask({ kind: "hello", version: "0", protocol: 2 });
    assert.ok(greeting?.kind === "greeting" && greeting.login);
    const [done] = await client.ask(login(alice, greeting.nonce));
    assert.equal(done?.kind, "done");
    assert.ok(await isServed(fixture));
  },
);

Deno.test("logins that do not count", async (t) => {
  await using fixture = await openOperatorFixture({ operators: [alice] });
  const other = await fixture.connect();
  const nonceOf = async (client: typeof other) => {
    const [greeting] = await client.ask({ kind: "hello", version: "0", protocol: 2 });
    return greeting?.kind === "greeting" ? greeting.nonce : assert.fail();
  };
  const nonce = await nonceOf(fixture.client);
  const forged = new TextDecoder().decode(
    signEnvelope(loginType, { v: 1, nonce, version: "0" }, [mallory]),
  )
    .replaceAll(mallory.publicKey.keyid, alice.publicKey.keyid);
  const rows: readonly (readonly [string, OperatorCall, string, RegExp])[] = [
    ["of a key that is not known", login(mallory, nonce), "login", /does not trust your key/],
    ["for another connection", login(alice, await nonceOf(other)), "malformed", /another conn/],
    ["with a nonce of nobody", login(alice, "0".repeat(64)), "malformed", /another connection/],
    [
      "with the name of a known key",
      sealed(encodeUtf8(forged)),
      "login",
      /does not trust your key/,
    ],
    [
      "that is another envelope",
      sealed(signEnvelope(requestType, request, [alice])),
      "malformed",
      /./,
    ],
    ["that is cut off", sealed(login(alice, nonce), 100), "malformed", /./],
  ];
  for (const [title, ask, code, message] of rows) {
    await t.step(title, async () => {
      const [answer] = await fixture.client.ask(ask);
      assert.ok(answer?.kind === "failed", JSON.stringify(answer));
      assert.equal(answer.code, code);
      assert.match(answer.message, message);
      assert.equal(await isServed(fixture), false);
    });
  }
});

function sealed(from: Uint8Array | OperatorCall, length?: number): OperatorCall {
  const envelope = from instanceof Uint8Array ? from : encodeCall(from);
  return { kind: "login", envelope: envelope.subarray(0, length) };
}

Deno.test("what no operator's program says is refused, and the others go on", async (t) => {
  await using fixture = await openOperatorFixture();
  const follower = await fixture.connect();
  const rows: readonly (readonly [string, Uint8Array | OperatorCall])[] = [
    ["nothing", new Uint8Array()],
    ["a text", encodeUtf8("GET / HTTP/1.1")],
    ["names that are none", { kind: "nodes", names: "[[[[" }],
    ["names of which there are too many", { kind: "nodes", names: "a[1-1000000],b" }],
    ["very long names", { kind: "nodes", names: `"${"x".repeat(200_000)}` }],
    ["names with controls", { kind: "nodes", names: "a\u0007\u001b[2J" }],
    ["an order that is none", submitOf("AAAA")],
    ["an order that is a ping", submitOf(encodeUtf8('{"kind":"ping"}').toBase64())],
  ];
  for (const [title, ask] of rows) {
    await t.step(title, async () => {
      const [answer] = await fixture.client.ask(ask);
      assert.ok(answer?.kind === "failed" && answer.code === "malformed", JSON.stringify(answer));
      assert.ok(answer.message.length <= 500);
      assert.ok(await isServed(fixture));
      assert.equal((await follower.ask({ kind: "jobs", limit: 1 }))[0]?.kind, "done");
    });
  }
});

function submitOf(message: string): OperatorCall {
  const times = { deliverMs: 1_000, runMs: 1_000 };
  const text = { target: "ALL", summary: "true" };
  return { kind: "submit", id, digest: "d".repeat(64), message, held: false, ...times, ...text };
}

Deno.test(
  "2,000 conversations at once are too many, and the first of them go on",
  async () => {
    await using fixture = await openOperatorFixture();
    const { client } = fixture;
    const { sink } = await fixture.jobs.submit("a", ["web1"]);
    const following = client.begin({ kind: "follow", id, wait: true });
    assert.equal((await following.next())?.kind, "state");
    const waiting = Array.from({ length: 2_000 }, () => {
      return client.begin({ kind: "nodes", names: "web1" });
    });
    const last = waiting.at(-1) ?? assert.fail();
    const refused = await last.next();
    assert.ok(refused?.kind === "failed" && refused.code === "refused", JSON.stringify(refused));
    await sink.state("web1", { kind: "lost", reason: "gone" });
    assert.deepEqual([(await following.next())?.kind, (await following.next())?.kind], [
      "state",
      "over",
    ]);
    for (const { leave } of waiting) leave();
    assert.ok(await isServed(fixture));
  },
);

Deno.test("a follower that leaves is told nothing more", async () => {
  await using fixture = await openOperatorFixture();
  const { client } = fixture;
  const { sink } = await fixture.jobs.submit("a", ["web1"]);
  const following = client.begin({ kind: "follow", id, wait: true });
  await following.next();
  following.leave();
  assert.ok(await isServed(fixture));
  await sink.state("web1", { kind: "lost", reason: "gone" });
  assert.ok(await isServed(fixture));
  assert.equal(following.count(), 0);
  const [unknown] = await client.ask({ kind: "follow", id: "f".repeat(32), wait: true });
  assert.ok(unknown?.kind === "failed" && unknown.code === "unknown-job");
});

Deno.test(
  "unsigned commands are refused by a hub that was not started for them",
  async () => {
    await using fixture = await openOperatorFixture();
    const command = { host: "web1", command: "uptime" };
    const unsigned = encodeHubMessage({ kind: "unsigned", id, ...command }).toBase64();
    const digest = legacyDigest(command);
    const spec = { id, digest, message: unsigned, deliverMs: 0, runMs: 0, held: false };
    const asks: readonly OperatorCall[] = [
      { kind: "willing" },
      { kind: "publish", ...command },
      { kind: "submit", ...spec, target: "web1", summary: "uptime" },
    ];
    for (const ask of asks) {
      const [refused] = await fixture.client.ask(ask);
      assert.ok(refused?.kind === "failed" && refused.code === "refused", JSON.stringify(refused));
    }
    assert.equal(fixture.jobs.played.size, 0);
  },
);

Deno.test("a program of the first protocol is refused in a form that it can read", async () => {
  await using fixture = await openOperatorFixture();
  const [reply] = await fixture.client.ask({ kind: "hello", version: "0.1.0" });
  assert.ok(reply?.kind === "failed");
  assert.deepEqual({ ...reply }, {
    kind: "failed",
    code: "refused",
    message: "nanotrigger 0.1 is too old: upgrade it to 0.2",
  });
  assert.deepEqual(fixture.events.map(({ kind }) => kind), ["outdated-operator"]);
});
