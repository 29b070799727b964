/**
 * Runs a small program of this machine's administrator with a clean environment, an empty stdin, a
 * time limit and an output limit.
 * @module
 */
import { deadline, onAbort } from "../../base/async.ts";
import { FIXED_PATH } from "../../agent/os/host_tools.ts";
import { ByteCollector } from "../../base/bytes.ts";

/** How much a program may take. */
export interface ProgramBounds {
  /** How long it may take, in milliseconds. */
  readonly maxMs: number;
  /** How many bytes it may print; one byte more is kept, and it is ended then. */
  readonly maxBytes: number;
}

/** What became of it. */
export interface BoundedResult {
  /** How it ended. */
  readonly status: Deno.CommandStatus;
  /** What it has printed; longer than it may be if it was ended for that. */
  readonly stdout: Uint8Array;
  /** The beginning of what it has complained about. */
  readonly stderr: Uint8Array;
  /** Whether it was ended because its time was up. */
  readonly timedOut: boolean;
}

const MAX_STDERR_BYTES = 1_000;

/**
 * Runs `program`. What it has started itself may outlive it, but is not listened to any longer.
 * @throws what `Deno.Command` throws when it cannot be started
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

/** The first line of what a program has complained about, if anything. */
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
    if (!(error instanceof TypeError)) throw error; // it says so when the child has ended already
  }
}

interface Collecting {
  /** More bytes than this are one byte more. */
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
