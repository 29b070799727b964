import { deepStrictEqual, match, strictEqual } from "node:assert/strict";
import {
  type DirectiveDecision,
  DirectiveGate,
  peekDirectiveKind,
} from "../../../lib/agent/admission/directive_gate.ts";
import { TrustStore } from "../../../lib/agent/admission/trust_store.ts";
import {
  cancelType,
  confirmType,
  type Directive,
} from "../../../lib/envelope/statements/directive.ts";
import { printPublicKey } from "../../../lib/envelope/keys/public_key.ts";
import { type Request, requestType } from "../../../lib/envelope/statements/request.ts";
import { signEnvelope } from "../../../lib/envelope/signing/sign_envelope.ts";
import { generateSecretKey, type SecretKey } from "../../../lib/envelope/keys/secret_key.ts";

const NOW = 1_790_000_000_000;
const JOB = "0".repeat(31) + "1";
const clock = { now: () => NOW, monotonic: () => 0, sleep: () => Promise.resolve() };
const alice = generateSecretKey("alice");
const bob = generateSecretKey("bob");
const carol = generateSecretKey("carol");
const mallory = generateSecretKey("mallory");

async function gate(requesters: readonly SecretKey[]): Promise<DirectiveGate> {
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
  return new DirectiveGate({
    node: { name: "web1", facts: new Map() },
    trust,
    clock,
    signersOf: (job) => job === JOB ? requesters.map((key) => key.publicKey.keyid) : undefined,
  });
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
      "for an unknown command",
      cancel({ job: "a".repeat(32) }, alice),
      /^cancel of a command that is not running$/,
    ],
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
