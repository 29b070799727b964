/**
 * Submits a request to the queue, shows the results, and computes the exit status. Also submits a
 * request without waiting (`--async`), and a request whose commands read a local file.
 * @module
 */
import { deadline, onAbort } from "../../base/async.ts";
import { readUnverified } from "../../envelope/signing/unverified_envelope.ts";
import { MAX_OUTPUT_BYTES, requestType } from "../../envelope/statements/request.ts";
import { outcomeClass } from "../../protocol/job/host_state.ts";
import type { SubmittedJob } from "../../trigger/queue/queue.ts";
import type { PreparedRequest, StreamedRequest } from "../../trigger/requests/submission.ts";
import { type EndedHost, FollowedJob } from "../../trigger/results/followed_job.ts";
import type { RolloutPlan } from "../../trigger/rollout/rollout_plan.ts";
import type { OutputChoice } from "../args/output_options.ts";
import type { DryRunChoice } from "../args/submit_options.ts";
import type { UndoChoice } from "../args/undo_options.ts";
import type { InputFile } from "../files/input_file.ts";
import { printProgress, showProgress } from "../present/live_progress.ts";
import { openOutputFolders } from "../present/output_files.ts";
import type { Presenter } from "../present/presenter.ts";
import { choosePresenter } from "../present/result_presenters.ts";
import { EXIT_OK, exitCode } from "../process/exit_code.ts";
import { WARNING_MS } from "../process/stop_signals.ts";
import { shortId } from "../render/hub_tables.ts";
import { outcomeLines, rerunHint, summaryLines } from "../render/run_summary.ts";
import { confirmChanges } from "./confirm_changes.ts";
import { type DirectiveSigner, heldByHub } from "./directive_signer.ts";
import { finishResults, leaveOnQuit, printUnfinished } from "./end_following.ts";
import { StagedRun } from "./staged_run.ts";
import type { CommandContext } from "./with_queue.ts";

/** The context of a request. */
export interface RequestExecution extends Omit<CommandContext, "resolveHosts"> {
  /** The parsed options. */
  readonly options:
    & { readonly output: OutputChoice; readonly undoing?: UndoChoice }
    & Pick<DryRunChoice, "dryRun">;
  /** The names of the hosts. */
  readonly nodes: readonly string[];
  /** The time to wait for detached hosts, in milliseconds, instead of the rest of `-t`. */
  readonly queueForMs?: number | undefined;
  /** The rollout; without it all hosts start at once. */
  readonly plan?: RolloutPlan | undefined;
  /**
   * Signs directives about the request. Without it nothing can be cancelled, held hosts do not start,
   * and hosts roll back their changes.
   */
  readonly directives?: DirectiveSigner | undefined;
  /** Whether the command reads this program's standard input. */
  readonly takesStdin?: boolean;
  /**
   * Returns the arguments after the hosts in a command line that repeats the run, if there are any.
   */
  readonly rerunArgs?: () => readonly string[] | undefined;
  /** Describes how to repeat the run on a set of hosts, if no command line can. */
  readonly rerunText?: (set: string) => string;
  /** Wraps the presenter; `stop` cancels the command on a host. */
  readonly wrapPresenter?: (presenter: Presenter, stop: (node: string) => void) => Presenter;
  /** Called with the outcomes of the hosts, before the last output. */
  readonly onOutcomes?: (outcomes: readonly EndedHost[]) => void;
}

/** A request that is submitted. */
interface SubmittedRun extends RequestExecution {
  readonly prepared: PreparedRequest;
}

/** The minimum time for an attached host to confirm the delivery, in milliseconds. */
const MIN_DELIVERY_MS = 2_000;

/** The time for hosts to stop a command, in milliseconds: TERM, five seconds, KILL. */
const STOP_MS = 8_000;

