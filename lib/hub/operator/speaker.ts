/**
 * Answers to one ask, in order, at the pace of whoever reads them. Imports `sp`.
 * @module
 */
import type { RawRespondent, RawSurvey } from "../../sp/mod.ts";
import { type Answer, costOf, encodeAnswer, type OutputAnswer } from "./answers.ts";

/** While more bytes than this wait for the operator's program to read, answers wait, too. */
const MAX_QUEUED = 2_097_152;
/** How much output, by its cost, may be under way that the operator's program has not taken yet. */
export const FOLLOW_WINDOW = 4_194_304;

/** Says answers until it is told to be silent. */
export class Speaker {
  readonly #pattern: RawRespondent;
  readonly #survey: RawSurvey;
  #last: Promise<void> | undefined;
  #silent = false;
  #said = 0;
  #taken = 0;
  #room = Promise.withResolvers<void>();

  /** Answers `survey`. */
  constructor(pattern: RawRespondent, survey: RawSurvey) {
    this.#pattern = pattern;
    this.#survey = survey;
  }

  /** Takes nothing more to say. What was to be said before still is. */
  silence(): void {
    this.#silent = true;
    this.#room.resolve();
  }

  /** Says something, after all that was to be said before; a promise, which never rejects, if that takes time. */
  say(answer: Answer): Promise<void> | void {
    if (this.#silent) return;
    const { pipe } = this.#survey;
    if (!this.#last && pipe.queued <= MAX_QUEUED) return this.#send(answer);
    const said = (this.#last ?? Promise.resolve()).then(async () => {
      if (pipe.queued > MAX_QUEUED) await pipe.flushed();
      this.#send(answer);
    });
    this.#last = said;
    said.then(() => {
      if (this.#last === said) this.#last = undefined;
    });
    return said;
  }

  /** Says what a host has printed; the promise is resolved once there is room for more. */
  async output(answer: OutputAnswer): Promise<void> {
    this.#said += costOf(answer);
    await this.say(answer);
    while (!this.#silent && this.#said - this.#taken >= FOLLOW_WINDOW) await this.#room.promise;
  }

  /** Output that cost so much has been taken. */
  taken(cost: number): void {
    this.#taken = Math.min(cost, this.#said);
    this.#room.resolve();
    this.#room = Promise.withResolvers<void>();
  }

  #send(answer: Answer): void {
    // Only a pipe that is over refuses now, and then there is nobody to be told.
    this.#pattern.answer(this.#survey, ...encodeAnswer(answer));
  }
}
