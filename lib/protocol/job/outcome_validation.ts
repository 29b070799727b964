/**
 * Rejects host states that do not fit the request, such as a dry-run result for a real run. Only a
 * command with a rollback can wait for a confirmation.
 * @module
 */
import { readUnverified } from "../../envelope/signing/unverified_envelope.ts";
import { type Request, requestType } from "../../envelope/statements/request.ts";
import type { Outcome } from "../../envelope/statements/result.ts";
import type { HubMessage } from "../agent/messages.ts";
import type { VerifiedState } from "./host_state.ts";

/**
 * Returns the state that counts: the same one, `lost` if the result does not fit the request, or
 * `undefined` if the state cannot be and is to be ignored.
 */
export type StateValidator = (state: VerifiedState) => VerifiedState | undefined;

/** Makes the validator for the states of hosts that are sent `message`. */
export function stateValidator(message: HubMessage): StateValidator {
  if (message.kind !== "sealed") return (state) => state; // check: answer-kind
  const { claimed } = readUnverified(message.envelope, requestType);
  return (state) => validateState(state, claimed);
}

type ExpectedRun = Pick<Request, "mode" | "undo">;

function validateState(state: VerifiedState, asked: ExpectedRun): VerifiedState | undefined {
  // check: unconfirmed-answer
  if (state.kind === "unconfirmed") return hasRollback(asked) ? state : undefined;
  if (state.kind !== "ended") return state;
  const reason = findMismatch(state.result.body.outcome, asked);
  return reason === undefined ? state : { kind: "lost", reason };
}

/** Why `outcome` does not fit the request; `undefined` if it does. */
function findMismatch({ kind }: Outcome, asked: ExpectedRun): string | undefined {
  switch (kind) {
    case "allowed":
      // check: dry-run-answer
      return asked.mode === "run" ? "it says only that it would run the command" : undefined;
    case "exited":
    case "signalled":
    case "timeout":
      // check: real-run-answer
      return asked.mode === "run" ? undefined : "it was asked what it would do, and says it did";
    case "undone":
      // check: rollback-answer
      return hasRollback(asked) ? undefined : "it says that it has undone what nobody can undo";
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
