/**
 * `nanotrigger job`: show what became of a job, as its run would have.
 * @module
 */
import { MAX_OUTPUT_BYTES } from "../../envelope/request.ts";
import { isFinal } from "../../hub/host_state.ts";
import type { JobSink } from "../../hub/job_host.ts";
import { gathering, type NodeEnd } from "../../trigger/gather.ts";
import { findJob, pastHosts } from "../../trigger/hub_inquiry.ts";
import type { NodeOutcome } from "../../trigger/outcome.ts";
import { followed, Progress } from "../../trigger/progress.ts";
import type { QueueJob } from "../../trigger/queue.ts";
import { exitCode } from "../exit_code.ts";
import { LiveProgress } from "../live_progress.ts";
import type { JobOptions } from "../options/job.ts";
import { choosePresenter } from "../present/choose_presenter.ts";
import { openOutputFolders } from "../present/output_folders.ts";
import type { Presenter } from "../present/presenter.ts";
import { shortId } from "../render_jobs.ts";
import { whoLines } from "../render_progress.ts";
import { summaryLines } from "../render_summary.ts";
import type { Terminal } from "../terminal.ts";
import { type HubPlace, withHub } from "./with_hub.ts";

/** What a host counts as of which nothing more is known than that it has not ended. */
const NOT_ENDED: NodeOutcome = { kind: "lost" };

/** Shows it; resolves with the exit status. */
export async function showJob(options: JobOptions, terminal: Terminal): Promise<number> {
  const { output, follow } = options;
  return await withHub(options, terminal, async (place) => {
    const { queue, signal } = place;
    const { id } = await findJob(queue, options.job, signal);
    const nodes = await pastHosts(queue, `${id}:all`, signal);
    await using folders = await openOutputFolders(output, nodes);
    const presenter = folders.filing(choosePresenter(output, terminal, MAX_OUTPUT_BYTES));
    const view = new JobView(nodes, presenter);
    const job = await queue.follow(id, view.sink, { wait: follow });
    await overOrLeft(job, { ...place, view, isLive: follow && output.progress });
    const { ends, underWay } = view;
    const outcomes = [...ends.values().map((end) => end.outcome), ...underWay.map(() => NOT_ENDED)];
    const { maxrc, okIfLost } = output;
    const exitStatus = exitCode(outcomes, { interrupted: signal.aborted, maxrc, okIfLost });
    await presenter.finish({ job: id, exitStatus, ...(underWay.length > 0 && { underWay }) });
    if (!output.quiet) view.tell(terminal);
    if (follow && underWay.length > 0) {
      terminal.note(`it goes on: nanotrigger job ${shortId(id)} --follow shows it again`);
    }
    return exitStatus;
  });
}

interface Watching extends HubPlace {
  readonly view: JobView;
  readonly isLive: boolean;
}

/** Waits for the end of what there is to be shown. To leave does not stop the job. */
async function overOrLeft(
  job: QueueJob,
  { terminal, signal, view, isLive }: Watching,
): Promise<void> {
  using _live = isLive ? new LiveProgress(view.progress, terminal, { keyboard: true }) : undefined;
  const leave = () => {
    view.leave();
    job.giveUp();
  };
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
  readonly ends = new Map<string, NodeEnd>();
  readonly sink: JobSink;
  readonly #nodes: readonly string[];
  #left = false;

  constructor(nodes: readonly string[], presenter: Presenter) {
    this.#nodes = nodes;
    this.progress = new Progress(nodes);
    const gathered = gathering({
      output: (node, stream, bytes) => presenter.output(node, stream, bytes),
      ended: (node, end) => {
        this.ends.set(node, end);
        this.progress.ended(node, end.outcome);
        presenter.ended(node, end);
      },
    });
    const sink = followed(gathered, this.progress);
    // Who is left behind has not ended.
    this.sink = {
      ...sink,
      state: (node, state) => this.#left && isFinal(state) ? undefined : sink.state(node, state),
    };
  }

  /** Those that have not ended, as far as is known. */
  get underWay(): readonly string[] {
    return this.#nodes.filter((node) => !this.ends.has(node));
  }

  /** What comes from now on is not news of the hosts. */
  leave(): void {
    this.#left = true;
  }

  /** Says who did not do well, and who has not ended. */
  tell(terminal: Terminal): void {
    const ended = [...this.ends].map(([node, { outcome }]) => ({ node, outcome }));
    summaryLines(ended).forEach((line) => terminal.note(line));
    whoLines(this.progress).forEach((line) => terminal.note(line));
  }
}
