/**
 * Where operators come in: a respondent that answers what their programs ask. Imports `base` and
 * `sp`.
 * @module
 */
import { type Clock, systemClock } from "../../base/clock.ts";
import { SilenceWatch } from "../../base/silence.ts";
import { type Pipe, RawRespondent, type RawSurvey } from "../../sp/mod.ts";
import { Strangers } from "../strangers.ts";
import { type OperatorService, OperatorSession } from "./operator_session.ts";

/** An operator's program. */
interface Visitor {
  readonly session: OperatorSession;
  readonly watch: SilenceWatch;
}

/** The desk; one for those who need no login, and one for those who do. */
export class OperatorDesk {
  /** The pattern that operators come to. */
  readonly pattern: RawRespondent;
  readonly #visitors = new Map<Pipe, Visitor>();
  readonly #strangers = new Strangers<Pipe>();
  readonly #clock: Clock;

  /**
   * Serves whoever comes. A program that was stopped, or has vanished without a word, slows down the
   * hosts whose output it takes; so one that falls silent is let go within 35 seconds.
   */
  constructor(service: OperatorService, clock: Clock = systemClock) {
    this.#clock = clock;
    this.pattern = new RawRespondent({
      attached: (pipe) => this.#welcome(pipe, new OperatorSession(service, this.pattern)),
      survey: (survey) => this.#take(survey),
      malformed: (pipe) => void pipe.close(), // check: operator-survey
      detached: (pipe) => this.#part(pipe),
    });
  }

  #welcome(pipe: Pipe, session: OperatorSession): void {
    const watch = new SilenceWatch(() => void pipe.close(), this.#clock);
    this.#visitors.set(pipe, { session, watch });
    if (session.isIn) return;
    for (const oldest of this.#strangers.add(pipe, this.#clock.monotonic())) void oldest.close();
  }

  #take(survey: RawSurvey): void {
    const { pipe } = survey;
    const visitor = this.#visitors.get(pipe);
    if (!visitor) return;
    visitor.watch.heard();
    if (this.#strangers.says(pipe)) return void pipe.close(); // check: operator-flood
    visitor.session.take(survey);
    if (visitor.session.isIn) this.#strangers.remove(pipe);
  }

  #part(pipe: Pipe): void {
    const visitor = this.#visitors.get(pipe);
    visitor?.session[Symbol.dispose]();
    visitor?.watch[Symbol.dispose]();
    this.#visitors.delete(pipe);
    this.#strangers.remove(pipe);
  }
}
