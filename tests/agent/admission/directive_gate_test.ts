import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import {
  type DirectiveDecision,
  DirectiveGate,
  peekDirectiveKind,
} from "../../../lib/agent/admission/directive_gate.ts";
import { EarlyCancels } from "../../../lib/agent/admission/early_cancels.ts";
import { Journal } from "../../../lib/agent/records/journal.ts";
import { TrustStore } from "../../../lib/agent/admission/trust_store.ts";
import {
  cancelType,
  confirmType,
  type Directive,
  releaseType,
} from "../../../lib/envelope/statements/directive.ts";
import { printPublicKey } from "../../../lib/envelope/keys/public_key.ts";
import { type Request, requestType } from "../../../lib/envelope/statements/request.ts";
import { decodeEnvelope } from "../../../lib/envelope/signing/dsse_envelope.ts";
import { signEnvelope } from "../../../lib/envelope/signing/sign_envelope.ts";
import { generateSecretKey, type SecretKey } from "../../../lib/envelope/keys/secret_key.ts";
import { forged } from "../../support/agent/signed_request.ts";

const NOW = 1_790_000_000_000;
const JOB = "0".repeat(31) + "1";
const LATER = "a".repeat(32);
const DIGEST = "d".repeat(64);
const clock = { now: () => NOW, monotonic: () => 0, sleep: () => Promise.resolve() };
const alice = generateSecretKey("alice");
const bob = generateSecretKey("bob");
const carol = generateSecretKey("carol");
const mallory = generateSecretKey("mallory");

async function gate(requesters: readonly SecretKey[], isHeld = false): Promise<DirectiveGate> {
  return (await openGate(requesters, isHeld)).directives;
}

async function openGate(requesters: readonly SecretKey[], isHeld = false) {
  const line = (key: SecretKey) => printPublicKey({ key: key.publicKey, comment: key.comment });
  const trust = new TrustStore({
    baked: [
      line(alice),
      `commands="uptime" ${line(bob)}`,
      `expires="2020-01-01" ${line(carol)}`,
    ],
    given: [],
    files: [],
    revoked: [],
  });
  await trust.load();
  const journal = new Journal({ path: ":memory:", clock });
  const earlyCancels = new EarlyCancels({ journal, trust, clock });
  const signers = requesters.map((key) => key.publicKey.keyid);
  const directives = new DirectiveGate({
    ...{ node: { name: "web1", facts: new Map() }, trust, clock, journal, earlyCancels },
    jobOf: (id) => id === JOB ? { id, digest: DIGEST, signers, isHeld } : undefined,
  });
  const isCancelled = (by: SecretKey, digest = DIGEST) =>
    earlyCancels.covers({ id: LATER, digest, signers: [by.publicKey.keyid] });
  return { directives, journal, isCancelled };
}

function release(changes: Partial<Directive>, key: SecretKey): Uint8Array {
  return cancel({ request: DIGEST, expires: NOW + 80_000_000, ...changes }, key, releaseType);
}

function cancel(
  changes: Partial<Directive>,
  key: SecretKey,
  type: typeof cancelType = cancelType,
): Uint8Array {
  const body: Directive = {
    v: 1,
    id: "f".repeat(32),
    issued: NOW,
    expires: NOW + 60_000,
    target: "web1",
    job: JOB,
    ...changes,
  };
  return signEnvelope(type, body, [key]);
}

function reason(decision: DirectiveDecision): string {
  return decision.kind === "ignore" ? decision.reason : `cancels for ${decision.by}`;
}

Deno.test("DirectiveGate stops a command for whoever signed it, and for a key without bounds", async () => {
  const cancels = await gate([bob]);
  const own = cancels.check("cancel", cancel({}, bob));
  deepStrictEqual(own, { kind: "cancel", job: JOB, by: "bob" });
  const other = cancels.check("cancel", cancel({ target: "ALL" }, alice));
  deepStrictEqual(other, { kind: "cancel", job: JOB, by: "alice" });
});

Deno.test("DirectiveGate ignores every other wish, and says why", async (t) => {
  const cases: readonly (readonly [string, Uint8Array, RegExp])[] = [
    [
      "of another operator with bounds",
      cancel({}, bob),
      /^cancel by a key that may not cancel this command$/,
    ],
    ["of an expired key", cancel({}, carol), /^cancel by a key that may not cancel this command$/],
    ["of a stranger", cancel({}, mallory), /not signed by a known key/],
    ["for another host", cancel({ target: "web10" }, alice), /^for another host$/],
    [
      "that is too old",
      cancel({ issued: NOW - 9e4, expires: NOW - 1 }, alice),
      /^cancel is not valid now: /,
    ],
    [
      "that lives too long",
      cancel({ expires: NOW + 9e6 }, alice),
      /^cancel is not valid now: valid for/,
    ],
    ["that is garbage", new TextEncoder().encode("{}"), /envelope/],
  ];
  const cancels = await gate([alice]);
  for (const [name, envelope, expected] of cases) {
    await t.step(name, () => match(reason(cancels.check("cancel", envelope)), expected));
  }
});

