/**
 * Submits an order to the queue, shows the results, and computes the exit status. Also submits an
 * order without waiting (`--async`), and an order whose commands read a local file.
 * @module
 */
import { readUnverified } from "../../envelope/signing/unverified_envelope.ts";
import { MAX_OUTPUT_BYTES, requestType } from "../../envelope/statements/request.ts";
import type { HubMessage } from "../../protocol/agent/messages.ts";
import { type HostState, outcomeClass } from "../../protocol/job/host_state.ts";
import type { SubmittedJob } from "../../trigger/queue/queue.ts";
import type { PreparedRequest } from "../../trigger/requests/submission.ts";
import {
  collectHostResults,
  type HostResult,
  type HostResultWithOutput,
  type ResultSink,
} from "../../trigger/results/host_result.ts";
import { Progress, trackProgress } from "../../trigger/results/progress.ts";
import type { HeldJob } from "../../trigger/rollout/rollout.ts";
import type { RolloutPlan } from "../../trigger/rollout/rollout_plan.ts";
import type { OutputChoice } from "../args/output_options.ts";
import type { DryRunChoice } from "../args/submit_options.ts";
import type { UndoChoice } from "../args/undo_options.ts";
import type { InputFile } from "../files/input_file.ts";
import { LiveProgress, printProgress } from "../present/live_progress.ts";
import { choosePresenter } from "../present/result_presenters.ts";
import { openOutputFolders } from "../present/output_files.ts";
import type { Presenter } from "../present/presenter.ts";
import { EXIT_OK, exitCode } from "../program/exit_code.ts";
import { WARNING_MS } from "../program/stop_signals.ts";
import { shortId } from "../render/hub_tables.ts";
import { outcomeLines, summaryLines } from "../render/run_summary.ts";
import { rerunHint } from "../render/run_summary.ts";
import { ChangeConfirmation } from "./confirm_changes.ts";
import { Detachment, NOT_ENDED, printUnfinished } from "./detach.ts";
import { StagedRun } from "./staged_run.ts";
import type { CommandContext } from "./with_queue.ts";

/** What carrying out an order needs. */
export interface OrderExecution extends Omit<CommandContext, "meant"> {
  /** What the command line says. */
  readonly options:
    & { readonly output: OutputChoice; readonly undoing?: UndoChoice }
    & Pick<DryRunChoice, "dryRun">;
  /** The names of the hosts. */
  readonly nodes: readonly string[];
  /** How long hosts that are away are waited for, in milliseconds, instead of what is left of `-t`. */
  readonly queueForMs?: number | undefined;
  /** Who gets a turn when; without it all hosts begin at once. */
  readonly plan?: RolloutPlan | undefined;
  /**
   * Signs that a request is to be stopped, by one host or by all; without it hosts go on when nobody waits
   * for them.
   */
  readonly cancel?: (id: string, node?: string) => HubMessage;
  /** What is typed is for the command. */
  readonly takesStdin?: boolean;
  /** The words that follow the hosts in a command line that does the same again, if there are any. */
  readonly wordsAgain?: () => readonly string[] | undefined;
  /** How to do the same with other hosts, where that is no command line. */
  readonly sameWith?: (set: string) => string;
  /** Makes of a presenter one that shows something else, and can have the command stopped on a host. */
  readonly showing?: (presenter: Presenter, stop: (node: string) => void) => Presenter;
  /** Signs that what a request has changed may stay; without it hosts undo it by themselves. */
  readonly confirm?: (id: string) => HubMessage;
}

/** What is left at least for an attached host to confirm that it has the command. */
const MIN_DELIVERY_MS = 2_000;

/** How long hosts may take to stop a command, in milliseconds: TERM, five seconds, KILL. */
const STOP_MS = 8_000;

