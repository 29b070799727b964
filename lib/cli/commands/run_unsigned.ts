/**
 * `nanotrigger --insecure --host=HOST --command=LINE`: sends an unsigned command, as the first
 * program did. Our agents report their name and result. Agents of the first program only subscribe,
 * so nothing more is known of them.
 * @module
 */
import {
  findPrefixHazard,
  LEGACY_ALL_HOSTS,
  type LegacyCommand,
} from "../../protocol/legacy_command.ts";
import { prepareUnsigned } from "../../trigger/requests/submission.ts";
import type { UnsignedHosts } from "../../trigger/queue/queue.ts";
import { UserError } from "../../base/errors.ts";
import { EXIT_ERROR, EXIT_LOST, EXIT_OK } from "../process/exit_code.ts";
import type { RunOptions } from "./run_options.ts";
import { executeRequest } from "../session/execute_request.ts";
import { confirmHosts } from "../session/with_hosts.ts";
import type { CommandContext } from "../session/with_queue.ts";

/** The context of an unsigned run. */
export interface UnsignedRun extends Omit<CommandContext, "resolveHosts"> {
  /** The parsed options. */
  readonly options: RunOptions;
}

/** Sends the command; resolves with the exit status. */
export async function runUnsigned(run: UnsignedRun): Promise<number> {
  const { options, queue, terminal, signal, timeLeft } = run;
  const command = legacyCommand(options);
  terminal.warning("--insecure: the command is sent unsigned, to any attached agent");
  refuseHazard(command);
  const forAll = command.host === LEGACY_ALL_HOSTS;
  const subscribed = await queue.unsigned.waitForHosts(command.host, { maxMs: timeLeft(), signal });
  const { nodes, legacyAgents: anonymousHosts } = subscribed;
  if (!forAll) refuseUnwilling(command, subscribed);
  if (forAll && !await confirmHosts(nodes, { ...run, anonymousHosts })) return EXIT_ERROR;
  const isAnonymous = nodes.length === 0 || forAll;
  const sent = isAnonymous ? await queue.unsigned.publish(command) : 0;
  if (nodes.length === 0) return reportAnonymousDelivery(command, sent, run);
  if (sent > 0) terminal.note(`also sent to ${subscribers(sent)}`);
  return await executeRequest(prepareUnsigned(command), { ...run, nodes });
}

function legacyCommand({ target: { base }, command }: RunOptions): LegacyCommand {
  if (base.kind === "sets" || command.kind !== "shell") {
    throw new UserError("an unsigned command needs --command, and one --host or ALL");
  }
  return { host: base.kind === "all" ? LEGACY_ALL_HOSTS : base.name, command: command.line };
}

/**
 * Refuses a host name that begins with ALL, because every agent of the first program would run the
 * command.
 */
function refuseHazard({ host }: LegacyCommand): void {
  if (findPrefixHazard(host, []).kind !== "everybody") return;
  throw new UserError(`"${host}" begins with ALL: every agent of the first program would run it`, {
    hint: "sign the command: omit --insecure",
  });
}

/**
 * Refuses a host whose agent runs no unsigned commands. Agents that report their name report this
 * too.
 */
function refuseUnwilling(
  { host }: LegacyCommand,
  { nodes: listed, isAttached: attached }: UnsignedHosts,
): void {
  if (!attached || listed.length > 0) return;
  throw new UserError(`${host} runs signed commands only`, { hint: "omit --insecure" });
}

function reportAnonymousDelivery(
  { host }: LegacyCommand,
  sent: number,
  { terminal }: UnsignedRun,
): number {
  if (sent === 0) {
    const reason = host === LEGACY_ALL_HOSTS ? "no agent is attached" : `${host} is not attached`;
    terminal.error(`command not sent: ${reason}`);
    terminal.hint("check that nanoexec --insecure runs there and dials this machine");
    return EXIT_LOST;
  }
  terminal.note(`sent to ${subscribers(sent)}`);
  if (host === LEGACY_ALL_HOSTS) return EXIT_OK;
  terminal.warning(
    `delivery to ${host} not confirmed: agents of the first program report no names, and run ` +
      `what is sent to any name that begins with theirs`,
  );
  return EXIT_LOST;
}

function subscribers(count: number): string {
  return `${count} ${count === 1 ? "agent" : "agents"} of the first program`;
}
