/**
 * Runs a shell line on its own terminal, created by `script` from util-linux: reads the output and
 * types keys.
 *
 *     await using terminal = new PseudoTerminal("nanotrigger keygen; stty -a", { env });
 *     await terminal.shows(/Passphrase/);
 *     await terminal.type("secret\r");
 * @module
 */
import assert from "node:assert/strict";
import { type ExternalProgram, findExternalProgram } from "./external_programs.ts";

/** The program that creates the terminal. */
export const SCRIPT: ExternalProgram = findExternalProgram("script", "bsdutils");

/** Keys by their bytes. */
export const KEYS = { enter: "\r", interrupt: "\x03", backspace: "\x7f", kill: "\x15" } as const;

/** A running line of shell. Disposing it ends it. */
export class PseudoTerminal implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array>;
  readonly #reading: Promise<void>;
  #changed = Promise.withResolvers<void>();
  #closed = false;
  /** The output since the last match. */
  #text = "";

  /** Starts `line` with `env` as the whole environment. */
  constructor(line: string, { env }: { readonly env: Readonly<Record<string, string>> }) {
    this.#child = new Deno.Command("script", {
      args: ["--quiet", "--return", "--flush", "--command", line, "/dev/null"],
      clearEnv: true,
      env: { ...env, SHELL: "/bin/sh", TERM: "xterm", NO_COLOR: "1" },
      stdin: "piped",
      stdout: "piped",
      stderr: "null",
    }).spawn();
    this.#writer = this.#child.stdin.getWriter();
    this.#reading = this.#read();
  }

  /** Waits until `pattern` appears after the last match; fails if the program ends first. */
  async shows(pattern: RegExp): Promise<RegExpExecArray> {
    while (true) {
      const found = pattern.exec(this.#text);
      if (found) {
        this.#text = this.#text.slice(found.index + found[0].length);
        return found;
      }
      if (this.#closed) assert.fail(`never showed ${pattern}, but:\n${this.#text}`);
      await this.#changed.promise;
    }
  }

  /** Presses keys. */
  async type(keys: string): Promise<void> {
    await this.#writer.write(new TextEncoder().encode(keys));
  }

  /** Waits for the end; returns the exit code and the output since the last match. */
  async ended(): Promise<{ readonly code: number; readonly text: string }> {
    const { code } = await this.#child.status;
    await this.#reading;
    return { code, text: this.#text };
  }

  /** Types the end of input, and waits for the end. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writer.close().catch(() => {}); // there may be nobody left to read it
    await this.ended();
  }

  async #read(): Promise<void> {
    const decoder = new TextDecoder();
    for await (const chunk of this.#child.stdout) {
      this.#text += decoder.decode(chunk, { stream: true });
      this.#tell();
    }
    this.#closed = true;
    this.#tell();
  }

  #tell(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }
}

/** Joins words to a shell line. */
export function shellLine(words: readonly string[]): string {
  return words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(" ");
}
