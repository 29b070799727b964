/**
 * A line of shell in a terminal that tmux emulates: not what was written to it, but what a person
 * sees, with everything that was cleared gone.
 *
 *     await using terminal = new TmuxTerminal("nanotrigger run …", { env });
 *     await terminal.shows(/1\/2 done/);
 *     await terminal.press("C-c");
 *
 * tmux tells of every change (control mode), so nothing here waits for a time to pass but a
 * second Ctrl-C.
 * @module
 */
import assert from "node:assert/strict";
import { type ExternalProgram, findExternalProgram } from "./external_programs.ts";

/** What makes the terminal. */
export const TMUX: ExternalProgram = findExternalProgram("tmux", "tmux");

/** A Ctrl-C that comes sooner is the same one, heard twice; and some time for a busy machine. */
const SAME_KEY_PRESS_MS = 300;

/** How to start one. */
export interface TmuxOptions {
  /** The whole environment. */
  readonly env: Readonly<Record<string, string>>;
  /** How wide it is; 80 characters by default. */
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
    // Ctrl-C reaches the shell, too, which is to go on.
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

  /** Waits until `pattern` is found in what is on the screen or has scrolled off it. */
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

  /** Everything that can be read there, without white space at the end of lines. */
  async text(): Promise<string> {
    const lines = await this.#ask("capture-pane -p -S -");
    return lines.map((line) => line.trimEnd()).join("\n").trimEnd();
  }

  /** Presses a key by tmux's name for it: `C-c`, `Enter`, `y`. */
  async press(...keys: readonly string[]): Promise<void> {
    await this.#ready;
    await this.#ask(`send-keys ${keys.join(" ")}`);
  }

  /** Presses Ctrl-C once more. Waits first: one that comes too soon is taken for the one before. */
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

  /** A line of tmux's control mode: of an answer, or about something that has happened. */
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
