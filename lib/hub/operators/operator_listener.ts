/**
 * Accepts operators' programs on the control socket or, with a login, from other machines. A
 * program that falls silent is disconnected, because it slows down the hosts whose output it reads.
 * @module
 */
import { type Clock, systemClock } from "../../base/clock.ts";
import { IdleTimeout } from "../../base/heartbeat.ts";
import { type Pipe, RawRespondent, type RawSurvey } from "../../sp/mod.ts";
import { UnauthenticatedPeers } from "../agents/unauthenticated_peers.ts";
import { type OperatorService, OperatorSession } from "./operator_session.ts";

/** An operator's program. */
interface OperatorPeer {
  readonly session: OperatorSession;
  readonly watch: IdleTimeout;
}

/** The desk; one for those who need no login, and one for those who do. */
export class OperatorListener {
  /** The pattern that operators come to. */
  readonly pattern: RawRespondent;
  readonly #visitors = new Map<Pipe, OperatorPeer>();
  readonly #strangers = new UnauthenticatedPeers<Pipe>();
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
    const watch = new IdleTimeout(() => void pipe.close(), this.#clock);
    this.#visitors.set(pipe, { session, watch });
    if (session.isLoggedIn) return;
    for (const oldest of this.#strangers.add(pipe, this.#clock.monotonic())) void oldest.close();
  }

  #take(survey: RawSurvey): void {
    const { pipe } = survey;
    const visitor = this.#visitors.get(pipe);
    if (!visitor) return;
    visitor.watch.heard();
    if (this.#strangers.countMessage(pipe)) return void pipe.close(); // check: operator-flood
    visitor.session.receive(survey);
    if (visitor.session.isLoggedIn) this.#strangers.remove(pipe);
  }

  #part(pipe: Pipe): void {
    const visitor = this.#visitors.get(pipe);
    visitor?.session[Symbol.dispose]();
    visitor?.watch[Symbol.dispose]();
    this.#visitors.delete(pipe);
    this.#strangers.remove(pipe);
  }
}
