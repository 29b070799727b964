/**
 * Being the queue for hosts that are meant, once it is clear which they are and that they are wanted.
 * @module
 */
import type { SecretKey } from "../../envelope/keys/secret_key.ts";
import type { HubMessage } from "../../protocol/agent/messages.ts";
import { parseNodeName } from "../../nodeset/sets/node_name.ts";
import { type Target, targetOfNames } from "../../nodeset/mod.ts";
import { signedCancel, signedConfirm } from "../../trigger/requests/submission.ts";
import { EXIT_ERROR } from "../exit_code.ts";
import { limited, type Meant } from "../limit.ts";
import type { RunOptions } from "../options/run.ts";
import type { Terminal } from "../terminal.ts";
import { isWanted } from "./confirm.ts";
import { type QueueNeeds, type QueuePlace, withQueue } from "./with_queue.ts";

/** Which hosts, and who asks. */
export interface HostsAsked {
  /** The hosts that are meant, without groups. */
  readonly target: Target;
  /** The operator's key. */
  readonly key: SecretKey;
  /** What the command line says. */
  readonly options: QueueNeeds & Pick<RunOptions, "yes" | "askAbove" | "dryRun" | "target">;
}

/** The hosts, and the queue that reaches them. */
export interface HostsPlace extends QueuePlace, Meant {
  /** Signs that a request is to be stopped. */
  cancel(id: string, node?: string): HubMessage;
  /** Signs that what a request has changed may stay. */
  confirm(id: string): HubMessage;
}

/** Opens a hub, finds the hosts, asks whether they are wanted, does `action`, and closes the hub. */
export async function withHosts(
  { target, key, options }: HostsAsked,
  terminal: Terminal,
  action: (place: HostsPlace) => Promise<number>,
): Promise<number> {
  return await withQueue(options, terminal, async (place) => {
    const all = { nodes: await place.meant(target), target };
    const meant = limited(all, options.target.limit, terminal);
    return await atHosts({ meant, key, options }, place, action);
  });
}

/** Asks whether these hosts are wanted, and does `action` if so. */
export async function atHosts(
  { meant, key, options }: Pick<HostsAsked, "key" | "options"> & { readonly meant: Meant },
  place: QueuePlace,
  action: (place: HostsPlace) => Promise<number>,
): Promise<number> {
  if (!await isWanted(meant.nodes, { ...place, options })) return EXIT_ERROR;
  const cancel = (id: string, node?: string) => {
    const named = node === undefined ? meant.target : targetOfNames([parseNodeName(node)]);
    return signedCancel({ job: id, target: named }, key);
  };
  const confirm = (id: string) => signedConfirm({ job: id, target: meant.target }, key);
  return await action({ ...place, ...meant, cancel, confirm });
}