/** Has `order` carried out; resolves with the exit status. */
export async function executeOrder(order: PreparedRequest, run: OrderExecution): Promise<number> {
  const { options, queue, nodes, plan, terminal, signal } = run;
  const limit = outputLimit(order);
  await using folders = await openOutputFolders(options.output, nodes, limit);
  const chosen = folders.wrapPresenter(
    choosePresenter(options.output, terminal, limit ?? MAX_OUTPUT_BYTES),
  );
  const begun = Promise.withResolvers<SubmittedJob>();
  const presenter = run.showing?.(chosen, (node) => cancelOnHost(node, begun.promise, run)) ??
    chosen;
  const ends = new Map<string, HostResult>();
  const deliverMs = deliveryTime(run);
  const held = plan !== undefined;
  const [progress, keeping] = [new Progress(nodes, { held }), new ChangeConfirmation(nodes, run)];
  using staged = plan && new StagedRun(order, { ...run, plan });
  const gathered = collectHostResults(collectResults({ presenter, ends, progress, staged }));
  const leaving = new Detachment();
  const sink = keeping.observe(leaving.observe(trackProgress(gathered, progress)));
  const job = await queue.submit({ ...order, nodes, deliverMs, held }, sink);
  begun.resolve(job);
  staged?.begin(withProgress(progress, job));
  await waitForEnd(job, { ...run, progress, keeping, leaving });
  const underWay = leaving.isDetached ? nodes.filter((node) => !ends.has(node)) : [];
  const outcomes = [
    ...ends.values().map(({ outcome }) => outcome),
    ...underWay.map(() => NOT_ENDED),
  ];
  const { maxrc, okIfLost } = options.output;
  const stopped = staged?.stopped;
  const how = { interrupted: signal.aborted, maxrc, okIfLost, stopped: stopped !== undefined };
  const exitStatus = exitCode(outcomes, how);
  const left = underWay.length > 0 && { underWay };
  await presenter.finish({ job: order.id, exitStatus, ...(stopped && { stopped }), ...left });
  printSummary(order.id, ends, run);
  if (left && !options.output.quiet) printUnfinished(order.id, progress, terminal);
  return exitStatus;
}

/** How long hosts that are away are waited for, in milliseconds. */
export function deliveryTime(
  { queueForMs, timeLeft }: Pick<OrderExecution, "queueForMs" | "timeLeft">,
): number {
  // Whoever is attached by now is sent it in any case, however little time is left.
  return queueForMs ?? Math.ceil(Math.max(timeLeft(), MIN_DELIVERY_MS));
}

/** How much of each output stream the agents were told to keep, if they were told anything. */
function outputLimit({ message }: PreparedRequest): number | undefined {
  const asked = message.kind === "sealed"
    ? readUnverified(message.envelope, requestType)
    : undefined;
  return asked?.claimed.maxOutput;
}

interface WatchedOrder extends OrderExecution {
  readonly progress: Progress;
  readonly keeping: ChangeConfirmation;
  readonly leaving: Detachment;
}

/** Waits for the end of `job`, while a person may watch it or have it stopped. */
async function waitForEnd(job: SubmittedJob, run: WatchedOrder): Promise<void> {
  const { terminal, keeping, leaving } = run;
  using _quit = canLeave(run) ? leaving.onQuit(job) : undefined;
  using _warning = terminal.keyboard.isInteractive && terminal.isTerminal("stderr")
    ? run.warnFirst(() => printStopWarning(job, run))
    : undefined;
  using _stopping = cancelOnSignal(job, run);
  await waitUntilSettled(job, run);
  await keeping.settle(job);
  await job.over;
}

/** Waits until no command runs any more; a question that may follow has the terminal for itself. */
async function waitUntilSettled(job: SubmittedJob, run: WatchedOrder): Promise<void> {
  const { terminal, options, progress, keeping, takesStdin = false } = run;
  using _live = options.output.progress
    ? new LiveProgress(progress, terminal, { keyboard: !takesStdin, job: jobToFollow(job, run) })
    : undefined;
  await keeping.settled;
}

/** A hub goes on without us, unless hosts wait for us to give them their turns. */
function canLeave({ queue, plan }: Pick<OrderExecution, "queue" | "plan">): boolean {
  return queue.lasting && plan === undefined;
}

/** The id by which a job can be looked up later, if it can. */
function jobToFollow(
  { id }: Pick<SubmittedJob, "id">,
  { queue }: OrderExecution,
): string | undefined {
  return queue.lasting ? shortId(id) : undefined;
}

/** What the first Ctrl-C is answered. */
function printStopWarning(job: SubmittedJob, run: WatchedOrder): void {
  const { progress, terminal, cancel } = run;
  terminal.clearInterruptEcho();
  printProgress(progress, terminal, jobToFollow(job, run));
  const what = cancel ? "stops the command on its hosts" : "stops waiting, and hosts go on";
  terminal.note(`Ctrl-C again within ${WARNING_MS / 1_000} seconds ${what}`);
  if (canLeave(run)) terminal.note("Ctrl-\\ leaves it to the hub, which goes on");
}

