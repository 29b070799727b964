/**
 * Runs a shell line in a terminal that tmux emulates. Returns what a person sees, without anything
 * that was cleared.
 *
 *     await using terminal = new TmuxTerminal("nanotrigger run …", { env });
 *     await terminal.shows(/1\/2 done/);
 *     await terminal.press("C-c");
 *
 * tmux reports every change (control mode). So nothing here waits for time to pass, except a second
 * Ctrl-C.
 * @module
 */
import assert from "node:assert/strict";
import { type ExternalProgram, findExternalProgram } from "./external_programs.ts";

/** The program that emulates the terminal. */
export const TMUX: ExternalProgram = findExternalProgram("tmux", "tmux");

/** A Ctrl-C within this time counts as the same key press; includes a margin for a busy machine. */
const SAME_KEY_PRESS_MS = 300;

/** Options of the terminal. */
export interface TmuxOptions {
  /** The whole environment. */
  readonly env: Readonly<Record<string, string>>;
  /** The width in characters; 80 by default. */
  readonly columns?: number;
}

/** A terminal of 24 rows. When its line has ended it shows `status` and the exit status. */
export class TmuxTerminal implements AsyncDisposable {
  readonly #folder = Deno.makeTempDirSync({ prefix: "nanoexec_tmux_" });
  readonly #child: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #reading: Promise<void>;
  readonly #answers: ((lines: readonly string[]) => void)[] = [];
  readonly #ready: Promise<unknown>;
  #changed = Promise.withResolvers<void>();
  #answer: string[] | undefined;
  #closed = false;

  /** Starts `line`. */
  constructor(line: string, { env, columns = 80 }: TmuxOptions) {
    // Ctrl-C reaches the shell, too, which must continue.
    const whole = `trap : INT; ${line}; echo "status $?"; exec cat`;
    this.#child = new Deno.Command("tmux", {
      args: ["-u", "-S", `${this.#folder}/socket`, "-f", "/dev/null", "-C", "new-session", whole],
      clearEnv: true,
      env: { ...env, SHELL: "/bin/sh", TERM: "xterm", NO_COLOR: "1" },
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    this.#writer = this.#child.stdin.getWriter();
    const started = new Promise<readonly string[]>((resolve) => this.#answers.push(resolve));
    this.#ready = started.then(() => this.#ask(`refresh-client -C ${columns},24`));
    this.#reading = this.#read();
  }

  /** Waits until `pattern` matches the screen or its scrollback. */
  async shows(pattern: RegExp): Promise<RegExpExecArray> {
    await this.#ready;
    while (true) {
      const { promise } = this.#changed;
      const text = await this.text();
      const found = pattern.exec(text);
      if (found) return found;
      if (this.#closed) assert.fail(`never showed ${pattern}, but:\n${text}`);
      await promise;
    }
  }

  /** Returns the screen and its scrollback, without white space at the end of lines. */
  async text(): Promise<string> {
    const lines = await this.#ask("capture-pane -p -S -");
    return lines.map((line) => line.trimEnd()).join("\n").trimEnd();
  }

  /** Presses keys by their tmux names: `C-c`, `Enter`, `y`. */
  async press(...keys: readonly string[]): Promise<void> {
    await this.#ready;
    await this.#ask(`send-keys ${keys.join(" ")}`);
  }

  /** Presses Ctrl-C again. Waits first, so that it counts as another key press. */
  async interruptAgain(): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, SAME_KEY_PRESS_MS));
    await this.press("C-c");
  }

  /** Ends everything in it. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writer.write(new TextEncoder().encode("kill-server\n")).catch(() => {});
    await this.#child.status;
    await this.#reading;
    await this.#writer.close().catch(() => {});
    await Deno.remove(this.#folder, { recursive: true });
  }

  async #ask(command: string): Promise<readonly string[]> {
    const answer = new Promise<readonly string[]>((resolve) => this.#answers.push(resolve));
    await this.#writer.write(new TextEncoder().encode(`${command}\n`));
    return await answer;
  }

  async #read(): Promise<void> {
    const lines = this.#child.stdout.pipeThrough(new TextDecoderStream());
    let rest = "";
    for await (const chunk of lines) {
      const whole = (rest + chunk).split("\n");
      rest = whole.pop() ?? "";
      whole.forEach((line) => this.#take(line));
    }
    this.#closed = true;
    this.#answers.splice(0).forEach((answer) => answer([]));
    this.#tell();
  }

  /** Handles a line of tmux's control mode: of a reply, or an event. */
  #take(line: string): void {
    if (/^%(end|error) /.test(line)) {
      this.#answers.shift()?.(this.#answer ?? []);
      this.#answer = undefined;
    } else if (this.#answer) this.#answer.push(line);
    else if (line.startsWith("%begin ") || line.startsWith("\x1bP1000p%begin ")) this.#answer = [];
    else if (line.startsWith("%output ")) this.#tell();
  }

  #tell(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}
