/**
 * The question before a command goes to many hosts.
 * @module
 */
import { foldNodes } from "../../nodeset/sets/node_set.ts";
import { askYesNo, canAsk } from "../ask_yes_no.ts";
import { escapeText } from "../escape.ts";
import type { RunOptions } from "../options/run.ts";
import { hosts } from "../render_rollout.ts";
import type { QueuePlace } from "./with_queue.ts";

/** To how many hosts a command goes without a question unless `--ask-above` says otherwise. */
const ASK_ABOVE = 10;

/** Folded names of many hosts are long; these many characters of them are shown. */
const MAX_NAMES = 60;

/** Where to ask, and whether at all. */
export interface Confirmation extends Pick<QueuePlace, "terminal" | "signal" | "untimed"> {
  /** What the command line says. */
  readonly options: Pick<RunOptions, "yes" | "askAbove" | "dryRun">;
  /** How many hosts are meant whose names are not known. */
  readonly nameless?: number;
}

/**
 * Whether a command may go to `nodes`: they are few, nobody is there to be asked, or the answer is yes.
 * @throws {DOMException} `AbortError` if the answer is Ctrl-C
 */
export async function isWanted(
  nodes: readonly string[],
  { options, nameless = 0, terminal, signal, untimed }: Confirmation,
): Promise<boolean> {
  const { yes, dryRun, askAbove = ASK_ABOVE } = options;
  const count = nodes.length + nameless;
  if (yes || dryRun || count <= askAbove) return true;
  if (!canAsk(terminal)) return true;
  const names = escapeText(foldNodes(nodes), MAX_NAMES) || "of the first program";
  const question = `Run it on ${hosts(count)}, ${names}?`;
  if (await untimed(() => askYesNo(question, terminal, { signal }))) return true;
  terminal.note("not run");
  return false;
}
