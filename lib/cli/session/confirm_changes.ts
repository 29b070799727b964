/**
 * Decides about a change with `--undo`, after the command has ended on every host: confirms it,
 * rolls it back, or leaves it to a later `nanotrigger confirm`.
 * @module
 */
import { foldNodes } from "../../nodeset/sets/node_set.ts";
import type { SubmittedJob } from "../../trigger/queue/queue.ts";
import type { PreparedRequest } from "../../trigger/requests/submission.ts";
import type { FollowedJob } from "../../trigger/results/followed_job.ts";
import { askYesNo, canAsk } from "../terminal/confirmation_prompt.ts";
import { escapeText } from "../terminal/escape.ts";
import type { UndoChoice } from "../args/undo_options.ts";
import type { DirectiveSigner } from "./directive_signer.ts";
import type { CommandContext } from "./with_queue.ts";

/** The maximum number of characters of folded names. */
const MAX_NAMES = 60;

/** The context of the decision. */
export interface ChangeContext extends Pick<CommandContext, "terminal" | "signal"> {
  /** The parsed options. */
  readonly options: { readonly undoing?: UndoChoice };
  /** The request. */
  readonly prepared: PreparedRequest;
  /** Signs a cancel of the request, or a confirmation of its changes. */
  readonly directives?: DirectiveSigner | undefined;
}

/**
 * Waits until every host has ended or waits for a confirmation. Then confirms the changes of `job`
 * if the options or the operator say so, and rolls them back otherwise.
 * If the operator cannot be asked, the change is left to a later confirmation. Without one, the
 * hosts roll it back.
 */
export async function confirmChanges(
  job: SubmittedJob,
  followed: FollowedJob,
  context: ChangeContext,
): Promise<void> {
  await followed.settled;
  if (followed.unconfirmed.size === 0) return;
  const { directives, prepared } = context;
  switch (await decide(job, followed, context)) {
    case "keep":
      return directives && job.confirm(directives.confirm(prepared));
    case "undo":
      return directives && job.cancel(directives.cancel(prepared));
    case "leave":
      return job.giveUp("command succeeded, undone unless confirmed in time");
  }
}

type Decision = "keep" | "undo" | "leave";

async function decide(
  job: SubmittedJob,
  { unconfirmed, nodes }: FollowedJob,
  context: ChangeContext,
): Promise<Decision> {
  const { options: { undoing }, terminal, directives } = context;
  if (undoing?.confirm) return unconfirmed.size === nodes.length ? "keep" : "undo";
  const names = foldNodes([...unconfirmed]);
  if (directives && canAsk(terminal)) return await ask(job, escapeText(names, MAX_NAMES), context);
  terminal.hint(`keep the change: nanotrigger confirm ${job.id} -w '${names}'`);
  return "leave";
}

/** Asks the operator, until the answer can no longer have an effect. */
async function ask(
  job: SubmittedJob,
  names: string,
  { terminal, signal }: ChangeContext,
): Promise<Decision> {
  const over = new AbortController();
  void job.over.then(() => over.abort());
  try {
    const asking = { signal: AbortSignal.any([signal, over.signal]) };
    return await askYesNo(`Command succeeded on ${names}. Keep the change?`, terminal, asking)
      ? "keep"
      : "undo";
  } catch {
    // By now all hosts have rolled back, or Ctrl-C makes them do so.
    return "undo";
  }
}