/** Submits `prepared` and follows it to its end; resolves with the exit status. */
export async function executeRequest(
  prepared: PreparedRequest,
  execution: RequestExecution,
): Promise<number> {
  const run = { ...execution, prepared };
  const { options: { output }, queue, nodes, plan, terminal, directives } = run;
  const limit = outputLimit(prepared);
  await using folders = await openOutputFolders(output, nodes, limit);
  const chosen = choosePresenter(output, terminal, limit ?? MAX_OUTPUT_BYTES);
  const inner = folders.wrapPresenter(chosen);
  const begun = Promise.withResolvers<SubmittedJob>();
  const stop = (node: string) => cancelOnHost(node, begun.promise, run);
  const presenter = run.wrapPresenter?.(inner, stop) ?? inner;
  const isHeld = holdsHosts(prepared);
  const held = isHeld || plan !== undefined;
  using staged = plan && new StagedRun(prepared, { ...run, plan });
  const listeners = [presenter, ...staged ? [staged] : []];
  const followed = new FollowedJob(nodes, { listeners, held });
  const job = await queue.submit(
    { ...prepared, nodes, deliverMs: deliveryTime(run), held },
    followed,
  );
  begun.resolve(job);
  const { progress } = followed;
  const heldJob = isHeld ? directives?.holding(prepared, job, progress) : heldByHub(job, progress);
  if (heldJob && staged) staged.begin(heldJob);
  else if (isHeld) heldJob?.release(nodes);
  await waitForEnd(job, followed, run);
  return await finish(followed, { ...run, id: prepared.id, presenter, stopped: staged?.stopped });
}

/** Returns the time to wait for detached hosts, in milliseconds. */
export function deliveryTime(
  { queueForMs, timeLeft }: Pick<RequestExecution, "queueForMs" | "timeLeft">,
): number {
  // Attached hosts always get the request, even if little time is left.
  return queueForMs ?? Math.ceil(Math.max(timeLeft(), MIN_DELIVERY_MS));
}

/** Whether the request itself says that its hosts wait for a signed release. */
function holdsHosts({ message }: PreparedRequest): boolean {
  if (message.kind !== "sealed") return false;
  const { claimed: { hold = false, mode } } = readUnverified(message.envelope, requestType);
  return hold && mode === "run";
}

/** Returns the limit of each output stream in the request, in bytes, if there is one. */
function outputLimit({ message }: PreparedRequest): number | undefined {
  if (message.kind !== "sealed") return undefined;
  return readUnverified(message.envelope, requestType).claimed.maxOutput;
}

/** Waits for the end of `job`. Meanwhile the operator may watch it, leave it or cancel it. */
async function waitForEnd(
  job: SubmittedJob,
  followed: FollowedJob,
  run: SubmittedRun,
): Promise<void> {
  const { terminal } = run;
  using _quit = canLeave(run) ? leaveOnQuit(job, followed) : undefined;
  using _warning = terminal.keyboard.isInteractive && terminal.isTerminal("stderr")
    ? run.warnFirst(() => printStopWarning(job, followed, run))
    : undefined;
  using _stopping = cancelOnSignal(job, run);
  await waitUntilSettled(job, followed, run);
  await confirmChanges(job, followed, run);
  await job.over;
}

/** Waits until no command runs. A question that follows then has the terminal to itself. */
async function waitUntilSettled(
  job: SubmittedJob,
  { progress, settled }: FollowedJob,
  run: RequestExecution,
): Promise<void> {
  const { terminal, options, takesStdin = false } = run;
  using _live = options.output.progress
    ? showProgress(progress, terminal, { readsKeys: !takesStdin, job: jobToFollow(job, run) })
    : undefined;
  await settled;
}

/**
 * Returns whether the job continues at a hub without this program. A rollout does not: this program
 * releases its hosts.
 */
function canLeave({ queue, plan }: Pick<RequestExecution, "queue" | "plan">): boolean {
  return queue.lasting && plan === undefined;
}

/** Returns the id for looking up a job later, if that is possible. */
function jobToFollow(
  { id }: Pick<SubmittedJob, "id">,
  { queue }: RequestExecution,
): string | undefined {
  return queue.lasting ? shortId(id) : undefined;
}

/** Prints the progress at the first Ctrl-C, and the effect of the next one. */
function printStopWarning(
  job: SubmittedJob,
  { progress }: FollowedJob,
  run: RequestExecution,
): void {
  const { terminal, directives } = run;
  terminal.clearInterruptEcho();
  printProgress(progress, terminal, jobToFollow(job, run));
  const what = directives ? "cancel the command" : "stop waiting; hosts continue";
  terminal.note(`press Ctrl-C again within ${WARNING_MS / 1_000} seconds to ${what}`);
  if (canLeave(run)) terminal.note("press Ctrl-\\ to leave the job to the hub");
}

/**
 * Cancels `job` when the operator stops it or stdout is closed. Gives it up when hosts take too
 * long to stop or the operator exits. Active until disposed of.
 */
