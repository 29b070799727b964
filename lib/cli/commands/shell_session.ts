/**
 * Executes the lines of `nanotrigger shell`: changes the set of hosts or the output mode, runs a
 * command on the hosts, or runs one on this machine.
 * @module
 */
import { encodeUtf8 } from "../../base/bytes.ts";
import type { SecretKey } from "../../envelope/keys/secret_key.ts";
import type { EndedHost } from "../../trigger/results/followed_job.ts";
import { resolve } from "../../trigger/targets/resolve.ts";
import { EXIT_ERROR, EXIT_INTERRUPTED, EXIT_OK } from "../process/exit_code.ts";
import type { GroupSources } from "../targets/groups.ts";
import type { ResolvedTarget } from "../targets/random_subset.ts";
import type { OutputFormat } from "../args/output_options.ts";
import { runOptionsForLine, type ShellOptions } from "./shell_options.ts";
import { findInstallationPaths } from "../keys/installation_paths.ts";
import { runLocalCommand } from "../shell/local_command.ts";
import { changeTarget } from "../shell/shell_target.ts";
import { parseShellLine, type SetChange } from "../shell/shell_line.ts";
import { type LastOutcomes, modeText, promptText, statusLines } from "../shell/shell_status.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { requestFor, runOnHosts, type SignedRun } from "./run.ts";
import { type HostsContext, withConfirmedHosts } from "../session/with_hosts.ts";
import {
  type CommandContext,
  noMatchingHostError,
  type SharedQueue,
} from "../session/with_queue.ts";

/** The context of a session. */
export interface ShellSessionOptions {
  /** The parsed options. */
  readonly options: ShellOptions;
  /** The terminal for the results. */
  readonly terminal: Terminal;
  /** The operator's key. */
  readonly key: SecretKey;
  /** The queue for all commands. */
  readonly shared: SharedQueue;
  /** Whether a person types the lines. */
  readonly interactive: boolean;
  /** Aborted when the shell must end. */
  readonly leaving: AbortSignal;
}

/** The result of a line. */
export type LineResult =
  | { readonly kind: "quit" }
  /** The exit status is that of `run` for the same command. */
  | { readonly kind: "done"; readonly status: number };

const DONE: LineResult = { kind: "done", status: EXIT_OK };

/** The set of hosts, and their last outcomes. */
export class ShellSession {
  readonly #options: ShellSessionOptions;
  readonly #interrupt = new AbortController();
  #hosts: ResolvedTarget;
  #gathers = true;
  #last: LastOutcomes = new Map();
  /** Hosts that need no further confirmation by the operator. */
  readonly #confirmed = new Set<string>();

  /** Creates a session that starts with `hosts`. */
  constructor(hosts: ResolvedTarget, options: ShellSessionOptions) {
    this.#hosts = hosts;
    this.#options = options;
  }

  /** Aborted once a command was interrupted in a session that is not interactive. */
  get interrupted(): AbortSignal {
    return this.#interrupt.signal;
  }

  /** Returns the prompt for a terminal of `columns` characters. */
  prompt(columns: number): string {
    return promptText({ nodes: this.#hosts.nodes, last: this.#last }, columns);
  }

  /**
   * Executes a line.
   * @throws {UserError} and other errors for the user, if it cannot be executed
   */
  async execute(typed: string): Promise<LineResult> {
    const line = parseShellLine(typed);
    switch (line.kind) {
      case "nothing":
        return DONE;
      case "quit":
        return line;
      case "status":
        return await this.#printStatus();
      case "mode":
        return this.#changeMode();
      case "set":
      case "add":
      case "remove":
        return await this.#change(line);
      case "local":
        return await this.#runLocally(line.command);
      case "command":
        return { kind: "done", status: await this.#run(line.command) };
      default:
        return line satisfies never;
    }
  }

  async #printStatus(): Promise<LineResult> {
    const { terminal, shared: { queue, runCommand } } = this.#options;
    await runCommand(({ signal }) => queue.waitForAgents({ maxMs: 0, signal }));
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
    if (!options.output.quiet) terminal.note(`output: ${modeText(this.#gathers)}`);
    return DONE;
  }

  async #change(change: SetChange): Promise<LineResult> {
    const { shared } = this.#options;
    this.#hosts = await shared.runCommand(async ({ resolveHosts, signal }) => {
      const groups = this.#groups(signal);
      const target = await changeTarget(this.#hosts.target, change, groups);
      return { target, nodes: await resolveHosts(target) };
    });
    this.#last = new Map();
    return DONE;
  }

