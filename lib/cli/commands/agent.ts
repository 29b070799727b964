/**
 * `nanoexec URL…`: runs the agent until it is stopped.
 * @module
 */
import { disableCoreDumps } from "../../agent/os/rlimits.ts";
import { dropPrivileges } from "../../agent/os/drop_privileges.ts";
import { findHostName } from "../../agent/hostname.ts";
import { openAgent } from "../../agent/open_agent.ts";
import type { TrustStore } from "../../agent/admission/trust_store.ts";
import { AgentLog } from "../log/event_log.ts";
import { buildSettings, VERSION } from "../process/build_info.ts";
import { UserError } from "../../base/errors.ts";
import { restartCommand, revokeStartupReads } from "../sandbox/permissions.ts";
import { hostFacts } from "../facts/host_facts.ts";
import { openLog } from "../log/log.ts";
import { namedPaths } from "../args/named_paths.ts";
import type { CommandLine } from "../args/command.ts";
import type { AgentOptions } from "./agent_options.ts";
import { findInstallationPaths, type InstallationPaths } from "../keys/installation_paths.ts";
import { StopSignals } from "../process/stop_signals.ts";
import { TRANSPORTS } from "../process/transports.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { loadAgentTrust, reloadTrustOnHangup } from "../keys/agent_trust.ts";

/** Runs the agent; resolves with the exit status when it has ended. */
export async function runAgent(
  options: AgentOptions,
  terminal: Terminal,
  { program, args }: CommandLine,
): Promise<number> {
  if (options.user !== undefined) {
    const self = restartCommand("exec", args, namedPaths(program, args));
    const drop = await dropPrivileges(options.user, { self });
    if (drop.kind === "ended") return drop.code;
  }
  await disableCoreDumps();
  const paths = findInstallationPaths();
  const urls = urlsOf(options);
  const trust = await loadAgentTrust(options.trust, paths);
  requireTrust(options, trust);
  const name = options.hostname ?? await findHostName();
  using log = openLog("nanoexec", options, terminal);
  const onProblem = (problem: string) => log.logger("facts").warning("fact ignored", { problem });
  const facts = await hostFacts({ folders: paths.configFolders, onProblem });
  using stop = new StopSignals();
  await using _agent = await openAgent({
    name,
    version: VERSION,
    urls,
    transports: TRANSPORTS,
    trust,
    insecure: options.insecure,
    facts,
    state: stateOf(options, paths, name),
    slots: options.slots,
    onEvent: new AgentLog(log).onEvent,
  });
  using _reload = reloadTrustOnHangup(trust, log);
  revokeStartupReads();
  await terminal.print(`Filtering on hostname: ${name}`);
  if (options.insecure) {
    terminal.warning("--insecure: unsigned commands run, from any peer at the address of the hub");
  }
  await stop.waitForStop();
  return 0;
}

function urlsOf({ urls }: AgentOptions): readonly string[] {
  if (urls.length > 0) return urls;
  if (buildSettings.url !== undefined) return [buildSettings.url];
  throw new UserError("no hub URL", {
    hint: "give the URL of the hub, such as tcp://master.example.com:4444",
  });
}

function requireTrust({ insecure }: AgentOptions, trust: TrustStore): void {
  if (insecure || trust.size > 0) return;
  throw new UserError("no trusted operator key", {
    hint: "add the line that `nanotrigger key` prints to /etc/nanoexec/trusted_keys, or build " +
      "nanoexec with `deno task compile` on the operator's machine",
  });
}

function stateOf(
  options: AgentOptions,
  paths: InstallationPaths,
  name: string,
): string | undefined {
  if (options.state !== undefined) return options.state;
  return paths.stateFolder && `${paths.stateFolder}/agents/${name}`;
}