function cancelOnSignal(job: SubmittedJob, run: SubmittedRun): Disposable {
  const { terminal, signal, leaveRequested, plan, directives, prepared } = run;
  const stack = new DisposableStack();
  const giveUp = () => {
    // Otherwise the hub would wait for hosts to be released.
    if (plan) job.withhold();
    job.giveUp("result not awaited");
  };
  const stop = () => {
    if (!directives) return giveUp();
    if (signal.aborted) terminal.clearInterruptEcho();
    if (signal.aborted) terminal.note("cancelling; press Ctrl-C again to exit now");
    if (plan) job.withhold();
    job.cancel(directives.cancel(prepared));
    stack.use(onAbort(stack.use(deadline(STOP_MS)).signal, giveUp));
  };
  stack.use(onAbort(terminal.outputClosed, stop));
  stack.use(onAbort(leaveRequested, giveUp));
  stack.use(onAbort(signal, stop));
  return stack;
}

/** Cancels the command on one host, as soon as the job has started. */
function cancelOnHost(
  node: string,
  begun: Promise<SubmittedJob>,
  { directives, prepared }: SubmittedRun,
): void {
  if (directives) {
    void begun.then((job) => job.cancel(directives.cancel(prepared, node), node));
  }
}

interface FinishedRun extends RequestExecution {
  readonly id: string;
  readonly presenter: Presenter;
  readonly stopped: StagedRun["stopped"];
}

/** Shows the remaining results and the summary; resolves with the exit status. */
async function finish(followed: FollowedJob, run: FinishedRun): Promise<number> {
  const { id, presenter, stopped, signal, terminal, options: { output } } = run;
  const underWay = followed.isLeft ? followed.unfinished : [];
  run.onOutcomes?.(followed.outcomes);
  const interrupted = signal.aborted;
  const end = { job: id, underWay, interrupted, stopped, presenter, output };
  const exitStatus = await finishResults(followed, end);
  printSummary(id, followed, run);
  if (underWay.length > 0 && !output.quiet) printUnfinished(id, followed.progress, terminal);
  return exitStatus;
}

/** Prints the hosts that did not succeed; after a dry run all hosts. */
function printSummary(id: string, { outcomes }: FollowedJob, run: RequestExecution): void {
  const { options: { dryRun, output }, terminal } = run;
  const { kind } = output.format;
  const isForProgram = kind === "json" || kind === "jsonl";
  if (!dryRun && !output.quiet) {
    summaryLines(outcomes).forEach((line) => terminal.note(line));
    const hint = isForProgram ? undefined : rerunHint(outcomes, run.rerunArgs, run.rerunText);
    if (hint !== undefined) terminal.hint(hint);
    const job = jobToFollow({ id }, run);
    const isAllOk = outcomes.every(({ outcome }) => outcomeClass(outcome) === "ok");
    if (job !== undefined && !isAllOk) terminal.hint(`show the job: nanotrigger job ${job}`);
  }
  if (dryRun && !isForProgram) outcomeLines(outcomes).forEach((line) => terminal.print(line));
}

/**
 * Executes `prepared`, and cancels it if reading `input` or signing it fails.
 * @throws {UserError} if it fails
 */
export async function executeRequestWithInput(
  input: Pick<InputFile, "failed">,
  prepared: StreamedRequest,
  run: RequestExecution,
): Promise<number> {
  const signal = AbortSignal.any([run.signal, input.failed, prepared.input.failed]);
  const status = await executeRequest(prepared, { ...run, signal });
  input.failed.throwIfAborted();
  prepared.input.failed.throwIfAborted();
  return status;
}

/** Prints the id of the job once the hub has recorded it; resolves with the exit status. */
export async function submitRequest(
  prepared: PreparedRequest,
  run: Pick<RequestExecution, "queue" | "nodes" | "terminal" | "timeLeft" | "queueForMs">,
): Promise<number> {
  const { queue, nodes, terminal } = run;
  const followed = new FollowedJob(nodes, { outputCheck: "none" });
  await queue.submit({ ...prepared, nodes, deliverMs: deliveryTime(run) }, followed);
  await terminal.print(prepared.id);
  // The hub has the other hosts for later queries. These hosts are not in the job.
  const excluded = followed.outcomes.filter(({ outcome }) => outcome.kind === "expired");
  if (excluded.length === 0) return EXIT_OK;
  outcomeLines(excluded).forEach((line) => terminal.note(line));
  return exitCode(excluded.map(({ outcome }) => outcome), { interrupted: false });
}