  /** Returns the sources of groups. Past jobs are looked up in the open queue. */
  #groups(signal: AbortSignal): GroupSources {
    const { queue } = this.#options.shared;
    return {
      ...findInstallationPaths().groups,
      jobs: (_reference, text) => queue.past(text, signal),
    };
  }

  async #runLocally(command: string): Promise<LineResult> {
    const { terminal, interactive, leaving, shared } = this.#options;
    if (interactive) await this.#releaseKeyboard();
    await terminal.flush();
    // Ctrl-C reaches the local command directly, and must not end the shell.
    const code = await shared.runCommand(() =>
      runLocalCommand(command, { interactive, signal: leaving })
    );
    if (code === 0) return DONE;
    if (code === EXIT_INTERRUPTED && interactive) await terminal.write("stderr", encodeUtf8("\n")); // after the ^C
    terminal.note(`local command exited with exit code ${code}`);
    return { kind: "done", status: EXIT_ERROR };
  }

  /**
   * Waits for Enter if a read of the keyboard is pending, for example after a paste. That read
   * would take the first line for the local command, perhaps a password, and run it on the hosts.
   */
  async #releaseKeyboard(): Promise<void> {
    const { terminal, leaving } = this.#options;
    if (!terminal.keyboard.isReading) return;
    await terminal.write("stderr", encodeUtf8("press Enter to run it locally: "));
    await terminal.keyboard.readLine({ signal: leaving });
  }

  async #run(command: string): Promise<number> {
    const { terminal, key, shared, interactive } = this.#options;
    const format: OutputFormat = { kind: "lines" };
    const shellOptions = this.#options.options;
    const output = this.#gathers ? shellOptions.output : { ...shellOptions.output, format };
    const options = runOptionsForLine({ ...shellOptions, output }, command);
    const status = await shared.runCommand(async (context) => {
      const resolved = await this.#resolveNow(context);
      const yes = options.yes || resolved.nodes.every((node) => this.#confirmed.has(node));
      const request = await requestFor(options, resolved.target);
      const ended = await withConfirmedHosts(
        { resolved, key, options: { ...options, yes } },
        context,
        (hostsContext) => {
          for (const node of resolved.nodes) this.#confirmed.add(node);
          return this.#runOnHosts({ options, request, key, rerunText: rerunLine }, hostsContext);
        },
      );
      if (context.signal.aborted && !interactive) this.#interrupt.abort();
      return ended;
    });
    await terminal.flush();
    return status;
  }

  /** Resolves the target again, because hosts may have attached or changed their facts. */
  async #resolveNow({ queue, signal }: CommandContext): Promise<ResolvedTarget> {
    const { target } = this.#hosts;
    const { nodes } = await resolve(queue, target, { maxMs: 0, signal });
    if (nodes.length === 0) throw noMatchingHostError([...queue.hosts()].map(({ name }) => name));
    this.#hosts = { target, nodes };
    return this.#hosts;
  }

  /** Runs a command, and stores the outcome of each host. */
  async #runOnHosts(run: SignedRun, context: HostsContext): Promise<number> {
    this.#last = new Map();
    const onOutcomes = (ended: readonly EndedHost[]) => {
      this.#last = new Map(ended.map(({ node, outcome }) => [node, outcome]));
    };
    return await runOnHosts({ ...run, onOutcomes }, context);
  }
}

function rerunLine(set: string): string {
  return `@${set}, then the same command`;
}
