/**
 * A pattern with one raw peer after the handshake, and a log of the calls of its sink: `await using
 * pair = await connectRawPeer(new Sub())`.
 * @module
 */
import { decodeUtf8 } from "../../../lib/base/bytes.ts";
import { inproc } from "../../../lib/sp/transports/inproc.ts";
import { listen, type ListenOptions } from "../../../lib/sp/endpoints/listener.ts";
import type { Pattern } from "../../../lib/sp/patterns/pattern.ts";
import type { Pipe } from "../../../lib/sp/wire/pipe.ts";
import { PROTOCOL } from "../../../lib/sp/wire/protocol.ts";
import type { RespondentSink } from "../../../lib/sp/patterns/respondent.ts";
import type { SurveyorSink } from "../../../lib/sp/patterns/surveyor.ts";
import { EndpointEventLog } from "./endpoint_event_log.ts";
import { headerOf, rawDial, type RawPeer } from "./raw_peer.ts";

/** The two ends of one connection. */
export interface RawPatternPair extends AsyncDisposable {
  readonly peer: RawPeer;
  readonly pipe: Pipe;
}

/** Connects a raw peer to `pattern`. */
export async function connectRawPeer(
  pattern: Pattern,
  options: Partial<ListenOptions> = {},
): Promise<RawPatternPair> {
  const transport = inproc();
  const log = new EndpointEventLog();
  const defaults = { patterns: [pattern], transports: [transport], onEvent: log.onEvent };
  const listener = await listen("inproc://hub", { ...defaults, ...options });
  const peer = await rawDial(listener.url, transport);
  peer.send(headerOf(PROTOCOL[pattern.role] ^ 1));
  await peer.read(8);
  const { pipe } = await log.next("attached");
  return {
    peer,
    pipe,
    async [Symbol.asyncDispose]() {
      await Promise.all([listener.close(), peer[Symbol.asyncDispose]()]);
    },
  };
}

/** Records the calls of raw patterns' sinks, as lines of text. */
export class SinkLog {
  /** The lines so far. */
  readonly taken: string[] = [];
  #changed = Promise.withResolvers<void>();

  /** A sink for answers. */
  readonly surveyor: SurveyorSink = {
    attached: () => this.add("attached"),
    answer: (_pipe, id, body) => this.add(`${id} ${decodeUtf8(body)}`),
    malformed: () => this.add("malformed"),
    detached: (_pipe, end) => this.add(`detached: ${end.kind}`),
  };

  /** A sink for surveys. */
  readonly respondent: RespondentSink = {
    attached: () => this.add("attached"),
    survey: ({ body }) => this.add(decodeUtf8(body)),
    malformed: () => this.add("malformed"),
    detached: (_pipe, end) => this.add(`detached: ${end.kind}`),
  };

  /** Adds a line. */
  add(line: string): void {
    this.taken.push(line);
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }

  /** Resolves when there are `count` lines. */
  async length(count: number): Promise<void> {
    while (this.taken.length < count) await this.#changed.promise;
  }
}
