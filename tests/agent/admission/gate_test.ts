import assert from "node:assert/strict";
import type { Admission } from "../../../lib/agent/admission/admission.ts";
import { readUnverified } from "../../../lib/envelope/signing/unverified_envelope.ts";
import { requestType } from "../../../lib/envelope/statements/request.ts";
import { signEnvelope } from "../../../lib/envelope/signing/sign_envelope.ts";
import { alice, bob, mallory } from "../../support/envelope_fixtures.ts";
import { openGateFixture } from "../../support/agent/gate_fixture.ts";
import { signed, trustLine } from "../../support/agent/signed_request.ts";

function codeOf(admission: Admission): string {
  return admission.kind === "refuse" ? admission.refusal.code : admission.kind;
}

Deno.test("Gate admits what a trusted key signed, with everything that was asked", async () => {
  using under = await openGateFixture();
  const { id, bytes, body } = under.request({
    run: { kind: "argv", argv: ["uptime", "-p"] },
    user: "www-data",
    cwd: "/srv",
    env: { TZ: "UTC" },
    stdin: "aGVsbG8=",
    maxOutput: 100,
  });
  const { digest } = readUnverified(bytes, requestType);
  const admission = under.gate.checkSigned(bytes);
  assert.equal(admission.kind, "run");
  assert.ok(admission.kind === "run");
  assert.deepEqual({ ...admission.job, env: { ...admission.job.env } }, {
    id,
    digest,
    signers: [alice.publicKey.keyid],
    rule: 'key "alice" (line 1)',
    notBefore: body.issued,
    notAfter: body.expires,
    run: { kind: "argv", argv: ["/usr/bin/uptime", "-p"] },
    user: "www-data",
    cwd: "/srv",
    env: { TZ: "UTC" },
    stdin: new TextEncoder().encode("hello"),
    timeoutMs: 60_000,
    maxOutput: 100,
    survive: false,
  });
  assert.equal(under.journal.digestOf(id), digest);
});

Deno.test("Gate admits the least of requests", async () => {
  using under = await openGateFixture();
  const admission = under.gate.checkSigned(
    under.request({ run: { kind: "shell", command: "id" } }).bytes,
  );
  assert.ok(admission.kind === "run");
  assert.deepEqual(Object.keys(admission.job).sort(), [
    ...["digest", "id", "maxOutput", "notAfter", "notBefore"],
    ...["rule", "run", "signers", "survive", "timeoutMs"],
  ]);
  assert.equal(admission.job.maxOutput, null);
  assert.deepEqual({ ...admission.job.run }, { kind: "shell", command: "id" });
});

Deno.test("Gate says which key signs what a command reads", async () => {
  using under = await openGateFixture();
  const input = { key: bob.publicKey.base64, from: "anywhere" } as const;
  const admission = under.gate.checkSigned(under.request({ input }).bytes);
  assert.ok(admission.kind === "run");
  assert.deepEqual({ ...admission.job.input }, input);
  assert.equal(admission.job.stdin, undefined);
});

Deno.test("Gate lets run what was judged: a name becomes the file that it was judged as", async () => {
  const policy = { resolve: (name: string) => name === "tool" ? "/opt/bin/tool" : undefined };
  const trust = [trustLine(alice, "alice", 'commands="/opt/bin/tool **"')];
  using under = await openGateFixture({ policy, trust });
  const argvOf = (...argv: string[]) => {
    const admission = under.gate.checkSigned(under.request({ run: { kind: "argv", argv } }).bytes);
    return admission.kind === "run" ? admission.job.run : codeOf(admission);
  };
  assert.deepEqual(argvOf("tool", "x"), { kind: "argv", argv: ["/opt/bin/tool", "x"] });
  assert.deepEqual(argvOf("/opt/bin/tool"), { kind: "argv", argv: ["/opt/bin/tool"] });
  assert.equal(argvOf("other"), "command-not-allowed");
  assert.equal(argvOf("./tool"), "command-not-allowed");
});

