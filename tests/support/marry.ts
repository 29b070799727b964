/**
 * Connects two patterns, and waits until both sides have the pipe.
 *
 *     await using pair = await marry(new Pub(), new Sub());
 * @module
 */
import { dial, type Dialer, type DialOptions } from "../../lib/sp/dialer.ts";
import { inproc } from "../../lib/sp/inproc.ts";
import { listen, type Listener, type ListenOptions } from "../../lib/sp/listener.ts";
import type { Pattern } from "../../lib/sp/pattern.ts";
import type { Pipe } from "../../lib/sp/pipe.ts";
import type { Transport } from "../../lib/sp/transport.ts";
import { EventLog } from "./event_log.ts";

/** Where to marry, and the settings of both endpoints. */
export interface MarryOptions
  extends Omit<DialOptions & ListenOptions, "patterns" | "transports" | "onEvent"> {
  /** By default a new inproc transport. */
  readonly transport?: Transport;
  /** Where to listen, by default `inproc://wedding`. */
  readonly url?: string;
}

/** Two connected patterns. Disposing it closes both endpoints. */
export interface Marriage extends AsyncDisposable {
  readonly listener: Listener;
  readonly dialer: Dialer;
  /** The pipe as the listening side has it. */
  readonly listening: Pipe;
  /** The pipe as the dialling side has it. */
  readonly dialling: Pipe;
}

/** Has `bride` listen and `groom` dial. */
export async function marry(
  bride: Pattern,
  groom: Pattern,
  options: MarryOptions = {},
): Promise<Marriage> {
  const { transport = inproc(), url = "inproc://wedding", ...settings } = options;
  const listened = new EventLog();
  const dialled = new EventLog();
  const transports = [transport];
  const listener = await listen(url, {
    ...settings,
    transports,
    patterns: [bride],
    onEvent: listened.onEvent,
  });
  const dialer = dial(listener.url, {
    ...settings,
    transports,
    patterns: [groom],
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
