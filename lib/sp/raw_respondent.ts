/**
 * RESPONDENT in its raw form (sp-surveyor): the stack of a survey is handed out with it, so that
 * it can be answered as often and as late as wanted.
 * @module
 */
import { splitStack } from "./hops.ts";
import type { Pattern } from "./pattern.ts";
import type { Pipe, PipeEnd } from "./pipe.ts";
import { PipeSet } from "./pipe_set.ts";

/** A survey that has come, and the way back. */
export interface RawSurvey {
  /** Where it came from. */
  readonly pipe: Pipe;
  /** The stack to put in front of every answer, unchanged. */
  readonly header: Uint8Array;
  /** The question. */
  readonly body: Uint8Array;
}

/** Receives what happens at a {@linkcode RawRespondent}. Its functions must not throw or wait. */
export interface RespondentSink {
  /** A surveyor has come. */
  attached?(pipe: Pipe): void;
  /** A survey has come; it belongs to the sink. */
  survey(survey: RawSurvey): void;
  /** A message that is no survey was dropped. */
  malformed?(pipe: Pipe): void;
  /** A surveyor has gone. */
  detached?(pipe: Pipe, end: PipeEnd): void;
}

/** The answering end, without a limit of one answer. */
export class RawRespondent implements Pattern {
  /** The role that its pipes play. */
  readonly role = "respondent";
  /** The surveyors that are attached. */
  readonly pipes: PipeSet = new PipeSet();
  readonly #sink: RespondentSink;

  /** Tells `sink` whatever happens. */
  constructor(sink: RespondentSink) {
    this.#sink = sink;
  }

  /** Takes a surveyor. */
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
   * Answers `survey` with a body made of parts, as in {@linkcode Pipe.send}.
   * @returns false, sending nothing, when the pipe is over or the peer reads too slowly
   */
  answer(survey: RawSurvey, ...body: Uint8Array[]): boolean {
    return survey.pipe.send(survey.header, ...body);
  }

  #receive(pipe: Pipe, payload: Uint8Array): void {
    const stacked = splitStack(payload);
    // nng closes the connection here; nanomsg and mangos only drop the message, and so do we.
    if (stacked) this.#sink.survey({ pipe, ...stacked });
    else this.#sink.malformed?.(pipe);
  }
}
