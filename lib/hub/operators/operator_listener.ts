/**
 * Accepts operators' programs on the control socket or, with a login, from other machines. A silent
 * program is disconnected, because it slows down the hosts whose output it reads.
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

/** Listens for operators, with or without a login. */
export class OperatorListener {
  /** The pattern that operators connect to. */
  readonly pattern: RawRespondent;
  readonly #peers = new Map<Pipe, OperatorPeer>();
  readonly #unauthenticated: UnauthenticatedPeers<Pipe>;
  readonly #clock: Clock;

  /**
   * Serves operators' programs. A stopped or vanished program slows down the hosts whose output it
   * reads. So a silent one is disconnected within 35 seconds.
   */
  constructor(service: OperatorService, clock: Clock = systemClock) {
    this.#clock = clock;
    this.#unauthenticated = new UnauthenticatedPeers((pipe) => void pipe.close(), clock);
    this.pattern = new RawRespondent({
      attached: (pipe) => this.#add(pipe, new OperatorSession(service, this.pattern, pipe)),
      survey: (survey) => this.#take(survey),
      malformed: (pipe) => void pipe.close(), // check: operator-survey
      detached: (pipe) => this.#remove(pipe),
    });
  }

  /** Ends the connections of operators whose keys are gone, have expired or have other rights. */
  recheck(): void {
    for (const { session } of [...this.#peers.values()]) session.recheck();
  }

  #add(pipe: Pipe, session: OperatorSession): void {
    const watch = new IdleTimeout(() => void pipe.close(), this.#clock);
    this.#peers.set(pipe, { session, watch });
    if (session.isLoggedIn) pipe.authenticate(true);
    else this.#unauthenticated.add(pipe);
  }

  #take(survey: RawSurvey): void {
    const { pipe } = survey;
    const peer = this.#peers.get(pipe);
    if (!peer) return;
    peer.watch.heard();
    if (this.#unauthenticated.countMessage(pipe)) return void pipe.close(); // check: operator-flood
    peer.session.receive(survey);
    if (!peer.session.isLoggedIn) return;
    this.#unauthenticated.remove(pipe);
    pipe.authenticate(true); // an operator has the reserved part of every budget
  }

  #remove(pipe: Pipe): void {
    const peer = this.#peers.get(pipe);
    peer?.session[Symbol.dispose]();
    peer?.watch[Symbol.dispose]();
    this.#peers.delete(pipe);
    this.#unauthenticated.remove(pipe);
  }
}
