/**
 * Decides whether a change with `--undo` stays, after the command has ended on every host: confirms
 * it, undoes it, or leaves it to a later `nanotrigger confirm`.
 * @module
 */
import type { HubMessage } from "../../protocol/agent/messages.ts";
import { type HostState, isFinal } from "../../protocol/job/host_state.ts";
import type { JobSink } from "../../protocol/job/host_state.ts";
import { foldNodes } from "../../nodeset/sets/node_set.ts";
import type { SubmittedJob } from "../../trigger/queue/queue.ts";
import { askYesNo, canAsk } from "../terminal/confirmation_prompt.ts";
import { escapeText } from "../terminal/escape.ts";
import type { UndoChoice } from "../args/undo_options.ts";
import type { CommandContext } from "./with_queue.ts";

/** How many characters of folded names are shown. */
const MAX_NAMES = 60;

/** What keeping a change needs. */
export interface ChangeContext extends Pick<CommandContext, "terminal" | "signal"> {
  /** What the command line says. */
  readonly options: { readonly undoing?: UndoChoice };
  /** The names of the hosts. */
  readonly nodes: readonly string[];
  /** Signs that a request is to be stopped. */
  readonly cancel?: (id: string) => HubMessage;
  /** Signs that what a request has changed may stay. */
  readonly confirm?: (id: string) => HubMessage;
}

/** Waits until every host has come to its end, or waits for a confirmation; then has that decided. */
export class ChangeConfirmation {
  readonly #run: ChangeContext;
  readonly #open: Set<string>;
  readonly #unconfirmed = new Set<string>();
  readonly #settled = Promise.withResolvers<void>();

  /** For a command on `nodes`. */
  constructor(nodes: readonly string[], run: ChangeContext) {
    this.#run = run;
    this.#open = new Set(nodes);
    if (nodes.length === 0) this.#settled.resolve();
  }

  /** Resolves when every host has ended, or waits for a confirmation. */
  get settled(): Promise<void> {
    return this.#settled.promise;
  }

  /** Tells `sink`, and learns how far the hosts are. */
  observe(sink: JobSink): JobSink {
    return {
      output: (node, output) => sink.output(node, output),
      state: (node, state) => {
        this.#note(node, state);
        return sink.state(node, state);
      },
    };
  }

  /**
   * Lets stay what `job` has changed if all is well and whoever is asked says so. What is not to stay
   * is undone at once; where nobody can be asked, it is left to a later confirmation, or the hosts.
   */
  async settle(job: SubmittedJob): Promise<void> {
    await this.#settled.promise;
    if (this.#unconfirmed.size === 0) return;
    const { confirm, cancel } = this.#run;
    switch (await this.#decide(job)) {
      case "keep":
        return confirm && job.confirm(confirm(job.id));
      case "undo":
        return cancel && job.cancel(cancel(job.id));
      case "leave":
        return job.giveUp("it ended well, and is undone unless that is confirmed in time");
    }
  }

  #note(node: string, state: HostState): void {
    if (state.kind === "unconfirmed") this.#unconfirmed.add(node);
    else if (!isFinal(state)) return;
    else this.#unconfirmed.delete(node);
    this.#open.delete(node);
    if (this.#open.size === 0) this.#settled.resolve();
  }

  async #decide(job: SubmittedJob): Promise<"keep" | "undo" | "leave"> {
    const { options: { undoing }, nodes, terminal, confirm } = this.#run;
    if (undoing?.confirm) return this.#unconfirmed.size === nodes.length ? "keep" : "undo";
    const names = foldNodes([...this.#unconfirmed]);
    if (confirm && canAsk(terminal)) {
      return await this.#ask(job, escapeText(names, MAX_NAMES));
    }
    terminal.hint(`to keep it: nanotrigger confirm ${job.id} -w '${names}'`);
    return "leave";
  }

  /** Asks the person at the terminal, for as long as it makes a difference. */
  async #ask(job: SubmittedJob, names: string): Promise<"keep" | "undo" | "leave"> {
    const { terminal, signal } = this.#run;
    const over = new AbortController();
    void job.over.then(() => over.abort());
    try {
      const asking = { signal: AbortSignal.any([signal, over.signal]) };
      const question = `It ended well on ${names}. Keep it?`;
      return await askYesNo(question, terminal, asking) ? "keep" : "undo";
    } catch {
      // All hosts have undone it by now, or Ctrl-C has them do so.
      return "undo";
    }
  }
}
