/**
 * `nanotrigger job`: shows the results of a stored job in the form that `run` would have shown.
 * @module
 */
import { MAX_OUTPUT_BYTES } from "../../envelope/statements/request.ts";
import type { JobSink } from "../../protocol/job/host_state.ts";
import { collectHostResults, type HostResult } from "../../trigger/results/host_result.ts";
import { findJob, pastHosts } from "../../trigger/queue/hub_queries.ts";
import { Progress, trackProgress } from "../../trigger/results/progress.ts";
import type { SubmittedJob } from "../../trigger/queue/queue.ts";
import { exitCode } from "../program/exit_code.ts";
import { LiveProgress } from "../present/live_progress.ts";
import type { JobOptions } from "./job_options.ts";
import { choosePresenter } from "../present/result_presenters.ts";
import { openOutputFolders } from "../present/output_files.ts";
import type { Presenter } from "../present/presenter.ts";
import { shortId } from "../render/hub_tables.ts";
import { type EndedNode, summaryLines } from "../render/run_summary.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { Detachment, NOT_ENDED, printUnfinished } from "../session/detach.ts";
import { type HubContext, withHub } from "../session/with_hub.ts";

/** Shows it; resolves with the exit status. */
export async function showJob(options: JobOptions, terminal: Terminal): Promise<number> {
  const { output, follow } = options;
  return await withHub(options, terminal, async (place) => {
    const { queue, signal } = place;
    const { id } = await findJob(queue, options.job, signal);
    const nodes = await pastHosts(queue, `${id}:all`, signal);
    await using folders = await openOutputFolders(output, nodes);
    const presenter = folders.wrapPresenter(choosePresenter(output, terminal, MAX_OUTPUT_BYTES));
    const view = new JobView(nodes, presenter);
    const job = await queue.follow(id, view.sink, { wait: follow });
    await waitForEnd(job, { ...place, view, isLive: follow && output.progress });
    const { ends, unfinished: underWay } = view;
    const outcomes = [...ends.values().map((end) => end.outcome), ...underWay.map(() => NOT_ENDED)];
    const { maxrc, okIfLost } = output;
    const exitStatus = exitCode(outcomes, { interrupted: signal.aborted, maxrc, okIfLost });
    await presenter.finish({ job: id, exitStatus, ...(underWay.length > 0 && { underWay }) });
    if (!output.quiet) {
      summaryLines(view.ended).forEach((line) => terminal.note(line));
      if (underWay.length > 0) printUnfinished(id, view.progress, terminal);
    }
    return exitStatus;
  });
}

interface JobWatch extends HubContext {
  readonly view: JobView;
  readonly isLive: boolean;
}

/** Waits for the end of what there is to be shown. To leave does not stop the job. */
async function waitForEnd(
  job: SubmittedJob,
  { terminal, signal, view, isLive }: JobWatch,
): Promise<void> {
  using _live = isLive
    ? new LiveProgress(view.progress, terminal, { keyboard: true, job: shortId(job.id) })
    : undefined;
  const leave = () => view.detachment.detach(job);
  signal.addEventListener("abort", leave, { once: true });
  terminal.outputClosed.addEventListener("abort", leave, { once: true });
  if (signal.aborted) leave();
  await job.over;
  signal.removeEventListener("abort", leave);
  terminal.outputClosed.removeEventListener("abort", leave);
}

/** What is known of a job, while it comes in. */
class JobView {
  readonly progress: Progress;
  readonly ends = new Map<string, HostResult>();
  readonly sink: JobSink;
  readonly detachment = new Detachment();
  readonly #nodes: readonly string[];

  constructor(nodes: readonly string[], presenter: Presenter) {
    this.#nodes = nodes;
    this.progress = new Progress(nodes);
    const gathered = collectHostResults({
      output: (node, stream, bytes) => presenter.output(node, stream, bytes),
      ended: (node, end) => {
        this.ends.set(node, end);
        this.progress.ended(node, end.outcome);
        presenter.ended(node, end);
      },
    }, { partial: true });
    this.sink = this.detachment.observe(trackProgress(gathered, this.progress));
  }

  /** Those that have not ended, as far as is known. */
  get unfinished(): readonly string[] {
    return this.#nodes.filter((node) => !this.ends.has(node));
  }

  /** Those that have, and how. */
  get ended(): readonly EndedNode[] {
    return [...this.ends].map(([node, { outcome }]) => ({ node, outcome }));
  }
}
