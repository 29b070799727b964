/**
 * Resolves the hosts of a command and asks the operator before a command starts on many hosts. Then
 * runs an action with them, and with functions that sign a cancel or a confirmation for them.
 * @module
 */
import type { SecretKey } from "../../envelope/keys/secret_key.ts";
import type { Target } from "../../nodeset/mod.ts";
import { foldNodes } from "../../nodeset/sets/node_set.ts";
import { askYesNo, canAsk } from "../terminal/confirmation_prompt.ts";
import type { DryRunChoice } from "../args/submit_options.ts";
import type { TargetChoice } from "../args/target_options.ts";
import { escapeText } from "../terminal/escape.ts";
import { pickRandomSubset, type ResolvedTarget } from "../targets/random_subset.ts";
import { EXIT_ERROR } from "../process/exit_code.ts";
import { hostCountText } from "../render/rollout_text.ts";
import type { CommandResources } from "./command_resources.ts";
import { DirectiveSigner } from "./directive_signer.ts";
import { type CommandContext, type QueueSettings, withQueue } from "./with_queue.ts";

/** The default of `--ask-above`. */
const DEFAULT_ASK_ABOVE = 10;

/** The maximum number of characters of folded names. */
const MAX_NAMES = 60;

/** The context of the question to the operator. */
export interface HostConfirmation
  extends Pick<CommandContext, "terminal" | "signal" | "withoutDeadline"> {
  /** The parsed options. */
  readonly options: DryRunChoice;
  /** The number of additional hosts whose names are unknown. */
  readonly anonymousHosts?: number;
}

/**
 * Returns whether a command may start on `nodes`: they are few, there is no terminal, or the answer
 * is yes.
 * @throws {DOMException} `AbortError` on Ctrl-C
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
  const question = `Run on ${hostCountText(count)}, ${names}?`;
  if (await withoutDeadline(() => askYesNo(question, terminal, { signal }))) return true;
  terminal.note("not run");
  return false;
}

/** The target, with the operator's key and options. */
export interface HostsRequest {
  /** The target without groups. */
  readonly target: Target;
  /** The operator's key. */
  readonly key: SecretKey;
  /** The parsed options. */
  readonly options: QueueSettings & DryRunChoice & { readonly target: TargetChoice };
}

/** The resolved hosts, and the queue that reaches them. */
export interface HostsContext extends CommandContext, ResolvedTarget {
  /** Signs directives about requests for these hosts. */
  readonly directives: DirectiveSigner;
}

/**
 * Opens the queue of `resources`, resolves the hosts, asks the operator if they are many, and calls
 * `action`.
 */
export async function withHosts(
  { target, key, options }: HostsRequest,
  resources: CommandResources,
  action: (context: HostsContext) => Promise<number>,
): Promise<number> {
  return await withQueue(options, resources, async (context) => {
    const all = { nodes: await context.resolveHosts(target), target };
    const resolved = pickRandomSubset(all, options.target.limit, resources.terminal);
    return await withConfirmedHosts({ resolved, key, options }, context, action);
  });
}

/** Asks before a command starts on many hosts, and calls `action` unless the answer is no. */
export async function withConfirmedHosts(
  { resolved, key, options }: Pick<HostsRequest, "key" | "options"> & {
    readonly resolved: ResolvedTarget;
  },
  context: CommandContext,
  action: (context: HostsContext) => Promise<number>,
): Promise<number> {
  if (!await confirmHosts(resolved.nodes, { ...context, options })) return EXIT_ERROR;
  const directives = new DirectiveSigner(resolved.target, key);
  return await action({ ...context, ...resolved, directives });
}