/** Listens for the wish to stop for as long as it is not disposed of. */
function cancelOnSignal(job: SubmittedJob, run: OrderExecution): Disposable {
  const { terminal, signal, again, plan, cancel } = run;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const giveUp = () => {
    // A hub that goes on would wait for a turn that nobody gives.
    if (plan) job.withhold();
    job.giveUp("nobody waited for it any longer");
  };
  const stop = () => {
    if (!cancel) return giveUp();
    if (signal.aborted) terminal.clearInterruptEcho();
    if (signal.aborted) terminal.note("stopping the command; once more leaves at once");
    job.cancel(cancel(job.id));
    timer = setTimeout(giveUp, STOP_MS);
  };
  signal.addEventListener("abort", stop, { once: true });
  terminal.outputClosed.addEventListener("abort", stop, { once: true });
  again.addEventListener("abort", giveUp, { once: true });
  if (signal.aborted) stop();
  return {
    [Symbol.dispose]() {
      clearTimeout(timer);
      signal.removeEventListener("abort", stop);
      terminal.outputClosed.removeEventListener("abort", stop);
      again.removeEventListener("abort", giveUp);
    },
  };
}

/** Has the command stopped on one host, as soon as the job has begun. */
function cancelOnHost(
  node: string,
  begun: Promise<SubmittedJob>,
  { cancel }: OrderExecution,
): void {
  if (cancel) void begun.then((job) => job.cancel(cancel(job.id, node), node));
}

/** The turns of `job`, of which `progress` is told, too. */
function withProgress(progress: Progress, job: HeldJob): HeldJob {
  return {
    release: (nodes) => {
      progress.released(nodes);
      job.release(nodes);
    },
    withhold: () => job.withhold(),
  };
}

interface ResultSinks {
  readonly presenter: Presenter;
  readonly ends: Map<string, HostResult>;
  readonly progress: Progress;
  readonly staged: StagedRun | undefined;
}

function collectResults({ presenter, ends, progress, staged }: ResultSinks): ResultSink {
  return {
    output: (node, stream, bytes) => {
      staged?.output(node, stream, bytes);
      return presenter.output(node, stream, bytes);
    },
    ended: (node, end) => {
      ends.set(node, end);
      progress.ended(node, end.outcome);
      presenter.ended(node, end);
      staged?.ended(node, end);
    },
  };
}

/** After a rehearsal the good answers are the interesting ones, too. */
function printSummary(id: string, ends: Map<string, HostResult>, run: OrderExecution): void {
  const { options: { dryRun, output }, terminal } = run;
  const nodes = [...ends].map(([node, { outcome }]) => ({ node, outcome }));
  const { kind } = output.format;
  const isForProgram = kind === "json" || kind === "jsonl";
  if (!dryRun && !output.quiet) {
    summaryLines(nodes).forEach((line) => terminal.note(line));
    const hint = isForProgram ? undefined : rerunHint(nodes, run.wordsAgain, run.sameWith);
    if (hint !== undefined) terminal.hint(hint);
    const job = jobToFollow({ id }, run);
    const isAllWell = nodes.every(({ outcome }) => outcomeClass(outcome) === "ok");
    if (job !== undefined && !isAllWell) terminal.hint(`look it up: nanotrigger job ${job}`);
  }
  if (dryRun && !isForProgram) outcomeLines(nodes).forEach((line) => terminal.print(line));
}

/**
 * Has `order` carried out, and its commands stopped if `input` cannot be read on.
 * @throws {UserError} if it cannot
 */
export async function executeOrderWithInput(
  input: Pick<InputFile, "failed">,
  order: PreparedRequest,
  run: OrderExecution,
): Promise<number> {
  const signal = AbortSignal.any([run.signal, input.failed]);
  const status = await executeOrder(order, { ...run, signal });
  input.failed.throwIfAborted();
  return status;
}

/** Prints the id of the job once the hub has written it down; resolves with the exit status. */
export async function submitOrder(
  order: PreparedRequest,
  run: Pick<OrderExecution, "queue" | "nodes" | "terminal" | "timeLeft" | "queueForMs">,
): Promise<number> {
  const { queue, nodes, terminal } = run;
  // Nobody waits for what comes: only of hosts that the hub is not told of will nobody ever hear more.
  const unasked: Pick<HostResultWithOutput, "node" | "outcome">[] = [];
  const state = (node: string, outcome: HostState) => {
    if (outcome.kind === "expired") unasked.push({ node, outcome });
  };
  const sink = { state, output() {} };
  await queue.submit({ ...order, nodes, deliverMs: deliveryTime(run) }, sink);
  await terminal.print(order.id);
  if (unasked.length === 0) return EXIT_OK;
  outcomeLines(unasked).forEach((line) => terminal.note(line));
  return exitCode(unasked.map(({ outcome }) => outcome), { interrupted: false });
}
