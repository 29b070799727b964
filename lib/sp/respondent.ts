/**
 * RESPONDENT (sp-surveyor): receives surveys and may answer each of them once.
 * @module
 */
import { Inbox } from "./inbox.ts";
import type { Pattern } from "./pattern.ts";
import type { Pipe } from "./pipe.ts";
import type { PipeSet } from "./pipe_set.ts";
import { RawRespondent, type RawSurvey } from "./raw_respondent.ts";

/** A question that can be answered once. */
export interface Survey {
  /** The question. */
  readonly body: Uint8Array;
  /** Answers it. Returns false when it was answered before, or the surveyor is gone or too slow. */
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

  /** Ends the iteration once all that waits has been read. */
  close(): void {
    this.#inbox.close();
  }

  /** Yields the surveys as they come. */
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
