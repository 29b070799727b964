/**
 * Resolves the hosts of a command and asks the operator before a command goes to many hosts. Then
 * runs an action with them, and with functions that sign a cancel or a confirmation for them.
 * @module
 */
import type { SecretKey } from "../../envelope/keys/secret_key.ts";
import { type Target, targetOfNames } from "../../nodeset/mod.ts";
import { parseNodeName } from "../../nodeset/sets/node_name.ts";
import { foldNodes } from "../../nodeset/sets/node_set.ts";
import type { HubMessage } from "../../protocol/agent/messages.ts";
import { signedCancel, signedConfirm } from "../../trigger/requests/submission.ts";
import { askYesNo, canAsk } from "../terminal/confirmation_prompt.ts";
import type { DryRunChoice } from "../args/submit_options.ts";
import type { TargetChoice } from "../args/target_options.ts";
import { escapeText } from "../terminal/escape.ts";
import { pickRandomSubset, type ResolvedTarget } from "../targets/random_subset.ts";
import { EXIT_ERROR } from "../program/exit_code.ts";
import { hostCountText } from "../render/rollout_text.ts";
import type { OperatorSession } from "./operator_session.ts";
import { type CommandContext, type QueueSettings, withQueue } from "./with_queue.ts";

/** To how many hosts a command goes without a question unless `--ask-above` says otherwise. */
const DEFAULT_ASK_ABOVE = 10;

/** Folded names of many hosts are long; these many characters of them are shown. */
const MAX_NAMES = 60;

/** Where to ask, and whether at all. */
export interface HostConfirmation
  extends Pick<CommandContext, "terminal" | "signal" | "withoutDeadline"> {
  /** What the command line says. */
  readonly options: DryRunChoice;
  /** How many more hosts the command goes to, whose names are not known. */
  readonly anonymousHosts?: number;
}

/**
 * Whether a command may go to `nodes`: they are few, nobody is there to be asked, or the answer is yes.
 * @throws {DOMException} `AbortError` if the answer is Ctrl-C
 */
export async function confirmHosts(
  nodes: readonly string[],
  { options, anonymousHosts = 0, terminal, signal, withoutDeadline }: HostConfirmation,
): Promise<boolean> {
  const { yes, dryRun, askAbove = DEFAULT_ASK_ABOVE } = options;
  const count = nodes.length + anonymousHosts;
  if (yes || dryRun || count <= askAbove) return true;
  if (!canAsk(terminal)) return true;
  const names = escapeText(foldNodes(nodes), MAX_NAMES) || "of the first program";
  const question = `Run it on ${hostCountText(count)}, ${names}?`;
  if (await withoutDeadline(() => askYesNo(question, terminal, { signal }))) return true;
  terminal.note("not run");
  return false;
}

/** Which hosts, and who asks. */
export interface HostsRequest {
  /** The hosts, without groups. */
  readonly target: Target;
  /** The operator's key. */
  readonly key: SecretKey;
  /** What the command line says. */
  readonly options: QueueSettings & DryRunChoice & { readonly target: TargetChoice };
}

/** The hosts, and the queue that reaches them. */
export interface HostsContext extends CommandContext, ResolvedTarget {
  /** Signs that a request is to be stopped. */
  cancel(id: string, node?: string): HubMessage;
  /** Signs that what a request has changed may stay. */
  confirm(id: string): HubMessage;
}

/** Opens the queue of `session`, resolves the hosts, asks about many of them, and does `action`. */
export async function withHosts(
  { target, key, options }: HostsRequest,
  session: OperatorSession,
  action: (place: HostsContext) => Promise<number>,
): Promise<number> {
  return await withQueue(options, session, async (place) => {
    const all = { nodes: await place.resolveHosts(target), target };
    const resolved = pickRandomSubset(all, options.target.limit, session.terminal);
    return await withConfirmedHosts({ resolved, key, options }, place, action);
  });
}

/** Asks before a command goes to many hosts, and does `action` unless the answer is no. */
export async function withConfirmedHosts(
  { resolved, key, options }: Pick<HostsRequest, "key" | "options"> & {
    readonly resolved: ResolvedTarget;
  },
  place: CommandContext,
  action: (place: HostsContext) => Promise<number>,
): Promise<number> {
  if (!await confirmHosts(resolved.nodes, { ...place, options })) return EXIT_ERROR;
  const cancel = (id: string, node?: string) => {
    const named = node === undefined ? resolved.target : targetOfNames([parseNodeName(node)]);
    return signedCancel({ job: id, target: named }, key);
  };
  const confirm = (id: string) => signedConfirm({ job: id, target: resolved.target }, key);
  return await action({ ...place, ...resolved, cancel, confirm });
}
