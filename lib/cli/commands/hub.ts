/**
 * `nanotrigger hub`: be the queue until stopped.
 * @module
 */
import { systemClock } from "../../base/clock.ts";
import { openHubDaemon } from "../../hub/hub_daemon.ts";
import { HubFolder } from "../../hub/hub_folder.ts";
import { openHubStore } from "../../hub/store/hub_store.ts";
import { ipc, tcp } from "../../sp/mod.ts";
import { findGroupId, shareControl } from "../control_socket.ts";
import { UserError } from "../errors.ts";
import { giveUpPrograms } from "../give_up.ts";
import { HubReport } from "../hub_report.ts";
import { Log } from "../log.ts";
import { onHangup } from "../on_hangup.ts";
import type { HubOptions } from "../options/hub.ts";
import { DEFAULT_LISTEN_URL } from "../options/queue_options.ts";
import { findPlaces, type Places } from "../places.ts";
import { StopSignals } from "../stop_signals.ts";
import type { Terminal } from "../terminal.ts";
import { readTrust } from "../trust_files.ts";
import { VERSION } from "../version.ts";

/** How much of each output stream of a host is kept, in bytes: as much as an agent keeps at most. */
const KEEP_OUTPUT = 16_777_216;

/** Runs the hub; resolves with the exit status when it has ended. */
export async function runHub(options: HubOptions, terminal: Terminal): Promise<number> {
  const places = findPlaces();
  using log = openLog(options, terminal);
  const report = new HubReport(log);
  using folder = new HubFolder(options.state ?? usualState(places));
  const trust = await readTrust(options.trust, places);
  const { store, problem } = openHubStore({
    path: folder.store,
    onLoss: (error) => report.onEvent({ kind: "store-failed", error }),
    ...(options.keepMs !== undefined && { keepMs: options.keepMs }),
    ...(options.keepBytes !== undefined && { keepBytes: options.keepBytes }),
  });
  using _store = store;
  if (problem !== undefined) terminal.warning(problem);
  const { controlGroup } = options;
  const group = controlGroup === undefined ? undefined : await findGroupId(controlGroup);
  using stop = new StopSignals();
  giveUpPrograms();
  const control = options.control ?? folder.control;
  await using daemon = await openHubDaemon({
    listen: options.listen.length > 0 ? options.listen : [DEFAULT_LISTEN_URL],
    control: `ipc://${control}`,
    transports: [tcp, ipc],
    store,
    version: VERSION,
    insecure: options.insecure,
    operators: (keyid) => trust.get(keyid)?.key,
    keepOutput: KEEP_OUTPUT,
    onEvent: report.onEvent,
  });
  await shareControl(control, group);
  using _reload = onHangup(trust, log);
  await terminal.print(`Listening on ${daemon.hub.urls.join(" ")}`);
  if (options.insecure) {
    terminal.warning("agents of the first program are let in, which check nothing (--insecure)");
  }
  await stop.stopped();
  return 0;
}

function usualState({ state }: Places): string {
  if (state !== undefined) return `${state}/hub`;
  throw new UserError("there is no usual place for the hub's state here: HOME is not set", {
    hint: "name a folder with --state",
  });
}

function openLog(options: HubOptions, terminal: Terminal): Log {
  return new Log({
    program: "nanotrigger",
    terminal,
    format: options.logFormat,
    verbosity: options.verbosity,
    clock: systemClock,
  });
}
