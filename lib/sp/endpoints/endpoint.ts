/**
 * What dialers and listeners share: their settings, the events they report, and the step from a
 * stream after the handshake to a pipe in use by a pattern.
 * @module
 */
import { MAX_PAYLOAD } from "../wire/framing.ts";
import type { HandshakeResult } from "../wire/handshake.ts";
import type { Pattern } from "../patterns/pattern.ts";
import { Pipe, type PipeEnd } from "../wire/pipe.ts";
import type { Transport } from "../wire/transport.ts";

/** Something that happened at an endpoint, for logs and for waiting. */
export type EndpointEvent =
  | { readonly kind: "attached"; readonly pipe: Pipe }
  | { readonly kind: "detached"; readonly pipe: Pipe; readonly end: PipeEnd }
  /** A connection came but no pipe came of it. */
  | { readonly kind: "refused"; readonly remote: string; readonly error: Error }
  /** A dialler failed and tries again after `delayMs`. */
  | {
    readonly kind: "retrying";
    readonly url: string;
    readonly delayMs: number;
    readonly error: Error | undefined;
  };

/** Settings of an endpoint. Sizes in bytes, times in milliseconds. */
export interface EndpointOptions {
  /** The patterns that pipes may serve, at most one of each role. */
  readonly patterns: readonly Pattern[];
  /** The URL schemes that can be used. */
  readonly transports: readonly Transport[];
  /** The largest payload taken from a peer; by default {@linkcode MAX_PAYLOAD}. */
  readonly maxReceive?: number;
  /** While more than this waits for a slow peer, by default 8 MiB, nothing is sent to it. */
  readonly maxQueued?: number;
  /** How long the peer may take for its header. */
  readonly handshakeMs?: number;
  /** Told of everything that happens. Must not throw. */
  readonly onEvent?: (event: EndpointEvent) => void;
}

const DEFAULT_MAX_QUEUED = 8 * 1_048_576;

/** Makes a pipe of a greeted stream, and has the pattern of its role take it into use. */
export function openPipe(
  greeted: HandshakeResult,
  transport: Transport,
  options: EndpointOptions,
): Pipe {
  const pipe = new Pipe(greeted, {
    framing: transport.framing,
    maxReceive: options.maxReceive ?? MAX_PAYLOAD,
    maxQueued: options.maxQueued ?? DEFAULT_MAX_QUEUED,
  });
  options.patterns.find((pattern) => pattern.role === greeted.role)?.attach(pipe);
  options.onEvent?.({ kind: "attached", pipe });
  pipe.ended.then((end) => options.onEvent?.({ kind: "detached", pipe, end }));
  return pipe;
}

/** Closes all of `pipes`, each with `flushMs` milliseconds for what waits to leave. */
export async function closePipes(pipes: Iterable<Pipe>, flushMs: number): Promise<void> {
  await Promise.all([...pipes].map((pipe) => pipe.close(flushMs)));
}
