/**
 * `nanotrigger shell`: reads lines at a prompt or from stdin and passes them to a session.
 * @module
 */
import { onAbort } from "../../base/async.ts";
import { sortNodeNames } from "../../nodeset/sets/node_name.ts";
import { canAsk } from "../terminal/confirmation_prompt.ts";
import { EXIT_OK, sumStatuses } from "../process/exit_code.ts";
import { listGroups } from "../targets/groups.ts";
import { pickRandomSubset } from "../targets/random_subset.ts";
import type { ShellOptions } from "./shell_options.ts";
import { CommandResources, groupSourcesWithJobs } from "../session/command_resources.ts";
import { findInstallationPaths } from "../keys/installation_paths.ts";
import { reportError } from "../process/report_error.ts";
import { completeSet, type SetCompletion } from "../shell/shell_target.ts";
import { LineEditor, pipedLines } from "../shell/shell_input.ts";
import { openHistory, ShellHistory } from "../shell/shell_history.ts";
import { StopSignals } from "../process/stop_signals.ts";
import { readTarget } from "../targets/read_target.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { ShellSession } from "./shell_session.ts";
import { type SharedQueue, withSharedQueue } from "../session/with_queue.ts";

/** Reads and executes lines; resolves with the exit status. */
export async function runShell(options: ShellOptions, terminal: Terminal): Promise<number> {
  const paths = findInstallationPaths();
  await using resources = new CommandResources(options, terminal);
  const target = await readTarget(options.target, groupSourcesWithJobs(resources));
  const key = await resources.key();
  const interactive = canAsk(terminal);
  const history = interactive ? await openHistoryOrEmpty(paths.historyFile, terminal) : undefined;
  using stop = new StopSignals(["SIGTERM"]);
  // A Ctrl-C for a local command may arrive here after that command has ended.
  using _ignored = interactive ? new StopSignals(["SIGINT"]) : undefined;
  // Groups are looked up until the end, and so are the folders above their program.
  const needs = { ...options, insecure: false, readsPrivateFilesLater: true };
  return await withSharedQueue(needs, resources, async (shared) => {
    const all = await shared.runCommand(async ({ resolveHosts }) => ({
      nodes: await resolveHosts(target),
      target,
    }));
    const resolved = pickRandomSubset(all, options.target.limit, terminal);
    const leaving = stop.stopRequested;
    const shell = new ShellSession(resolved, {
      options,
      terminal,
      key,
      shared,
      interactive,
      leaving,
    });
    if (!history) return await runPipedLines(shell, { options, leaving, terminal });
    return await runPrompt(shell, { options, shared, leaving, terminal, history });
  });
}

interface ShellContext {
  readonly options: ShellOptions;
  readonly terminal: Terminal;
  readonly leaving: AbortSignal;
}

/** Executes the lines of standard input until one fails. */
async function runPipedLines(
  session: ShellSession,
  { options, leaving, terminal }: ShellContext,
): Promise<number> {
  const statuses: number[] = [];
  const ending = AbortSignal.any([leaving, terminal.outputClosed, session.interrupted]);
  const ended = Promise.withResolvers<IteratorResult<string>>();
  using _ending = onAbort(ending, () => ended.resolve({ done: true, value: undefined }));
  const lines = pipedLines(Deno.stdin.readable);
  while (!ending.aborted) {
    const next = await Promise.race([lines.next(), ended.promise]);
    if (next.done) break;
    const taken = await session.execute(next.value);
    if (taken.kind === "quit") break;
    if (taken.kind === "done") statuses.push(taken.status);
  }
  return sumStatuses(statuses, options.output);
}

interface PromptContext extends ShellContext {
  readonly shared: SharedQueue;
  readonly history: ShellHistory;
}

/** Executes the lines that a person types. Errors do not end it. */
async function runPrompt(
  session: ShellSession,
  { options, shared, leaving, terminal, history }: PromptContext,
): Promise<number> {
  const complete = (before: string) => completeLine(before, shared);
  const editor = new LineEditor({ terminal, history: () => history.lines, complete });
  if (!options.output.quiet) terminal.note(WELCOME);
  while (!leaving.aborted && !terminal.outputClosed.aborted) {
    const line = await editor.line(session.prompt(terminal.columns), leaving);
    if (line === undefined) break;
    addToHistory(line, history, terminal);
    try {
      const { kind } = await session.execute(line);
      if (kind === "quit") break;
    } catch (error) {
      if (!isInterrupt(error)) reportError(terminal, error, { verbose: options.verbosity > 0 });
    }
    await terminal.flush();
  }
  return EXIT_OK;
}

const WELCOME =
  "each line runs on the hosts; ? shows the status, @SET +SET -SET change the hosts, " +
  "= changes the output, !COMMAND runs locally, quit exits";

/** Opens the history. If it cannot be used, the shell works without one. */
async function openHistoryOrEmpty(
  path: string | undefined,
  terminal: Terminal,
): Promise<ShellHistory> {
  try {
    return await openHistory(path);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    terminal.warning(`history not available: ${error.message}`);
    return new ShellHistory(undefined, []);
  }
}

/** Adds a line to the history. A write error, such as a full disk, does not stop the shell. */
function addToHistory(line: string, history: ShellHistory, terminal: Terminal): void {
  try {
    history.add(line);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    terminal.warning(`line not saved to the history: ${error.message}`);
  }
}

async function completeLine(before: string, { queue }: SharedQueue): Promise<SetCompletion> {
  if (!/^[@+-]/.test(before)) return { typed: before, found: [] };
  const hosts = sortNodeNames([...queue.hosts()].map(({ name }) => name));
  const groups = await listGroups(findInstallationPaths().groups).catch(() => []);
  return completeSet(before, { hosts, groups });
}

function isInterrupt(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}
