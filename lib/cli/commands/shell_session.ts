/**
 * Executes the lines of `nanotrigger shell`: changes the set of hosts or the output mode, runs a
 * command on the hosts, or runs one on this machine.
 * @module
 */
import { encodeUtf8 } from "../../base/bytes.ts";
import type { SecretKey } from "../../envelope/keys/secret_key.ts";
import type { EndedHost } from "../../trigger/results/followed_job.ts";
import { resolve } from "../../trigger/targets/resolve.ts";
import { EXIT_ERROR, EXIT_INTERRUPTED, EXIT_OK } from "../program/exit_code.ts";
import type { GroupSources } from "../targets/groups.ts";
import type { ResolvedTarget } from "../targets/random_subset.ts";
import type { OutputFormat } from "../args/output_options.ts";
import { runOptionsForLine, type ShellOptions } from "./shell_options.ts";
import { findInstallationPaths } from "../keys/installation_paths.ts";
import { runLocalCommand } from "../shell/local_command.ts";
import { changeTarget } from "../shell/shell_target.ts";
import { parseShellLine, type SetChange } from "../shell/shell_line.ts";
import { type LastOutcomes, promptText, statusLines } from "../shell/shell_status.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { requestFor, runOnHosts, type SignedRun } from "./run.ts";
import { type HostsContext, withConfirmedHosts } from "../session/with_hosts.ts";
import {
  type CommandContext,
  noMatchingHostError,
  type SharedQueue,
} from "../session/with_queue.ts";

/** What a session needs. */
export interface ShellSessionOptions {
  /** What the command line says. */
  readonly options: ShellOptions;
  /** Where results are shown. */
  readonly terminal: Terminal;
  /** The operator's key. */
  readonly key: SecretKey;
  /** The queue for all commands. */
  readonly kept: SharedQueue;
  /** Whether a person types the lines. */
  readonly interactive: boolean;
  /** Aborted when the shell is to end. */
  readonly leaving: AbortSignal;
}

/** What a line has come to. */
export type LineResult =
  | { readonly kind: "quit" }
  /** With the exit status that `run` would have ended with. */
  | { readonly kind: "done"; readonly status: number };

const DONE: LineResult = { kind: "done", status: EXIT_OK };

/** The set of hosts, and what has happened on it. */
export class ShellSession {
  readonly #options: ShellSessionOptions;
  readonly #interrupt = new AbortController();
  #hosts: ResolvedTarget;
  #gathers = true;
  #last: LastOutcomes = new Map();
  /** Those that may be commanded without another question. */
  readonly #wanted = new Set<string>();

  /** Begins with `hosts`. */
  constructor(hosts: ResolvedTarget, options: ShellSessionOptions) {
    this.#hosts = hosts;
    this.#options = options;
  }

  /** Aborted once a command was interrupted where nobody types the next one. */
  get interrupted(): AbortSignal {
    return this.#interrupt.signal;
  }

  /** The prompt for a terminal that is so wide. */
  prompt(columns: number): string {
    return promptText({ nodes: this.#hosts.nodes, last: this.#last }, columns);
  }

  /**
   * Does what a line says.
   * @throws {UserError} and others that are for the person, if it cannot be done
   */
  async execute(typed: string): Promise<LineResult> {
    const line = parseShellLine(typed);
    switch (line.kind) {
      case "nothing":
        return DONE;
      case "quit":
        return line;
      case "status":
        return await this.#tellStatus();
      case "mode":
        return this.#changeMode();
      case "set":
      case "add":
      case "remove":
        return await this.#change(line);
      case "local":
        return await this.#runHere(line.command);
      case "command":
        return { kind: "done", status: await this.#run(line.command) };
      default:
        return line satisfies never;
    }
  }

  async #tellStatus(): Promise<LineResult> {
    const { terminal, kept: { queue, runCommand } } = this.#options;
    await runCommand(({ signal }) => queue.meet({ maxMs: 0, signal }));
    const { nodes } = this.#hosts;
    const away = nodes.filter((node) => queue.host(node) === undefined);
    const absence = queue.lasting ? "unknown to the hub" : "not attached";
    const status = { nodes, last: this.#last, away, absence, gathers: this.#gathers };
    await terminal.print(statusLines(status).join("\n"));
    return DONE;
  }

  #changeMode(): LineResult {
    const { terminal, options } = this.#options;
    this.#gathers = !this.#gathers;
    const mode = this.#gathers ? "answers are gathered" : "answers are shown line by line";
    if (!options.output.quiet) terminal.note(`${mode} from now on`);
    return DONE;
  }

  async #change(change: SetChange): Promise<LineResult> {
    const { kept } = this.#options;
    this.#hosts = await kept.runCommand(async ({ resolveHosts, signal }) => {
      const groups = this.#groups(signal);
      const target = await changeTarget(this.#hosts.target, change, groups);
      return { target, nodes: await resolveHosts(target) };
    });
    this.#last = new Map();
    return DONE;
  }

