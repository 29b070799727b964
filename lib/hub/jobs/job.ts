/**
 * One request at the hub with the state of every host of its target. A job is over when each host
 * is in a final state. That always happens: a host that does not answer expires or is lost.
 * @module
 */
import { MAX_REQUEST_LIFE_MS } from "../../envelope/trust/freshness.ts";
import { type Clock, systemClock } from "../../base/clock.ts";
import type { HubMessage } from "../../protocol/agent/messages.ts";
import { type HostState, isFinal, type JobSink } from "../../protocol/job/host_state.ts";
import { stateValidator } from "../../protocol/job/outcome_validation.ts";
import type { InputSource, JobSpec } from "../../protocol/job/job_spec.ts";
import { InputFeed } from "../input/input_feed.ts";
import {
  AGENT_GONE,
  JobHost,
  type JobMessage,
  type JobSession,
  type ResumedHost,
} from "./job_host.ts";

/** A job to start, or to resume after a restart of the hub. */
export interface ResumableJobSpec extends JobSpec {
  /** The progress of each host before the restart; other hosts start anew. */
  readonly resumed?: ReadonlyMap<string, ResumedHost>;
}

/**
 * How long an agent with the command may be detached, in milliseconds. It exceeds the longest
 * redial interval of agents.
 */
const DETACHED_MS = 90_000;

/**
 * How long an agent may take to react to a request before the hub pings it, in milliseconds. Agents
 * that do not trust the key never react.
 */
const ROLL_CALL_MS = 1_000;

/** How long hosts can be held back, in milliseconds. No agent accepts an older request. */
const LONGEST_HELD_MS = MAX_REQUEST_LIFE_MS;

/** A job under way. */
export class Job {
  /** The id of the request. */
  readonly id: string;
  readonly #spec: ResumableJobSpec;
  readonly #hosts: ReadonlyMap<string, JobHost>;
  readonly #clock: Clock;
  readonly #over = Promise.withResolvers<void>();
  readonly #stop = new AbortController();
  /** The hosts that were sent the request since the last roll call. */
  readonly #uncalled: JobHost[] = [];
  #open: number;

  /** Creates the job of `spec` and starts its timers. */
  constructor(spec: ResumableJobSpec, sink: JobSink, clock: Clock = systemClock) {
    this.id = spec.id;
    this.#spec = spec;
    this.#clock = clock;
    const validate = stateValidator(spec.message);
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
    const { nodes, resumed, input } = spec;
    const request = { ...spec, feed: input && new InputFeed(spec.id, input, clock) };
    this.#hosts = new Map(
      nodes.map((node) => [node, new JobHost(node, request, counting, resumed?.get(node))]),
    );
    this.#open = this.#hosts.size;
    if (this.#open === 0) this.#finish();
    if (resumed) this.#awaitReturns();
    if (spec.held) this.#later(LONGEST_HELD_MS, () => this.withhold());
    else this.release(nodes);
  }

  /** The standard input of its commands. */
  get input(): InputSource | undefined {
    return this.#spec.input;
  }

  /** Resolves when every host is in a final state. */
  get over(): Promise<void> {
    return this.#over.promise;
  }

  /** Returns the state of each host. */
  states(): ReadonlyMap<string, HostState> {
    return new Map([...this.#hosts].map(([node, host]) => [node, host.state]));
  }

  /**
   * Releases `nodes`: they receive the request, and the signed release `message` of a held request,
   * now or when they attach.
   */
  release(nodes: Iterable<string>, message?: HubMessage): void {
    const hosts = [...nodes].flatMap((node) => this.#hosts.get(node) ?? []);
    hosts.forEach((host) => {
      host.release(message);
      this.#callSoon(host); // check: released-host
    });
    void this.#watchTime(hosts);
  }

  /** Skips all hosts that were not released. */
  withhold(): void {
    for (const host of this.#hosts.values()) host.withhold();
  }

  /** Notes that a host has attached, or was attached when the job started. */
  attach(session: JobSession): void {
    const host = this.#hosts.get(session.name);
    if (!host) return;
    host.attach(session);
    this.#callSoon(host); // check: late-host
  }

  /**
   * Notes that the connection of `session` has ended. A live agent redials within a minute. It then
   * resumes, or reports that the end of the command is unknown.
   */
  detach(session: JobSession): void {
    const host = this.#hosts.get(session.name);
    if (host?.detach(session)) this.#later(DETACHED_MS, () => host.loseIfStillDetached(session));
  }

  /** Receives an agent's message about this job. */
  receive(session: JobSession, message: JobMessage): void {
    this.#hosts.get(session.name)?.receive(session, message);
  }

  /**
   * Cancels the job, or only its command on `node`; `message` is the signed cancel for the agents.
   */
  cancel(message: HubMessage, node?: string): void {
    if (node !== undefined) return this.#hosts.get(node)?.cancel(message);
    for (const host of this.#hosts.values()) host.cancel(message);
  }

  /** Sends the signed confirmation `message` to the agents that have the command. */
  confirm(message: HubMessage): void {
    for (const host of this.#hosts.values()) host.sendDirective(message);
  }

  /**
   * Ends the job now: hosts without a final state are skipped, expired, or lost for this `reason`.
   */
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

  /** Waits until the detached hosts under way attach to this process of the hub, or are lost. */
  #awaitReturns(): void {
    const detached = [...this.#hosts.values()].filter((host) => host.isUnderWay);
    this.#later(DETACHED_MS, () => detached.forEach((host) => host.loseIfStillDetached()));
  }

  #later(ms: number, action: () => void): void {
    this.#clock.sleep(ms, this.#stop.signal).then(action, () => {});
  }

  /**
   * Schedules a roll call for a host that was sent the request, together with those that follow
   * soon.
   */
  #callSoon(host: JobHost): void {
    if (!host.isUnanswered || this.#uncalled.push(host) > 1) return; // check: roll-call
    this.#later(ROLL_CALL_MS, () => this.#uncalled.splice(0).forEach((each) => each.rollCall()));
  }

  async #watchTime(hosts: readonly JobHost[]): Promise<void> {
    const { deliverMs, runMs } = this.#spec;
    try {
      await this.#clock.sleep(deliverMs, this.#stop.signal);
      hosts.forEach((host) => host.expire()); // check: delivery-deadline
      await this.#clock.sleep(runMs, this.#stop.signal);
      hosts.forEach((host) => host.giveUp()); // check: run-deadline
    } catch {
      // Stopped: every host is in a final state.
    }
  }
}