Deno.test("directiveKind tells cancels from requests and garbage", () => {
  const request: Request = {
    v: 1,
    id: JOB,
    issued: NOW,
    expires: NOW + 1,
    target: "web1",
    run: { kind: "argv", argv: ["true"] },
    timeoutMs: 1,
    mode: "run",
    survive: false,
  };
  strictEqual(peekDirectiveKind(cancel({}, mallory)), "cancel");
  strictEqual(peekDirectiveKind(cancel({}, mallory, confirmType)), "confirm");
  strictEqual(peekDirectiveKind(release({}, mallory)), "release");
  strictEqual(peekDirectiveKind(signEnvelope(requestType, request, [alice])), undefined);
  strictEqual(peekDirectiveKind(new Uint8Array([1, 2, 3])), undefined);
});

Deno.test("DirectiveGate takes a confirm for nothing else, and nothing else for one", async () => {
  const directives = await gate([bob]);
  const confirm = cancel({}, bob, confirmType);
  deepStrictEqual(directives.check("confirm", confirm), { kind: "confirm", job: JOB, by: "bob" });
  match(reason(directives.check("cancel", confirm)), /not a cancel/);
  match(reason(directives.check("confirm", cancel({}, bob))), /not a confirm/);
  const late = cancel({ issued: NOW - 9e4, expires: NOW - 1 }, bob, confirmType);
  match(reason(directives.check("confirm", late)), /^confirm is not valid now: /);
  const other = (await gate([alice])).check("confirm", confirm);
  match(reason(other), /^confirm by a key that may not confirm this command/);
});

Deno.test("DirectiveGate releases a held command for whoever signed it, as long as it may start", async () => {
  const directives = await gate([bob], true);
  for (const key of [bob, alice]) {
    const by = key.comment;
    const decision = directives.check("release", release({ issued: NOW - 1_000 }, key));
    deepStrictEqual(decision, { kind: "release", job: JOB, by });
  }
});

Deno.test("DirectiveGate ignores every other release", async (t) => {
  const unnamed = forged(decodeEnvelope(cancel({}, alice)).payload, alice, releaseType.name);
  const cases: readonly (readonly [string, Uint8Array, RegExp])[] = [
    ["of another request with this id", release({ request: "e".repeat(64) }, alice), /not running/],
    ["that names no request", unnamed, /names no request/],
    ["before its request", release({ job: LATER }, alice), /^release of a command that is not r/],
    ["by another key", release({}, bob), /^release by a key that may not release this command$/],
    ["by an expired key", release({}, carol), /^release by a key that may not/],
    ["by a stranger", release({}, mallory), /not signed by a known key/],
    ["for another host", release({ target: "web2" }, alice), /^for another host$/],
    [
      "that is late",
      release({ expires: NOW - 1, issued: NOW - 9 }, alice),
      /^release is not valid/,
    ],
    ["from tomorrow", release({ issued: NOW + 7e7 }, alice), /^release is not valid now: /],
    ["that is a cancel", cancel({ request: DIGEST }, alice), /not a release/],
  ];
  const directives = await gate([alice], true);
  for (const [name, envelope, expected] of cases) {
    await t.step(name, () => match(reason(directives.check("release", envelope)), expected));
  }
  await t.step("of a command that is not held", async () => {
    const running = await gate([alice]);
    match(
      reason(running.check("release", release({}, alice))),
      /^release of a command that is not h/,
    );
  });
});

Deno.test("DirectiveGate takes a cancel or a confirmation for the request that it names only", async () => {
  const directives = await gate([alice]);
  const other = { request: "e".repeat(64) };
  match(reason(directives.check("confirm", cancel(other, alice, confirmType))), /not running$/);
  strictEqual(directives.check("cancel", cancel(other, alice)).kind, "cancel-early");
  const own = cancel({ request: DIGEST }, alice);
  deepStrictEqual(directives.check("cancel", own), { kind: "cancel", job: JOB, by: "alice" });
});

Deno.test("DirectiveGate remembers a cancel that comes before its request", async () => {
  const { directives, journal, isCancelled } = await openGate([alice]);
  using _journal = journal;
  strictEqual(isCancelled(alice), false);
  const early = cancel({ job: LATER, request: DIGEST }, bob);
  const decision = directives.check("cancel", early);
  deepStrictEqual(decision, { kind: "cancel-early", job: LATER, by: "bob" });
  strictEqual(isCancelled(bob), true);
  strictEqual(isCancelled(bob, "e".repeat(64)), false);
  strictEqual(isCancelled(alice), false); // bob may cancel only his own
  match(reason(directives.check("cancel", early)), /remembered already/);
  directives.check("cancel", cancel({ job: LATER }, alice));
  strictEqual(isCancelled(bob, "e".repeat(64)), true);
  strictEqual(isCancelled(alice), true);
});

Deno.test("DirectiveGate remembers no cancel of what this host has run", async () => {
  const { directives, journal, isCancelled } = await openGate([alice]);
  using _journal = journal;
  journal.accept({ id: LATER, digest: DIGEST, issued: NOW, expires: NOW + 1 });
  match(reason(directives.check("cancel", cancel({ job: LATER }, alice))), /not running$/);
  strictEqual(isCancelled(alice), false);
  match(reason(directives.check("cancel", cancel({ job: LATER }, carol))), /not running$/);
});

Deno.test("DirectiveGate says that it cannot remember a cancel", async () => {
  const { directives, journal } = await openGate([alice]);
  journal[Symbol.dispose]();
  match(
    reason(directives.check("cancel", cancel({ job: LATER }, alice))),
    /^cannot remember the c/,
  );
});
