/**
 * One request at the hub with the state of every host of its target. A job is over when each host
 * is in a final state, and that always comes: a host that does not answer expires or is lost.
 * @module
 */
import { MAX_REQUEST_LIFE_MS } from "../../envelope/trust/freshness.ts";
import { type Clock, systemClock } from "../../base/clock.ts";
import type { HubMessage } from "../../protocol/agent/messages.ts";
import { type HostState, isFinal, type JobSink } from "../../protocol/job/host_state.ts";
import { stateValidator } from "../../protocol/job/outcome_validation.ts";
import type { InputSource } from "../../protocol/job/job_spec.ts";
import type { JobSpec } from "../../protocol/job/job_spec.ts";
import { InputFeed } from "../input/input_feed.ts";
import {
  AGENT_GONE,
  JobHost,
  type JobMessage,
  type JobSession,
  type ResumedHost,
} from "./job_host.ts";

/** A job that is begun, or taken up again by a later process of the hub. */
export interface ResumableJobSpec extends JobSpec {
  /** The progress of each host in the earlier process; hosts that are not in it begin anew. */
  readonly resumed?: ReadonlyMap<string, ResumedHost>;
}

/**
 * How long an agent that has the command may be away, in milliseconds: longer than the longest wait
 * between two of its tries to come back.
 */
const AWAY_MS = 90_000;

/**
 * How soon the agents that have said nothing of the order are asked whether they have read it, in
 * milliseconds: those that do not know its key never say anything.
 */
const ROLL_CALL_MS = 1_000;

/** Nobody obeys a request that is older, in milliseconds: whoever holds hosts back has forgotten them. */
const LONGEST_HELD_MS = MAX_REQUEST_LIFE_MS;

/** A job under way. */
export class Job {
  /** The id of the request. */
  readonly id: string;
  readonly #order: ResumableJobSpec;
  readonly #hosts: ReadonlyMap<string, JobHost>;
  readonly #clock: Clock;
  readonly #over = Promise.withResolvers<void>();
  readonly #stop = new AbortController();
  /** Who was sent the order since the last roll call. */
  readonly #uncalled: JobHost[] = [];
  #open: number;

  /** Begins to count the time of `order`. */
  constructor(order: ResumableJobSpec, sink: JobSink, clock: Clock = systemClock) {
    this.id = order.id;
    this.#order = order;
    this.#clock = clock;
    const validate = stateValidator(order.message);
    const counting: JobSink = {
      state: (node, state) => {
        const valid = validate(state);
        const keeping = valid && sink.state(node, valid);
        if (isFinal(state)) this.#closeOne();
        return keeping;
      },
      output: (node, output) => sink.output(node, output),
      settle: (node) => sink.settle?.(node),
    };
    const { nodes, resumed, input } = order;
    const asked = { ...order, feed: input && new InputFeed(order.id, input, clock) };
    this.#hosts = new Map(
      nodes.map((node) => [node, new JobHost(node, asked, counting, resumed?.get(node))]),
    );
    this.#open = this.#hosts.size;
    if (this.#open === 0) this.#finish();
    if (resumed) this.#awaitReturns();
    if (order.held) this.#later(LONGEST_HELD_MS, () => this.withhold());
    else this.release(nodes);
  }

  /** What its commands read. */
  get input(): InputSource | undefined {
    return this.#order.input;
  }

  /** Resolves when every host is in a final state. */
  get over(): Promise<void> {
    return this.#over.promise;
  }

  /** The state of each host. */
  states(): ReadonlyMap<string, HostState> {
    return new Map([...this.#hosts].map(([node, host]) => [node, host.state]));
  }

  /** It is the turn of `nodes`: they get the order if they are attached, or as they come. */
  release(nodes: Iterable<string>): void {
    const hosts = [...nodes].flatMap((node) => this.#hosts.get(node) ?? []);
    hosts.forEach((host) => {
      host.release();
      this.#callSoon(host); // check: released-host
    });
    void this.#watchTime(hosts);
  }

  /** Nobody else gets a turn: hosts that have not been released are skipped. */
  withhold(): void {
    for (const host of this.#hosts.values()) host.withhold();
  }

  /** A host has attached, or was attached when the job began. */
  attach(session: JobSession): void {
    const host = this.#hosts.get(session.name);
    if (!host) return;
    host.attach(session);
    this.#callSoon(host); // check: late-host
  }

  /**
   * The connection of `session` is over. An agent that can come back does so within a minute; then
   * it goes on, or says that it does not know how the command ended.
   */
  detach(session: JobSession): void {
    const host = this.#hosts.get(session.name);
    if (host?.detach(session)) this.#later(AWAY_MS, () => host.loseIfStillAway(session));
  }

  /** An agent has said something about this job. */
  receive(session: JobSession, message: JobMessage): void {
    this.#hosts.get(session.name)?.receive(session, message);
  }

  /**
   * Has the command stopped where it runs, or on `node` alone; `message` is the signed cancel that agents
   * ask for.
   */
  cancel(message: HubMessage, node?: string): void {
    if (node !== undefined) return this.#hosts.get(node)?.cancel(message);
    for (const host of this.#hosts.values()) host.cancel(message);
  }

  /** Tells the agents that have the command about it; `message` is a signed confirmation. */
  confirm(message: HubMessage): void {
    for (const host of this.#hosts.values()) host.sendDirective(message);
  }

  /** Ends the job now: hosts that have not answered are skipped, expired, or lost for this `reason`. */
  giveUp(reason: string = AGENT_GONE): void {
    for (const host of this.#hosts.values()) host.giveUp(reason);
  }

  #closeOne(): void {
    if (--this.#open === 0) this.#finish();
  }

  #finish(): void {
    this.#stop.abort();
    this.#over.resolve();
  }

  /** Whoever was under way has until then to attach to this process of the hub. */
  #awaitReturns(): void {
    const away = [...this.#hosts.values()].filter((host) => host.isUnderWay);
    this.#later(AWAY_MS, () => away.forEach((host) => host.loseIfStillAway()));
  }

  #later(ms: number, action: () => void): void {
    this.#clock.sleep(ms, this.#stop.signal).then(action, () => {});
  }

  /** Has a host that was sent the order called on, together with those that follow it soon. */
  #callSoon(host: JobHost): void {
    if (!host.isUnanswered || this.#uncalled.push(host) > 1) return; // check: roll-call
    this.#later(ROLL_CALL_MS, () => this.#uncalled.splice(0).forEach((each) => each.rollCall()));
  }

  async #watchTime(hosts: readonly JobHost[]): Promise<void> {
    const { deliverMs, runMs } = this.#order;
    try {
      await this.#clock.sleep(deliverMs, this.#stop.signal);
      hosts.forEach((host) => host.expire()); // check: delivery-deadline
      await this.#clock.sleep(runMs, this.#stop.signal);
      hosts.forEach((host) => host.giveUp()); // check: run-deadline
    } catch {
      // Stopped: every host has ended.
    }
  }
}
