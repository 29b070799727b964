/**
 * `nanotrigger --insecure --host=HOST --command=LINE`: the first program's way, unsigned. Our own
 * agents say who they are and how it went; agents of the first program can do neither: they
 * subscribe, and that is all that is known of them.
 * @module
 */
import {
  findPrefixHazard,
  LEGACY_ALL_HOSTS,
  type LegacyCommand,
} from "../../protocol/legacy_command.ts";
import { prepareUnsigned } from "../../trigger/requests/submission.ts";
import type { UnsignedHosts } from "../../trigger/queue/unsigned_commands.ts";
import { UserError } from "../errors.ts";
import { EXIT_ERROR, EXIT_LOST, EXIT_OK } from "../exit_code.ts";
import type { RunOptions } from "../options/run.ts";
import { carryOut } from "./carry_out.ts";
import { isWanted } from "./confirm.ts";
import type { QueuePlace } from "./with_queue.ts";

/** What an unsigned run works with. */
export interface UnsignedRun extends Omit<QueuePlace, "meant"> {
  /** What the command line says. */
  readonly options: RunOptions;
}

/** Sends the command; resolves with the exit status. */
export async function runUnsigned(run: UnsignedRun): Promise<number> {
  const { options, queue, terminal, signal, timeLeft } = run;
  const command = legacyCommand(options);
  terminal.warning("the command is sent unsigned, to whoever has attached (--insecure)");
  refuseHazard(command);
  const forAll = command.host === LEGACY_ALL_HOSTS;
  const there = await queue.unsigned.meet(command.host, { maxMs: timeLeft(), signal });
  const { nodes: nodes, legacyAgents: nameless } = there;
  if (!forAll) refuseUnwilling(command, there);
  if (forAll && !await isWanted(nodes, { ...run, nameless })) return EXIT_ERROR;
  const isBlind = nodes.length === 0 || forAll;
  const sent = isBlind ? await queue.unsigned.publish(command) : 0;
  if (nodes.length === 0) return onlyBlind(command, sent, run);
  if (sent > 0) terminal.note(`also sent to ${subscribers(sent)}`);
  return await carryOut(prepareUnsigned(command), { ...run, nodes });
}

function legacyCommand({ target: { base }, command }: RunOptions): LegacyCommand {
  if (base.kind === "sets" || command.kind !== "shell") {
    throw new UserError("an unsigned command is one line for one host or for ALL");
  }
  return { host: base.kind === "all" ? LEGACY_ALL_HOSTS : base.name, command: command.line };
}

/** Every agent of the first program would take a host called ALLISON for itself. */
function refuseHazard({ host }: LegacyCommand): void {
  if (findPrefixHazard(host, []).kind !== "everybody") return;
  throw new UserError(`"${host}" begins with ALL: every agent of the first program would run it`, {
    hint: "sign the command instead: leave --insecure out",
  });
}

/** Agents that say their names say whether they run such commands, too. */
function refuseUnwilling(
  { host }: LegacyCommand,
  { nodes: willing, isAttached: isThere }: UnsignedHosts,
): void {
  if (!isThere || willing.length > 0) return;
  throw new UserError(`${host} runs signed commands only`, { hint: "leave --insecure out" });
}

function onlyBlind({ host }: LegacyCommand, sent: number, { terminal }: UnsignedRun): number {
  if (sent === 0) {
    const who = host === LEGACY_ALL_HOSTS ? "no agent" : host;
    terminal.error(`${who} has not attached: the command was not sent`);
    terminal.hint("is nanoexec running there, with --insecure, and does it dial this machine?");
    return EXIT_LOST;
  }
  terminal.note(`sent to ${subscribers(sent)}`);
  if (host === LEGACY_ALL_HOSTS) return EXIT_OK;
  terminal.warning(
    `they do not say their names: nobody knows whether ${host} is among them, and any whose ` +
      `name is the beginning of "${host}" has taken the command for its own`,
  );
  return EXIT_LOST;
}

function subscribers(count: number): string {
  return `${count} ${count === 1 ? "agent" : "agents"} of the first program`;
}
