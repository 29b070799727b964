/**
 * Dispatches jobs, pings and unsigned commands to the agents that are attached, and routes what
 * they answer back to the job. It holds no operator key.
 * @module
 */
import { type Clock, systemClock } from "../../base/clock.ts";
import { decodeEnvelope } from "../../envelope/signing/dsse_envelope.ts";
import { encodeLegacyCommand, type LegacyCommand } from "../../protocol/legacy_command.ts";
import { decodeBody, requirePayloadType } from "../../envelope/signing/payload_type.ts";
import { pongType } from "../../envelope/statements/session_statements.ts";
import { resultType } from "../../envelope/statements/result.ts";
import type { SealedMessage } from "../../protocol/agent/messages.ts";
import {
  type EndpointEvent,
  listen,
  type Listener,
  type Pattern,
  Pub,
  type Published,
  type Transport,
} from "../../sp/mod.ts";
import { type AgentEvent, AgentListener } from "../agents/agent_listener.ts";
import type { AgentSession } from "../agents/agent_session.ts";
import { Job, type ResumableJobSpec } from "./job.ts";
import type { JobMessage } from "./job_host.ts";
import type { JobSink } from "../../protocol/job/host_state.ts";
import { PingRound, type PingSink } from "../agents/ping_round.ts";
import type { Roster } from "../agents/roster.ts";
import type { PinnedKeys } from "../../envelope/keys/public_key.ts";

/** Something that happened at the hub, for its log. */
export type HubEvent =
  | { readonly kind: "wire"; readonly event: EndpointEvent }
  | AgentEvent;

/** Settings of a hub. */
export interface DispatcherOptions {
  /** The URLs to listen on. */
  readonly listen: readonly string[];
  /** The URL schemes that can be used. */
  readonly transports: readonly Transport[];
  /** The version that agents are told. */
  readonly version: string;
  /** Whether agents of the first program may attach and be sent unsigned commands. */
  readonly insecure: boolean;
  /** Which key belongs to which name; by default as it is seen from now on. */
  readonly pins?: PinnedKeys;
  /** Where time comes from; the machine's own clock by default. */
  readonly clock?: Clock;
  /** Told of everything that happens. Must not throw. */
  readonly onEvent?: (event: HubEvent) => void;
}

/** A running hub. Closing it lets go of all agents; they dial again until there is another. */
export class Dispatcher implements AsyncDisposable {
  readonly #options: DispatcherOptions;
  readonly #jobs = new Map<string, Job>();
  readonly #rounds = new Set<PingRound>();
  readonly #listeners: Listener[] = [];
  readonly #agents: AgentListener;
  /** Agents of the first program, which say nothing, not even who they are. */
  readonly #legacy = new Pub();

  /** Use {@linkcode openDispatcher} instead. */
  constructor(options: DispatcherOptions) {
    this.#options = options;
    this.#agents = new AgentListener(options, {
      event: (event) => this.#takeEvent(event),
      message: (session, message) => this.#route(session, message),
    });
  }

  /** The agents that are attached. */
  get roster(): Roster {
    return this.#agents.roster;
  }

  /** Whether it passes on commands that nobody has signed. */
  get insecure(): boolean {
    return this.#options.insecure;
  }

  /** How many agents of the first program are attached. */
  get legacyAgents(): number {
    return this.#legacy.pipes.size;
  }

  /** The URLs that reach this hub. */
  get urls(): string[] {
    return this.#listeners.map((listener) => listener.url);
  }

  /** Listens on `urls`, for agents and for whoever else comes to `others`. */
  async open(urls: readonly string[], others: readonly Pattern[] = []): Promise<void> {
    const { insecure, transports } = this.#options;
    const patterns = [this.#agents.pattern, ...insecure ? [this.#legacy] : [], ...others];
    const onEvent = (event: EndpointEvent) => this.#tell({ kind: "wire", event });
    for (const url of urls) {
      this.#listeners.push(await listen(url, { patterns, transports, onEvent }));
    }
  }

  /**
   * Begins a job: asks the hosts that are attached, and the others as they come.
   * @throws {TypeError} if a job with this id is under way
   */
  submit(order: ResumableJobSpec, sink: JobSink): Job {
    if (this.#jobs.has(order.id)) throw new TypeError(`job ${order.id} is under way already`);
    const job = new Job(order, sink, this.#options.clock ?? systemClock);
    this.#jobs.set(order.id, job);
    this.roster.keep(order.nodes); // check: keys-kept
    job.over.then(() => this.#jobs.delete(order.id));
    for (const node of order.nodes) {
      const session = this.roster.get(node);
      if (session) job.attach(session);
    }
    return job;
  }

  /**
   * Asks `nodes`, or all that are attached, to prove that they are there by signing `nonce`. `sink`
   * is told who is not, and what the others sign.
   */
  ping(nonce: string, sink: PingSink, nodes?: Iterable<string>): PingRound {
    const round = new PingRound(nonce, sink);
    this.#rounds.add(round);
    round.over.then(() => this.#rounds.delete(round));
    const named = nodes && [...nodes];
    const sessions = named ? named.flatMap((node) => this.roster.get(node) ?? []) : this.roster;
    named?.filter((node) => !this.roster.get(node)).forEach((node) => sink.absent(node));
    round.ask(sessions);
    return round;
  }

  /** Sends an unsigned command to the agents of the first program, who do not answer. */
  publish(command: LegacyCommand): Published {
    return this.#legacy.publish(encodeLegacyCommand(command));
  }

  /** Stops listening and lets what waits leave. Jobs that are not over end as they are. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const job of this.#jobs.values()) job.giveUp("the queue was closed");
    await Promise.all(this.#listeners.map((listener) => listener.close()));
  }

  #takeEvent(event: AgentEvent): void {
    this.#tell(event);
    if (event.kind === "arrived") {
      for (const job of this.#jobs.values()) job.attach(event.session);
    } else if (event.kind === "left") {
      for (const job of this.#jobs.values()) job.detach(event.session);
      for (const round of this.#rounds) round.detach(event.session);
    }
  }

  #route(session: AgentSession, message: JobMessage): void {
    if (message.kind === "sealed") return this.#routeSealed(session, message);
    this.#jobs.get(message.id)?.receive(session, message);
  }

  #routeSealed(session: AgentSession, message: SealedMessage): void {
    const envelope = decodeEnvelope(message.envelope);
    if (envelope.payloadType === pongType.name) {
      const { nonce } = decodeBody(envelope.payload, pongType);
      for (const round of this.#rounds) round.receivePong(session, nonce, message.envelope);
      return;
    }
    requirePayloadType(envelope, resultType);
    const { id } = decodeBody(envelope.payload, resultType);
    this.#jobs.get(id)?.receive(session, message);
  }

  #tell(event: HubEvent): void {
    this.#options.onEvent?.(event);
  }
}

/**
 * Opens a hub.
 * @throws {AddressError} if a URL cannot be used
 * @throws {TransportError} if one cannot be listened on
 */
export async function openDispatcher(options: DispatcherOptions): Promise<Dispatcher> {
  const hub = new Dispatcher({ clock: systemClock, ...options });
  try {
    await hub.open(options.listen);
    return hub;
  } catch (error) {
    await hub[Symbol.asyncDispose]();
    throw error;
  }
}
