/**
 * Common parts of dialers and listeners: their options and events, and the step from a stream after
 * the handshake to a pipe of a pattern.
 * @module
 */
import { MAX_PAYLOAD } from "../wire/framing.ts";
import type { HandshakeResult } from "../wire/handshake.ts";
import type { Pattern } from "../patterns/pattern.ts";
import { Pipe, type PipeEnd } from "../wire/pipe.ts";
import type { PipeGuard } from "../wire/pipe_guard.ts";
import type { Transport } from "../wire/transport.ts";

/** An event of an endpoint. */
export type EndpointEvent =
  | { readonly kind: "attached"; readonly pipe: Pipe }
  | { readonly kind: "detached"; readonly pipe: Pipe; readonly end: PipeEnd }
  /** A connection ended before it had a pipe, or had to make room for others. */
  | { readonly kind: "refused"; readonly remote: string; readonly error: Error }
  /** A dialer tries again after `delayMs` milliseconds. */
  | {
    readonly kind: "retrying";
    readonly url: string;
    readonly delayMs: number;
    readonly error: Error | undefined;
  };

/** Options of an endpoint. Sizes in bytes, times in milliseconds. */
export interface EndpointOptions {
  /** The patterns that get the pipes, at most one of each role. */
  readonly patterns: readonly Pattern[];
  /** The available URL schemes. */
  readonly transports: readonly Transport[];
  /** The largest payload that is accepted; {@linkcode MAX_PAYLOAD} by default. */
  readonly maxReceive?: number;
  /** While more than this is queued for a slow peer, nothing is sent to it; 8 MiB by default. */
  readonly maxQueued?: number;
  /** How long the peer may take to send its header. */
  readonly handshakeMs?: number;
  /** Called for every event. Must not throw. */
  readonly onEvent?: (event: EndpointEvent) => void;
}

const DEFAULT_MAX_QUEUED = 8 * 1_048_576;

/** Makes a pipe of a stream after the handshake and gives it to the pattern of its role. */
export function openPipe(
  greeted: HandshakeResult,
  transport: Transport,
  options: EndpointOptions,
  guard?: PipeGuard,
): Pipe {
  const pipe = new Pipe(greeted, {
    framing: transport.framing,
    maxReceive: options.maxReceive ?? MAX_PAYLOAD,
    maxQueued: options.maxQueued ?? DEFAULT_MAX_QUEUED,
    guard,
  });
  options.patterns.find((pattern) => pattern.role === greeted.role)?.attach(pipe);
  options.onEvent?.({ kind: "attached", pipe });
  pipe.ended.then((end) => options.onEvent?.({ kind: "detached", pipe, end }));
  return pipe;
}

/** Closes all of `pipes`. Their queued messages may be sent for up to `flushMs` milliseconds. */
export async function closePipes(pipes: Iterable<Pipe>, flushMs: number): Promise<void> {
  await Promise.all([...pipes].map((pipe) => pipe.close(flushMs)));
}
