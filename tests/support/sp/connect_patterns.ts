/**
 * Connects two patterns, and waits until both sides have the pipe: `await using pair = await
 * connectPatterns(new Pub(), new Sub())`.
 * @module
 */
import { dial, type Dialer, type DialOptions } from "../../../lib/sp/endpoints/dialer.ts";
import { inproc } from "../../../lib/sp/transports/inproc.ts";
import { listen, type Listener, type ListenOptions } from "../../../lib/sp/endpoints/listener.ts";
import type { Pattern } from "../../../lib/sp/patterns/pattern.ts";
import type { Pipe } from "../../../lib/sp/wire/pipe.ts";
import type { Transport } from "../../../lib/sp/wire/transport.ts";
import { EndpointEventLog } from "./endpoint_event_log.ts";

/** The URL and the settings of both endpoints. */
export interface ConnectPatternsOptions
  extends Omit<DialOptions & ListenOptions, "patterns" | "transports" | "onEvent"> {
  /** By default a new inproc transport. */
  readonly transport?: Transport;
  /** The URL; `inproc://patterns` by default. */
  readonly url?: string;
}

/** Two connected patterns. Disposing it closes both endpoints. */
export interface ConnectedPatterns extends AsyncDisposable {
  readonly listener: Listener;
  readonly dialer: Dialer;
  /** The pipe on the listening side. */
  readonly listening: Pipe;
  /** The pipe on the dialling side. */
  readonly dialling: Pipe;
}

/** Makes `server` listen and `client` dial. */
export async function connectPatterns(
  server: Pattern,
  client: Pattern,
  options: ConnectPatternsOptions = {},
): Promise<ConnectedPatterns> {
  const { transport = inproc(), url = "inproc://patterns", ...settings } = options;
  const listened = new EndpointEventLog();
  const dialled = new EndpointEventLog();
  const transports = [transport];
  const listener = await listen(url, {
    ...settings,
    transports,
    patterns: [server],
    onEvent: listened.onEvent,
  });
  const dialer = dial(listener.url, {
    ...settings,
    transports,
    patterns: [client],
    onEvent: dialled.onEvent,
  });
  const [{ pipe: listening }, { pipe: dialling }] = await Promise.all([
    listened.next("attached"),
    dialled.next("attached"),
  ]);
  const close = async () => {
    await Promise.all([dialer.close(), listener.close()]);
  };
  return { listener, dialer, listening, dialling, [Symbol.asyncDispose]: close };
}
