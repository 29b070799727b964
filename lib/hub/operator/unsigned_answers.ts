/**
 * Unsigned commands for operators of a hub that was started with `--insecure`. Imports its siblings.
 * @module
 */
import type { Hub } from "../hub.ts";
import type { Failed } from "./answers.ts";
import { foldedNames } from "./folded_names.ts";
import type { Speaker } from "./speaker.ts";
import type { PublishAsk, WillingAsk } from "./unsigned_ask.ts";

/** What a hub that was not started so says to unsigned commands. */
export const SIGNED_ONLY: Omit<Failed, "kind"> = {
  code: "refused",
  message: "this hub passes on signed commands only",
  hint: "leave --insecure out; or start the hub with --insecure, or be the queue with --listen",
};

/** Says who runs unsigned commands, then that it has. */
export function tellWilling({ node }: WillingAsk, hub: Hub, speaker: Speaker): void {
  const session = node === undefined ? undefined : hub.roster.get(node);
  if (node !== undefined && !session) speaker.say({ kind: "absent", name: node });
  const asked = node === undefined ? [...hub.roster] : session ? [session] : [];
  const willing = asked.filter(({ hello }) => hello.insecure).map(({ name }) => name);
  for (const names of foldedNames(willing)) speaker.say({ kind: "nodes", names });
  speaker.say({ kind: "nameless", count: hub.nameless });
  speaker.say({ kind: "done" });
}

/**
 * Sends a command to the agents of the first program, and says to how many.
 * @throws {EnvelopeError} `legacy` if their wire cannot carry it
 */
export function tellPublished({ host, command }: PublishAsk, hub: Hub, speaker: Speaker): void {
  const { sent } = hub.publish({ host, command });
  speaker.say({ kind: "nameless", count: sent });
  speaker.say({ kind: "done" });
}