  /** Past jobs are those of the queue that is open anyway. */
  #groups(signal: AbortSignal): GroupSources {
    const { queue } = this.#options.kept;
    return {
      ...findInstallationPaths().groups,
      jobs: (_reference, text) => queue.past(text, signal),
    };
  }

  async #runHere(command: string): Promise<LineResult> {
    const { terminal, interactive, leaving, kept } = this.#options;
    if (interactive) await this.#letGoOfKeyboard();
    await terminal.flush();
    // Ctrl-C reaches the command by itself, and is no reason to leave the shell.
    const code = await kept.runCommand(() =>
      runLocalCommand(command, { interactive, signal: leaving })
    );
    if (code === 0) return DONE;
    if (code === EXIT_INTERRUPTED && interactive) await terminal.write("stderr", encodeUtf8("\n")); // behind ^C
    terminal.note(`exit code ${code}, here`);
    return { kind: "done", status: EXIT_ERROR };
  }

  /**
   * After a paste this program may still wait for a key, and would take the first line that is meant
   * for the command, perhaps a password, for one that is to run on the hosts.
   */
  async #letGoOfKeyboard(): Promise<void> {
    const { terminal, leaving } = this.#options;
    if (!terminal.keyboard.isReading) return;
    await terminal.write("stderr", encodeUtf8("Enter runs it here: "));
    await terminal.keyboard.readLine({ signal: leaving });
  }

  async #run(command: string): Promise<number> {
    const { terminal, key, kept, interactive } = this.#options;
    const format: OutputFormat = { kind: "lines" };
    const asked = this.#options.options;
    const output = this.#gathers ? asked.output : { ...asked.output, format };
    const options = runOptionsForLine({ ...asked, output }, command);
    const status = await kept.runCommand(async (place) => {
      const resolved = await this.#resolveNow(place);
      const yes = options.yes || resolved.nodes.every((node) => this.#wanted.has(node));
      const request = await requestFor(options, resolved.target);
      const ended = await withConfirmedHosts(
        { resolved, key, options: { ...options, yes } },
        place,
        (there) => {
          for (const node of resolved.nodes) this.#wanted.add(node);
          return this.#runOnHosts({ options, request, key, rerunText: rerunLine }, there);
        },
      );
      if (place.signal.aborted && !interactive) this.#interrupt.abort();
      return ended;
    });
    await terminal.flush();
    return status;
  }

  /** Resolves the target again: hosts may have attached since, or changed their facts. */
  async #resolveNow({ queue, signal }: CommandContext): Promise<ResolvedTarget> {
    const { target } = this.#hosts;
    const { nodes } = await resolve(queue, target, { maxMs: 0, signal });
    if (nodes.length === 0) throw noMatchingHostError([...queue.hosts()].map(({ name }) => name));
    this.#hosts = { target, nodes };
    return this.#hosts;
  }

  /** Runs it, and keeps how it ended on each host. */
  async #runOnHosts(run: SignedRun, place: HostsContext): Promise<number> {
    this.#last = new Map();
    const onOutcomes = (ended: readonly EndedHost[]) => {
      this.#last = new Map(ended.map(({ node, outcome }) => [node, outcome]));
    };
    return await runOnHosts({ ...run, onOutcomes }, place);
  }
}

function rerunLine(set: string): string {
  return `@${set} and the same again`;
}
