/**
 * Rejects results that do not fit the request, such as a dry-run result for a real run. Only a
 * command with a rollback can wait for a confirmation.
 * @module
 */
import { readUnverified } from "../../envelope/signing/unverified_envelope.ts";
import { type Request, requestType } from "../../envelope/statements/request.ts";
import type { Outcome } from "../../envelope/statements/result.ts";
import type { HubMessage } from "../agent/messages.ts";
import type { HostState } from "./host_state.ts";
import type { JobSink } from "./host_state.ts";

/** Passes on to `sink` what can be an answer to `message`; of another answer the host is lost. */
export function validateOutcomes(message: HubMessage, sink: JobSink): JobSink {
  if (message.kind !== "sealed") return sink; // check: answer-kind
  const { claimed } = readUnverified(message.envelope, requestType);
  return {
    output: (node, output) => sink.output(node, output),
    settle: (node) => sink.settle?.(node),
    state: (node, state) => {
      const fitting = validateState(state, claimed);
      if (fitting) return sink.state(node, fitting);
    },
  };
}

type ExpectedRun = Pick<Request, "mode" | "undo">;

function validateState(state: HostState, asked: ExpectedRun): HostState | undefined {
  // check: unconfirmed-answer
  if (state.kind === "unconfirmed") return hasRollback(asked) ? state : undefined;
  if (state.kind !== "ended") return state;
  const reason = findMismatch(state.result.body.outcome, asked);
  return reason === undefined ? state : { kind: "lost", reason };
}

/** Why a host that signs `outcome` has not answered; nothing if it has. */
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
