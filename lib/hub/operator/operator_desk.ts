/**
 * Where operators come in: a respondent that answers what their programs ask. Imports `sp`.
 * @module
 */
import { type Pipe, RawRespondent } from "../../sp/mod.ts";
import { type OperatorService, OperatorSession } from "./operator_session.ts";

/** The desk; one for those who need no login, and one for those who do. */
export class OperatorDesk {
  /** The pattern that operators come to. */
  readonly pattern: RawRespondent;
  readonly #sessions = new Map<Pipe, OperatorSession>();

  /** Serves whoever comes. */
  constructor(service: OperatorService) {
    this.pattern = new RawRespondent({
      attached: (pipe) => {
        this.#sessions.set(pipe, new OperatorSession(service, this.pattern));
      },
      survey: (survey) => this.#sessions.get(survey.pipe)?.take(survey),
      detached: (pipe) => {
        this.#sessions.get(pipe)?.[Symbol.dispose]();
        this.#sessions.delete(pipe);
      },
    });
  }
}
