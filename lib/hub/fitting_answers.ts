/**
 * What a request can be answered with: whoever was to run a command has not done so if it signs that it
 * would, and only what can be undone waits for a confirmation. Imports `envelope`.
 * @module
 */
import { readUnverified } from "../envelope/signing/unverified_envelope.ts";
import { type Request, requestType } from "../envelope/statements/request.ts";
import type { Outcome } from "../envelope/statements/result.ts";
import type { HubMessage } from "../envelope/session.ts";
import type { HostState } from "./host_state.ts";
import type { JobSink } from "./job_sink.ts";

/** Passes on to `sink` what can be an answer to `message`; of another answer the host is lost. */
export function fittingAnswers(message: HubMessage, sink: JobSink): JobSink {
  if (message.kind !== "sealed") return sink; // check: answer-kind
  const { claimed } = readUnverified(message.envelope, requestType);
  return {
    output: (node, output) => sink.output(node, output),
    settle: (node) => sink.settle?.(node),
    state: (node, state) => {
      const fitting = fittingState(state, claimed);
      if (fitting) return sink.state(node, fitting);
    },
  };
}

type Question = Pick<Request, "mode" | "undo">;

function fittingState(state: HostState, asked: Question): HostState | undefined {
  // check: unconfirmed-answer
  if (state.kind === "unconfirmed") return isUndoable(asked) ? state : undefined;
  if (state.kind !== "ended") return state;
  const reason = unfitness(state.result.body.outcome, asked);
  return reason === undefined ? state : { kind: "lost", reason };
}

/** Why a host that signs `outcome` has not answered; nothing if it has. */
function unfitness({ kind }: Outcome, asked: Question): string | undefined {
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
      return isUndoable(asked) ? undefined : "it says that it has undone what nobody can undo";
    case "refused":
    case "lost":
    case "cancelled":
      return undefined;
    default:
      return kind satisfies never;
  }
}

function isUndoable({ mode, undo }: Question): boolean {
  return mode === "run" && undo !== undefined; // check: rollback-mode
}
