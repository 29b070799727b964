import assert from "node:assert/strict";
import { HUB_RIGHTS, type HubRight } from "../../../lib/envelope/trust/hub_rights.ts";
import { fingerprint } from "../../../lib/envelope/keys/public_key.ts";
import { CALL_RULES, OperatorAccess } from "../../../lib/hub/operators/operator_access.ts";
import type { TrustedOperator } from "../../../lib/hub/operators/operator_trust.ts";
import type { JobRecord } from "../../../lib/hub/store/job_record.ts";
import type { OperatorCall } from "../../../lib/protocol/operator/calls.ts";
import { alice, bob } from "../../support/envelope_fixtures.ts";

const OWN = "a".repeat(32);
const OTHERS = "b".repeat(32);
const FILE = "/etc/nanoexec/hub_operators";

function operator(rights: readonly HubRight[], isUnrestricted = true): TrustedOperator {
  const { publicKey: key } = alice;
  return { key, comment: "alice", rights: new Set(rights), isUnrestricted, file: FILE };
}

function jobOf(id: string, by: string): JobRecord {
  const times = { submitted: 0, deliverUntil: 0, runMs: 0, held: false };
  const about = { digest: "", message: new Uint8Array(), target: "ALL", summary: "true" };
  return { id, by, ...times, ...about };
}

const JOBS = new Map([
  [OWN, jobOf(OWN, `${fingerprint(bob.publicKey)} ${fingerprint(alice.publicKey)}`)],
  [OTHERS, jobOf(OTHERS, fingerprint(bob.publicKey))],
]);

/** One call of each kind, about a job of others where it is about one. A new kind must be added. */
const CALLS: { readonly [K in OperatorCall["kind"]]: Extract<OperatorCall, { kind: K }> } = {
  hello: { kind: "hello", version: "0" },
  login: { kind: "login", envelope: new Uint8Array() },
  leave: { kind: "leave" },
  nodes: { kind: "nodes", names: "web1" },
  block: {
    kind: "block",
    start: 0,
    offset: 0,
    signature: new Uint8Array(64),
    bytes: new Uint8Array(1),
  },
  begins: { kind: "begins", node: "web1", offset: 0 },
  taken: { kind: "taken", cost: 0 },
  hosts: { kind: "hosts", facts: true, watch: true },
  ping: { kind: "ping", nonce: "0".repeat(64) },
  submit: {
    ...{ kind: "submit", id: OTHERS, digest: "d".repeat(64), message: "", deliverMs: 0 },
    ...{ runMs: 0, held: false, target: "ALL", summary: "true" },
  },
  forget: { kind: "forget" },
  willing: { kind: "willing" },
  publish: { kind: "publish", host: "ALL", command: "true" },
  jobs: { kind: "jobs", limit: 1 },
  past: { kind: "past", reference: "last" },
  why: { kind: "why", node: "web1" },
  follow: { kind: "follow", id: OTHERS, wait: true },
  release: { kind: "release", id: OTHERS },
  withhold: { kind: "withhold", id: OTHERS },
  cancel: { kind: "cancel", id: OTHERS, envelope: "" },
  confirm: { kind: "confirm", id: OTHERS, envelope: "" },
};

/** The rights each of which alone allows the call; `all` if none is needed. */
const NEEDED: { readonly [K in OperatorCall["kind"]]: "all" | readonly HubRight[] } = {
  ...{ hello: "all", login: "all", leave: "all", nodes: "all", block: "all", begins: "all" },
  ...{ taken: "all", hosts: "all", ping: "all" },
  ...{ submit: ["run"], willing: ["run"], publish: ["run"], forget: ["hosts"] },
  ...{ jobs: ["read", "run"], past: ["read", "run"], why: ["read", "run"] },
  ...{ follow: ["read"], release: [], withhold: ["cancel"], cancel: ["cancel"] },
  confirm: ["cancel"],
};

function isAllowed(call: OperatorCall, access: OperatorAccess): boolean {
  return access.checkCall(call, JOBS) === undefined;
}

Deno.test("every call needs the rights of the table, and no other right allows it", async (t) => {
  assert.deepEqual(Object.keys(CALL_RULES).sort(), Object.keys(CALLS).sort());
  for (const call of Object.values(CALLS)) {
    await t.step(call.kind, () => {
      const allowing = HUB_RIGHTS.filter((right) =>
        isAllowed(call, new OperatorAccess(operator([right])))
      );
      const needed = NEEDED[call.kind];
      assert.deepEqual(allowing, needed === "all" ? HUB_RIGHTS : needed);
      assert.equal(isAllowed(call, new OperatorAccess(operator([]))), needed === "all");
      assert.ok(isAllowed(call, new OperatorAccess()), "the hub's owner may do everything");
    });
  }
});

Deno.test("run is enough for the own jobs, and only for them", () => {
  const access = new OperatorAccess(operator(["run"]));
  const others = new OperatorAccess(operator(["read", "cancel", "hosts"]));
  for (const kind of ["follow", "release", "withhold", "cancel", "confirm"] as const) {
    const own = { ...CALLS[kind], id: OWN };
    assert.ok(isAllowed(own, access), kind);
    assert.ok(!isAllowed(CALLS[kind], access), kind);
    assert.equal(isAllowed(own, others), kind !== "release", kind);
  }
  // Of an unknown job the hub says that it is unknown.
  assert.ok(isAllowed({ ...CALLS.cancel, id: "c".repeat(32) }, access));
});

Deno.test("the input of a job is provided by its own operators", () => {
  const access = new OperatorAccess(operator(["run", "read"]));
  assert.ok(isAllowed(CALLS.follow, access));
  assert.ok(!isAllowed({ ...CALLS.follow, input: "file" }, access));
  assert.ok(isAllowed({ ...CALLS.follow, id: OWN, input: "file" }, access));
});

Deno.test("unsigned commands need a key without restrictions, which no agent would apply", () => {
  const access = new OperatorAccess(operator(HUB_RIGHTS, false));
  for (const kind of ["willing", "publish"] as const) {
    const denial = access.checkCall(CALLS[kind], JOBS);
    assert.match(denial?.message ?? "", /^your key has restrictions at this hub/);
  }
});

Deno.test("a denial names the right, all rights that are wanted, and the file", () => {
  const access = new OperatorAccess(operator(["run"]));
  assert.deepEqual(access.checkCall(CALLS.forget, JOBS), {
    code: "refused",
    message: 'your key has no right "hosts" at this hub',
    hint: `have the hub's administrator put run,hosts in front of your key in ${FILE}`,
  });
  assert.deepEqual(access.checkCall(CALLS.cancel, JOBS), {
    code: "refused",
    message: `job bbbbbbbb is another operator's, and your key has no right "cancel" at this hub`,
    hint: `have the hub's administrator put run,cancel in front of your key in ${FILE}`,
  });
});