Deno.test("Gate says why it refuses, and nothing else", async () => {
  using under = await openGateFixture({ trust: [trustLine(alice, "alice", "no-shell")] });
  const shell = under.request({ run: { kind: "shell", command: "id" } });
  const stale = under.request({ issued: 1, expires: 2 });
  const refusals = [shell, stale].map(({ bytes }) => under.gate.checkSigned(bytes));
  const digests = [shell, stale].map(({ bytes }) => readUnverified(bytes, requestType).digest);
  assert.deepEqual(refusals, [
    {
      kind: "refuse",
      id: shell.id,
      digest: digests[0],
      refusal: { code: "no-shell", reason: 'key "alice" (line 1) may not run a shell' },
    },
    {
      kind: "refuse",
      id: stale.id,
      digest: digests[1],
      refusal: { code: "expired", reason: "expired 1767225601 s ago" },
    },
  ]);
});

Deno.test("Gate leaves a name that it cannot find to those who run it", async () => {
  const resolve = (name: string) => name.includes("missing") ? undefined : `/usr/bin/${name}`;
  using under = await openGateFixture({ policy: { resolve } });
  for (const program of ["missing", "-missing", "../x", "a/b", "..", "/usr/../bin/x"]) {
    const run = { kind: "argv", argv: [program] } as const;
    const admission = under.gate.checkSigned(under.request({ run }).bytes);
    assert.ok(admission.kind === "run");
    assert.deepEqual({ ...admission.job.run }, run);
  }
});

Deno.test("Gate says what it would do, and remembers nothing of it", async () => {
  using under = await openGateFixture({ policy: { ownUser: "agent" } });
  const { id, bytes } = under.request({ mode: "check" });
  const admission = under.gate.checkSigned(bytes);
  assert.ok(admission.kind === "allow");
  assert.match(admission.summary, / as agent$/);
  assert.equal(admission.rule, 'key "alice" (line 1)');
  assert.equal(under.journal.digestOf(id), undefined);
  const named = under.gate.checkSigned(under.request({ mode: "check", user: "www-data" }).bytes);
  assert.ok(named.kind === "allow");
  assert.match(named.summary, / as www-data$/);
  assert.equal(under.gate.checkSigned(bytes).kind, "allow");
});

Deno.test(
  "Gate hears of no request that is meant for others",
  async (t) => {
    using under = await openGateFixture({ name: "web1", facts: { os: "linux", rack: "4" } });
    const targets: Readonly<Record<string, boolean>> = {
      "ALL": true,
      "web1": true,
      "web[01-03]": false,
      "web[1-3]": true,
      "web10": false,
      "web": false,
      "Web1": false,
      "ALLSTAR": false,
      "web1.example.com": false,
      "db1": false,
      "web*": true,
      "web* and not web1": false,
      "not web1": false,
      "os=linux": true,
      "os=windows": false,
      "colour=red": false,
      "not colour=red": true,
    };
    for (const [target, isMeant] of Object.entries(targets)) {
      await t.step(target, () => {
        const admission = under.gate.checkSigned(under.request({ target }).bytes);
        if (isMeant) assert.equal(admission.kind, "run");
        else assert.deepEqual(admission, { kind: "ignore", reason: "for another host" });
      });
    }
  },
);

Deno.test("Gate ignores strangers, whatever they say", async () => {
  using under = await openGateFixture();
  for (const fields of [{}, { expires: 1 }, { target: "db1" }, { mode: "check" as const }]) {
    const admission = under.gate.checkSigned(under.request(fields, [mallory]).bytes);
    assert.deepEqual(admission, {
      kind: "ignore",
      reason: "envelope is not signed by a known key",
    });
  }
});

