/**
 * Rejects host states that do not fit the request, such as a dry-run result for a real run, or an
 * unconfirmed command without a rollback.
 * @module
 */
import { publicKeyFromBase64 } from "../../envelope/keys/public_key.ts";
import { isInputPrefixSigned } from "../../envelope/statements/input_block.ts";
import { readUnverified } from "../../envelope/signing/unverified_envelope.ts";
import { type Request, requestType } from "../../envelope/statements/request.ts";
import type { Outcome, Result } from "../../envelope/statements/result.ts";
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

type ExpectedRun = Pick<Request, "id" | "mode" | "undo" | "input">;

function validateState(state: VerifiedState, expected: ExpectedRun): VerifiedState | undefined {
  // check: unconfirmed-answer
  if (state.kind === "unconfirmed") return hasRollback(expected) ? state : undefined;
  if (state.kind !== "ended") return state;
  const { body } = state.result;
  const reason = findMismatch(body.outcome, expected) ?? findWrongInput(body, expected);
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

/** Returns why the standard input of a command is not what was sent; `undefined` if it is. */
function findWrongInput(
  { input, outcome: { kind } }: Result,
  { id, input: streamed }: ExpectedRun,
): string | undefined {
  if (!streamed) return input && "the request streams no standard input, but the result names some";
  if (!input) {
    const mustRun = kind === "exited" || kind === "signalled" || kind === "timeout";
    // check: input-named
    return mustRun ? "the result does not name the standard input of the command" : undefined;
  }
  // check: input-start
  const isFromStart = streamed.from === "anywhere" || input.start === 0;
  if (!isFromStart) return WRONG_INPUT;
  if (input.signature === undefined) return undefined;
  const signature = Uint8Array.fromBase64(input.signature);
  const key = publicKeyFromBase64(streamed.key);
  // check: input-given
  return isInputPrefixSigned(id, { ...input, signature }, key) ? undefined : WRONG_INPUT;
}

const WRONG_INPUT = "the command read other standard input than was sent";

function hasRollback({ mode, undo }: ExpectedRun): boolean {
  return mode === "run" && undo !== undefined; // check: rollback-mode
}
