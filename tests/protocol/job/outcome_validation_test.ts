import assert from "node:assert/strict";
import type { Request } from "../../../lib/envelope/statements/request.ts";
import { type Outcome, resultType } from "../../../lib/envelope/statements/result.ts";
import { verifyEnvelope } from "../../../lib/envelope/signing/verify_envelope.ts";
import { signEnvelope } from "../../../lib/envelope/signing/sign_envelope.ts";
import type { HubMessage } from "../../../lib/protocol/agent/messages.ts";
import { stateValidator } from "../../../lib/protocol/job/outcome_validation.ts";
import type { VerifiedState } from "../../../lib/protocol/job/host_state.ts";
import { alice, lookupOf } from "../../support/envelope_fixtures.ts";
import { requestAt, signed } from "../../support/agent/signed_request.ts";
import { resultOf } from "../../support/hub/scripted_agent.ts";
const undo: Request["undo"] = { command: "true", withinMs: 60_000 };
const ASKED: Readonly<
  Record<"run" | "undoable" | "check" | "check of undoable", Partial<Request>>
> = {
  run: {},
  undoable: { undo },
  check: { mode: "check" },
  "check of undoable": { mode: "check", undo },
};

const FITTING: readonly (readonly [outcome: Outcome, to: readonly (keyof typeof ASKED)[]])[] = [
  [{ kind: "exited", code: 0 }, ["run", "undoable"]],
  [{ kind: "signalled", signal: "SIGKILL" }, ["run", "undoable"]],
  [{ kind: "timeout" }, ["run", "undoable"]],
  [{ kind: "undone", reason: "late", code: 0, said: "" }, ["undoable"]],
  [{ kind: "allowed", rule: "ALL", summary: "it as root" }, ["check", "check of undoable"]],
  [{ kind: "refused", code: "policy", reason: "no" }, [
    "run",
    "undoable",
    "check",
    "check of undoable",
  ]],
  [{ kind: "cancelled" }, ["run", "undoable", "check", "check of undoable"]],
  [{ kind: "lost", reason: "died" }, ["run", "undoable", "check", "check of undoable"]],
];

/** What counts of `state` when a host was sent `request`. */
function told(request: Partial<Request>, state: VerifiedState): VerifiedState | undefined {
  const message: HubMessage = { kind: "sealed", envelope: signed(requestAt(0, request)).bytes };
  return stateValidator(message)(state);
}

function ended(outcome: Outcome): VerifiedState {
  const body = { ...resultOf({ id: "a".repeat(32), digest: "b".repeat(64) }, "web1"), outcome };
  const envelope = signEnvelope(resultType, body, [alice]);
  const result = verifyEnvelope(envelope, { payloadType: resultType, keys: lookupOf(alice) });
  return { kind: "ended", result, envelope };
}

for (const [outcome, to] of FITTING) {
  Deno.test(`stateValidator knows to what "${outcome.kind}" is an answer`, () => {
    for (const [name, request] of Object.entries(ASKED)) {
      const kind = told(request, ended(outcome))?.kind;
      const fits = to.some((each) => each === name);
      assert.equal(kind, fits ? "ended" : "lost", name);
    }
  });
}

Deno.test("stateValidator lets only what can be undone wait for a confirmation", () => {
  const unconfirmed = (request: Partial<Request>) => told(request, { kind: "unconfirmed" });
  assert.equal(unconfirmed(ASKED.undoable)?.kind, "unconfirmed");
  for (const name of ["run", "check", "check of undoable"] as const) {
    assert.equal(unconfirmed(ASKED[name]), undefined, name);
  }
});

Deno.test("stateValidator passes on everything else", () => {
  for (const kind of ["pending", "delivered", "started", "skipped"] as const) {
    assert.deepEqual(told({}, { kind }), { kind });
  }
});
