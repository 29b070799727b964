/**
 * Runs a small program of this machine's administrator with a clean environment, an empty stdin, a
 * time limit and an output limit.
 * @module
 */
import { deadline, onAbort } from "../../base/async.ts";
import { FIXED_PATH } from "../../agent/os/host_tools.ts";
import { ByteCollector } from "../../base/bytes.ts";

/** The limits of a program. */
export interface ProgramBounds {
  /** The maximum run time in milliseconds. */
  readonly maxMs: number;
  /** The maximum output in bytes. With one byte more, the program is killed. */
  readonly maxBytes: number;
}

/** The result of a program. */
export interface BoundedResult {
  /** The exit status. */
  readonly status: Deno.CommandStatus;
  /** The output; one byte longer than the limit if the program was killed for that. */
  readonly stdout: Uint8Array;
  /** The beginning of the error output. */
  readonly stderr: Uint8Array;
  /** Whether the program was killed because of its time limit. */
  readonly timedOut: boolean;
}

const MAX_STDERR_BYTES = 1_000;

/**
 * Runs `program`. Its child processes may outlive it, but their output is ignored.
 * @throws the error of `Deno.Command` if it cannot be started
 */
export async function runBounded(
  program: string,
  args: readonly string[],
  { maxMs, maxBytes }: ProgramBounds,
): Promise<BoundedResult> {
  const child = spawn(program, args);
  const full = new AbortController();
  using limit = deadline(maxMs, { signal: full.signal });
  const { signal: over } = limit;
  using _kill = onAbort(over, () => killIfThere(child));
  const [stdout, stderr] = await Promise.all([
    collect(child.stdout, { limit: maxBytes, over, onFull: () => full.abort() }),
    collect(child.stderr, { limit: MAX_STDERR_BYTES, over }),
  ]);
  return { status: await child.status, stdout, stderr, timedOut: limit.isExpired };
}

/** Returns the first line of a program's error output, if there is one. */
export function firstErrorLine({ stderr }: Pick<BoundedResult, "stderr">): string {
  const [complaint = ""] = new TextDecoder().decode(stderr).trim().split("\n");
  return complaint;
}

function spawn(program: string, args: readonly string[]): Deno.ChildProcess {
  return new Deno.Command(program, {
    args: [...args],
    clearEnv: true,
    env: { PATH: FIXED_PATH, LANG: "C.UTF-8", HOME: Deno.env.get("HOME") ?? "/" },
    cwd: "/",
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

function killIfThere(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGKILL");
  } catch (error) {
    if (!(error instanceof TypeError)) throw error; // thrown when the child has ended already
  }
}

interface Collecting {
  /** The maximum number of bytes; one more byte is stored to detect an excess. */
  readonly limit: number;
  readonly over: AbortSignal;
  readonly onFull?: () => void;
}

async function collect(
  stream: ReadableStream<Uint8Array>,
  { limit, over, onFull }: Collecting,
): Promise<Uint8Array> {
  const collector = new ByteCollector(limit + 1);
  const sink = new WritableStream<Uint8Array>({
    write(piece) {
      collector.add(piece);
      if (collector.bytes().length > limit) onFull?.();
    },
  });
  await stream.pipeTo(sink, { signal: over }).catch((error: unknown) => {
    if (!over.aborted) throw error;
  });
  return collector.bytes();
}
