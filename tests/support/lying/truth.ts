/**
 * What really ran: agents that note every command before it starts, instead of starting a process.
 * A command is `job NUMBER CODE MS`: it prints who and what it is and the digest of its standard
 * input, works for MS milliseconds and exits with CODE.
 * @module
 */
import { createHash } from "node:crypto";
import type { Execute } from "../../../lib/agent/jobs/runner.ts";
import type { Command, ExecEvent, StreamName } from "../../../lib/agent/exec/command.ts";
import { OutputStore } from "../../../lib/agent/exec/output_store.ts";
import { systemClock } from "../../../lib/base/clock.ts";
import { deadline } from "../../../lib/base/async.ts";
import { encodeUtf8 } from "../../../lib/base/bytes.ts";

/** One command that ran on one host. */
export interface TrueRun {
  readonly node: string;
  /** The arguments after `job`. */
  readonly words: readonly string[];
  /** Whether it ended by itself, not by a cancel. */
  ended: boolean;
  /** What it printed. */
  output: string;
  /** The secrets that it got, by name. */
  readonly secrets: Readonly<Record<string, string>>;
}

/** All runs, by the number of the job. */
export class Truth {
  readonly #runs = new Map<string, TrueRun[]>();

  /** Returns the runs of job `number` on `node`. */
  runs(number: number, node: string): readonly TrueRun[] {
    return (this.#runs.get(`${number}`) ?? []).filter((run) => run.node === node);
  }

  /** Returns all runs of job `number`. */
  allRuns(number: number): readonly TrueRun[] {
    return this.#runs.get(`${number}`) ?? [];
  }

  /** Returns the function that runs the commands of `node`. */
  executeOn(node: string): Execute {
    return (command, { signal }) => this.#execute(node, command, signal);
  }

  async *#execute(node: string, command: Command, signal: AbortSignal): AsyncGenerator<ExecEvent> {
    const words = command.kind === "argv" ? command.argv.slice(1) : [];
    const [number = "", code = "0", ms = "0"] = words;
    const run = { node, words, ended: false, output: "", secrets: command.secrets ?? {} };
    this.#runs.set(number, [...(this.#runs.get(number) ?? []), run]);
    const startMs = Date.now();
    yield { kind: "started", pid: 1 };
    using limit = deadline(command.timeoutMs);
    const isStopped = () => signal.aborted || limit.signal.aborted;
    const input = await inputDigest(command, AbortSignal.any([signal, limit.signal]));
    if (Number(ms) > 0) await systemClock.sleep(Number(ms), signal).catch(() => {});
    const out = new OutputStore(command.maxOutput);
    run.output = `job ${number} on ${node}${input}\n`;
    if (!isStopped()) out.add(encodeUtf8(run.output));
    out.finish();
    for (let piece = out.take(); piece; piece = out.take()) {
      yield { kind: "output", stream: "stdout" satisfies StreamName, ...piece };
    }
    const endMs = Date.now();
    const stderr = new OutputStore(0).report(true);
    const report = {
      startMs,
      endMs,
      durationMs: endMs - startMs,
      stdout: out.report(true),
      stderr,
    };
    if (signal.aborted) return yield { kind: "cancelled", report };
    if (limit.signal.aborted) return yield { kind: "timeout", report };
    run.ended = true;
    yield { kind: "exited", code: Number(code), report };
  }
}

/** Reads standard input to its end; returns a text that says what came. */
async function inputDigest({ stdin }: Command, signal: AbortSignal): Promise<string> {
  if (!stdin) return "";
  if (stdin instanceof Uint8Array) return describeInput(stdin);
  const close = () => stdin.close();
  signal.addEventListener("abort", close, { once: true });
  const hash = createHash("sha256");
  let count = 0;
  try {
    for await (const bytes of stdin) {
      hash.update(bytes);
      count += bytes.length;
    }
  } catch {
    return " no end"; // It was closed before its end.
  }
  signal.removeEventListener("abort", close);
  return ` read ${count} ${hash.digest("hex").slice(0, 16)}`;
}

/** Returns the text that a command prints that has read `bytes`. */
export function describeInput(bytes: Uint8Array): string {
  return ` read ${bytes.length} ${createHash("sha256").update(bytes).digest("hex").slice(0, 16)}`;
}
