/**
 * SURVEYOR in its raw form (sp-surveyor): whoever uses it chooses whom to ask, counts the ids,
 * and takes every answer for as long as it likes.
 * @module
 */
import { decodeId, encodeId, splitStack } from "./hops.ts";
import type { Pattern } from "./pattern.ts";
import type { Pipe, PipeEnd } from "./pipe.ts";
import { PipeSet } from "./pipe_set.ts";

/** Receives what happens at a {@linkcode RawSurveyor}. Its functions must not throw or wait. */
export interface SurveyorSink {
  /** A respondent has come. */
  attached?(pipe: Pipe): void;
  /** An answer to survey `id` has come; `body` belongs to the sink. */
  answer(pipe: Pipe, id: number, body: Uint8Array): void;
  /** A message that is no answer was dropped. */
  malformed?(pipe: Pipe): void;
  /** A respondent has gone. */
  detached?(pipe: Pipe, end: PipeEnd): void;
}

/** The asking end, without deadline or bookkeeping. */
export class RawSurveyor implements Pattern {
  /** The role that its pipes play. */
  readonly role = "surveyor";
  /** The respondents that are attached. */
  readonly pipes: PipeSet = new PipeSet();
  readonly #sink: SurveyorSink;

  /** Tells `sink` whatever happens. */
  constructor(sink: SurveyorSink) {
    this.#sink = sink;
  }

  /** Takes a respondent. */
  attach(pipe: Pipe): void {
    this.pipes.add(pipe);
    this.#sink.attached?.(pipe);
    pipe.start({
      message: (_pipe, payload) => this.#receive(pipe, payload),
      detached: (_pipe, end) => {
        this.pipes.delete(pipe);
        this.#sink.detached?.(pipe, end);
      },
    });
  }

  /**
   * Asks one respondent; `id` counts modulo 2^31.
   * @returns false, sending nothing, when the pipe is over or the peer reads too slowly
   */
  ask(pipe: Pipe, id: number, body: Uint8Array): boolean {
    return pipe.send(encodeId(id), body);
  }

  #receive(pipe: Pipe, payload: Uint8Array): void {
    const stacked = splitStack(payload);
    const id = stacked && decodeId(stacked.header);
    if (stacked && id !== undefined) this.#sink.answer(pipe, id, stacked.body);
    else this.#sink.malformed?.(pipe);
  }
}
