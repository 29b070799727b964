/**
 * A dialler with time that a test moves.
 *
 *     await using dialled = openDialer({ transport });
 *     await dialled.log.next("retrying");
 *     await dialled.clock.advance(60_000);
 * @module
 */
import { dial, type Dialer, type DialOptions } from "../../lib/sp/dialer.ts";
import { inproc } from "../../lib/sp/inproc.ts";
import { Sub } from "../../lib/sp/sub.ts";
import type { Transport } from "../../lib/sp/transport.ts";
import { EventLog } from "./event_log.ts";
import { VirtualClock } from "./virtual_clock.ts";

/** Where the dialler dials. */
export const QUEUE = "inproc://queue";

/** Settings that differ from a SUB on an inproc transport of its own. */
export interface OpenDialerOptions extends Partial<Omit<DialOptions, "transports" | "onEvent">> {
  readonly transport?: Transport;
  readonly clock?: VirtualClock;
  readonly urls?: readonly string[];
}

/** A dialler, and all that it tells. Disposing it closes it. */
export interface OpenDialer extends AsyncDisposable {
  readonly dialer: Dialer;
  readonly transport: Transport;
  readonly clock: VirtualClock;
  readonly log: EventLog;
}

/** Begins to dial. */
export function openDialer(options: OpenDialerOptions = {}): OpenDialer {
  const { transport = inproc(), clock = new VirtualClock(), urls = [QUEUE], ...settings } = options;
  const log = new EventLog();
  const dialer = dial(urls, {
    patterns: [new Sub()],
    transports: [transport],
    clock,
    onEvent: log.onEvent,
    ...settings,
  });
  return { dialer, transport, clock, log, [Symbol.asyncDispose]: () => dialer.close() };
}
