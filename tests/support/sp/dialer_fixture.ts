/**
 * A dialer whose clock the test moves: `await using fixture = openDialerFixture({ transport })`.
 * @module
 */
import { dial, type Dialer, type DialOptions } from "../../../lib/sp/endpoints/dialer.ts";
import { inproc } from "../../../lib/sp/transports/inproc.ts";
import { Sub } from "../../../lib/sp/patterns/pubsub.ts";
import type { Transport } from "../../../lib/sp/wire/transport.ts";
import { EndpointEventLog } from "./endpoint_event_log.ts";
import { VirtualClock } from "../virtual_clock.ts";

/** The URL that the dialler dials. */
export const LISTENER_URL = "inproc://queue";

/** Settings that differ from a SUB on its own inproc transport. */
export interface DialerFixtureOptions extends Partial<Omit<DialOptions, "transports" | "onEvent">> {
  readonly transport?: Transport;
  readonly clock?: VirtualClock;
  readonly urls?: readonly string[];
}

/** A dialler and its events. Disposing it closes it. */
export interface DialerFixture extends AsyncDisposable {
  readonly dialer: Dialer;
  readonly transport: Transport;
  readonly clock: VirtualClock;
  readonly log: EndpointEventLog;
}

/** Starts to dial. */
export function openDialerFixture(options: DialerFixtureOptions = {}): DialerFixture {
  const { transport = inproc(), clock = new VirtualClock(), urls = [LISTENER_URL], ...settings } =
    options;
  const log = new EndpointEventLog();
  const dialer = dial(urls, {
    patterns: [new Sub()],
    transports: [transport],
    clock,
    onEvent: log.onEvent,
    ...settings,
  });
  return { dialer, transport, clock, log, [Symbol.asyncDispose]: () => dialer.close() };
}
