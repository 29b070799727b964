/**
 * Rejects host states that do not fit the request, such as a dry-run result for a real run, or an
 * unconfirmed command without a rollback.
 * @module
 */
import { readUnverified } from "../../envelope/signing/unverified_envelope.ts";
import { type Request, requestType } from "../../envelope/statements/request.ts";
import type { Outcome } from "../../envelope/statements/result.ts";
import type { HubMessage } from "../agent/messages.ts";
import type { VerifiedState } from "./host_state.ts";

/**
 * Returns the state if it fits the request, `lost` if its result does not fit, or `undefined` if the
 * state is impossible and must be ignored.
 */
export type StateValidator = (state: VerifiedState) => VerifiedState | undefined;

/** Creates the validator for the states of hosts that receive `message`. */
export function stateValidator(message: HubMessage): StateValidator {
  if (message.kind !== "sealed") return (state) => state; // check: answer-kind
  const { claimed } = readUnverified(message.envelope, requestType);
  return (state) => validateState(state, claimed);
}

type ExpectedRun = Pick<Request, "mode" | "undo">;

function validateState(state: VerifiedState, expected: ExpectedRun): VerifiedState | undefined {
  // check: unconfirmed-answer
  if (state.kind === "unconfirmed") return hasRollback(expected) ? state : undefined;
  if (state.kind !== "ended") return state;
  const reason = findMismatch(state.result.body.outcome, expected);
  return reason === undefined ? state : { kind: "lost", reason };
}

/** Returns why `outcome` does not fit the request; `undefined` if it does. */
function findMismatch({ kind }: Outcome, expected: ExpectedRun): string | undefined {
  switch (kind) {
    case "allowed":
      // check: dry-run-answer
      return expected.mode === "run"
        ? "the request was a real run, but the result is of a dry run"
        : undefined;
    case "exited":
    case "signalled":
    case "timeout":
      // check: real-run-answer
      return expected.mode === "run"
        ? undefined
        : "the request was a dry run, but the result is of a real run";
    case "undone":
      // check: rollback-answer
      return hasRollback(expected)
        ? undefined
        : "the request has no --undo, but the result is of a rollback";
    case "refused":
    case "lost":
    case "cancelled":
      return undefined;
    default:
      return kind satisfies never;
  }
}

function hasRollback({ mode, undo }: ExpectedRun): boolean {
  return mode === "run" && undo !== undefined; // check: rollback-mode
}