Deno.test("Gate keeps its order: a stranger learns nothing, a request for others is not judged", async () => {
  const trust = [trustLine(alice, "alice", 'expires="2020-01-01"')];
  using under = await openGateFixture({ trust });
  const stale = { issued: 1, expires: 2 };
  const ask = (...args: Parameters<typeof under.request>) =>
    codeOf(under.gate.checkSigned(under.request(...args).bytes));
  assert.equal(ask({ ...stale, target: "db1" }, [mallory]), "ignore");
  assert.equal(ask({ ...stale, target: "db1" }), "ignore");
  assert.equal(ask(stale), "expired");
  assert.equal(ask(), "key-expired");
});

Deno.test(
  "Gate takes the times of requests in milliseconds",
  async (t) => {
    using under = await openGateFixture({ maxLifeMs: 600_000 });
    under.clock.advance(3_600_000);
    const now = under.clock.now();
    const floor = now - 3_600_000 - 1_000 + 1;
    const rows: readonly (readonly [string, number, number, string])[] = [
      ["issued now", now, now + 1, "run"],
      ["the last moment", now - 1_000, now, "run"],
      ["a moment too late", now - 1_000, now - 1, "expired"],
      ["no life", now, now, "bad-life"],
      ["a life backwards", now, now - 1, "bad-life"],
      ["the longest life", now, now + 600_000, "run"],
      ["a longer life", now, now + 600_001, "bad-life"],
      ["a clock half a minute ahead", now + 30_000, now + 60_000, "run"],
      ["a clock further ahead", now + 30_001, now + 60_000, "from-the-future"],
      ["as old as the journal", floor, floor + 600_000, "expired"],
    ];
    for (const [name, issued, expires, code] of rows) {
      await t.step(name, () => {
        assert.equal(
          codeOf(under.gate.checkSigned(under.request({ issued, expires }).bytes)),
          code,
        );
      });
    }
  },
);

Deno.test("Gate lets requests live for a day unless told otherwise", async () => {
  using under = await openGateFixture();
  const now = under.clock.now();
  const ask = (lifeMs: number) =>
    codeOf(under.gate.checkSigned(under.request({ expires: now + lifeMs }).bytes));
  assert.deepEqual([ask(86_400_000), ask(86_400_001)], ["run", "bad-life"]);
});

Deno.test("Gate refuses what was issued before its journal began", async () => {
  using under = await openGateFixture();
  const began = under.clock.now() - 1_000;
  const ask = (issued: number) => codeOf(under.gate.checkSigned(under.request({ issued }).bytes));
  assert.deepEqual([ask(began - 1), ask(began), ask(began + 1)], [
    "before-floor",
    "before-floor",
    "run",
  ]);
});

Deno.test("Gate refuses another request with a known id", async () => {
  using under = await openGateFixture({ trust: [trustLine(alice, "a"), trustLine(bob, "b")] });
  const first = under.request();
  assert.equal(under.gate.checkSigned(first.bytes).kind, "run");
  const other = under.request({ id: first.id, run: { kind: "shell", command: "reboot" } });
  assert.equal(codeOf(under.gate.checkSigned(other.bytes)), "id-reused");
  assert.equal(codeOf(under.gate.checkSigned(signed(first.body, [bob]).bytes)), "repeated");
});

Deno.test("Gate knows a repeated request even when it has expired", async () => {
  using under = await openGateFixture();
  const { bytes } = under.request();
  assert.equal(under.gate.checkSigned(bytes).kind, "run");
  under.clock.advance(360_000);
  assert.equal(under.gate.checkSigned(bytes).kind, "repeated");
});

Deno.test("Gate counts distinct trusted signers", async () => {
  const trust = [trustLine(alice, "alice", "need=2"), trustLine(bob, "bob")];
  using under = await openGateFixture({ trust });
  const ask = (...keys: Parameters<typeof signEnvelope>[2]) =>
    codeOf(under.gate.checkSigned(under.request({}, keys).bytes));
  assert.equal(ask(alice), "need-more-signers");
  assert.equal(ask(alice, alice), "need-more-signers");
  assert.equal(ask(alice, mallory), "need-more-signers");
  assert.equal(ask(alice, bob), "run");
  assert.equal(ask(bob), "run");
});
