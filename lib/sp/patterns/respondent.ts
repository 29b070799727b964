/**
 * RESPONDENT in both forms (sp-surveyor). The raw form gives access to the header of a survey, so
 * that it can be answered several times and at any time; the agent is built on it.
 *
 * The plain form allows one answer to each survey. It is part of the public wire; in this
 * repository only tests use it.
 * @module
 */
import type { Pipe, PipeEnd } from "../wire/pipe.ts";
import { Inbox } from "./inbox.ts";
import { type Pattern, PipeSet } from "./pattern.ts";
import { splitSurveyMessage } from "./survey_header.ts";

/** A received survey and its way back. */
export interface RawSurvey {
  /** The pipe of the surveyor. */
  readonly pipe: Pipe;
  /** The stack to put in front of every answer, unchanged. */
  readonly header: Uint8Array;
  /** The question. */
  readonly body: Uint8Array;
}

/** Receives the events of a {@linkcode RawRespondent}. Its functions must not throw or wait. */
export interface RespondentSink {
  /** A surveyor was attached. */
  attached?(pipe: Pipe): void;
  /** A survey has arrived; it belongs to the sink. */
  survey(survey: RawSurvey): void;
  /** A message that is not a survey was dropped. */
  malformed?(pipe: Pipe): void;
  /** A surveyor was detached. */
  detached?(pipe: Pipe, end: PipeEnd): void;
}

/** The answering end, without a limit of one answer. */
export class RawRespondent implements Pattern {
  /** The role that its pipes play. */
  readonly role = "respondent";
  /** The surveyors that are attached. */
  readonly pipes: PipeSet = new PipeSet();
  readonly #sink: RespondentSink;

  /** Creates the end; `sink` receives its events. */
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
   * @returns false, sending nothing, when the pipe has ended or the peer reads too slowly
   */
  answer(survey: RawSurvey, ...body: Uint8Array[]): boolean {
    return survey.pipe.send(survey.header, ...body);
  }

  #receive(pipe: Pipe, payload: Uint8Array): void {
    const stacked = splitSurveyMessage(payload);
    // nng closes the connection here; nanomsg and mangos only drop the message, as we do.
    if (stacked) this.#sink.survey({ pipe, ...stacked });
    else this.#sink.malformed?.(pipe);
  }
}

/** A question that can be answered once. */
export interface Survey {
  /** The question. */
  readonly body: Uint8Array;
  /**
   * Sends the answer. Returns false when answered before, or the surveyor has left or is too slow.
   */
  answer(body: Uint8Array): boolean;
}

/** The answering end; read it with `for await`. */
export class Respondent implements Pattern, AsyncIterable<Survey> {
  /** The role that its pipes play. */
  readonly role = "respondent";
  readonly #inbox = new Inbox<Survey>();
  readonly #raw = new RawRespondent({
    survey: (survey) => this.#inbox.put(survey.pipe, this.#once(survey)),
  });

  /** The surveyors that are attached. */
  get pipes(): PipeSet {
    return this.#raw.pipes;
  }

  /** Takes a surveyor. */
  attach(pipe: Pipe): void {
    this.#raw.attach(pipe);
  }

  /** Ends the iteration after the queued surveys. */
  close(): void {
    this.#inbox.close();
  }

  /** Yields the surveys as they arrive. */
  [Symbol.asyncIterator](): AsyncIterator<Survey> {
    return this.#inbox[Symbol.asyncIterator]();
  }

  #once(survey: RawSurvey): Survey {
    let answered = false;
    const answer = (body: Uint8Array) => {
      if (answered) return false;
      answered = true;
      return this.#raw.answer(survey, body);
    };
    return { body: survey.body, answer };
  }
}
