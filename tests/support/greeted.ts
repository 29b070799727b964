/**
 * A pattern with one raw peer that has greeted it, and a log of what its sink is told.
 *
 *     await using pair = await greeted(new Sub());
 *     pair.peer.send(encodeFrame("tcp", body));
 * @module
 */
import { fromUtf8 } from "../../lib/base/bytes.ts";
import { inproc } from "../../lib/sp/inproc.ts";
import { listen, type ListenOptions } from "../../lib/sp/listener.ts";
import type { Pattern } from "../../lib/sp/pattern.ts";
import type { Pipe } from "../../lib/sp/pipe.ts";
import { PROTOCOL } from "../../lib/sp/protocol.ts";
import type { RespondentSink } from "../../lib/sp/raw_respondent.ts";
import type { SurveyorSink } from "../../lib/sp/raw_surveyor.ts";
import { EventLog } from "./event_log.ts";
import { headerOf, rawDial, type RawPeer } from "./raw_peer.ts";

/** The two ends of one connection. */
export interface Greeted extends AsyncDisposable {
  readonly peer: RawPeer;
  readonly pipe: Pipe;
}

/** Connects a raw peer to `pattern`. */
export async function greeted(
  pattern: Pattern,
  options: Partial<ListenOptions> = {},
): Promise<Greeted> {
  const transport = inproc();
  const log = new EventLog();
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

/** What the sinks of the raw patterns are told, as lines of text. */
export class SinkLog {
  /** The lines so far. */
  readonly taken: string[] = [];
  #changed = Promise.withResolvers<void>();

  /** A sink for answers. */
  readonly surveyor: SurveyorSink = {
    attached: () => this.add("attached"),
    answer: (_pipe, id, body) => this.add(`${id} ${fromUtf8(body)}`),
    malformed: () => this.add("malformed"),
    detached: (_pipe, end) => this.add(`detached: ${end.kind}`),
  };

  /** A sink for surveys. */
  readonly respondent: RespondentSink = {
    attached: () => this.add("attached"),
    survey: ({ body }) => this.add(fromUtf8(body)),
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
