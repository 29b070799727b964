/**
 * Dispatches jobs, pings and unsigned commands to the attached agents, and routes their answers
 * back to the job. It holds no operator key.
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
  PeerBudget,
  Pub,
  type Published,
  type Transport,
} from "../../sp/mod.ts";
import {
  type AgentEvent,
  AgentListener,
  type AgentListenerOptions,
} from "../agents/agent_listener.ts";
import type { AgentSession } from "../agents/agent_session.ts";
import { Job, type ResumableJobSpec } from "./job.ts";
import type { JobMessage } from "./job_host.ts";
import type { JobSink } from "../../protocol/job/host_state.ts";
import { PingRound, type PingSink } from "../agents/ping_round.ts";
import type { Roster } from "../agents/roster.ts";
import type { PinnedKeys } from "../../envelope/keys/public_key.ts";

/** An event of the hub, for its log. */
export type HubEvent =
  | { readonly kind: "wire"; readonly event: EndpointEvent }
  | AgentEvent;

/** Options of a dispatcher. */
export interface DispatcherOptions {
  /** The URLs to listen on. */
  readonly listen: readonly string[];
  /** The available URL schemes. */
  readonly transports: readonly Transport[];
  /** The version that the hub sends to agents. */
  readonly version: string;
  /** Whether legacy agents may attach and receive unsigned commands. */
  readonly insecure: boolean;
  /** The pinned keys by name; by default pinned from now on. */
  readonly pins?: PinnedKeys;
  /** Tells whether an agent is known, as in {@linkcode AgentListenerOptions.isKnown}. */
  readonly isKnown?: AgentListenerOptions["isKnown"];
  /** The memory for hellos, as in {@linkcode AgentListenerOptions.hellos}. */
  readonly hellos?: AgentListenerOptions["hellos"];
  /** The budget of all network peers; one with the default limits by default. */
  readonly budget?: PeerBudget;
  /** The source of time; the system clock by default. */
  readonly clock?: Clock;
  /** Called for every event. Must not throw. */
  readonly onEvent?: (event: HubEvent) => void;
}

/** Dispatches jobs. Closing it disconnects all agents, which redial until there is another hub. */
export class Dispatcher implements AsyncDisposable {
  readonly #options: DispatcherOptions;
  readonly #jobs = new Map<string, Job>();
  readonly #rounds = new Set<PingRound>();
  readonly #listeners: Listener[] = [];
  readonly #agents: AgentListener;
  readonly #budget: PeerBudget;
  /** Legacy agents, which send nothing, not even a name. */
  readonly #legacy = new Pub();

  /** Use {@linkcode openDispatcher} instead. */
  constructor(options: DispatcherOptions) {
    this.#options = options;
    this.#budget = options.budget ?? new PeerBudget();
    this.#agents = new AgentListener(options, {
      event: (event) => this.#takeEvent(event),
      message: (session, message) => this.#route(session, message),
    });
  }

  /** The attached agents. */
  get roster(): Roster {
    return this.#agents.roster;
  }

  /** Whether it sends unsigned commands. */
  get insecure(): boolean {
    return this.#options.insecure;
  }

  /** The number of attached legacy agents. */
  get legacyAgents(): number {
    return this.#legacy.pipes.size;
  }

  /** The URLs that reach this hub. */
  get urls(): string[] {
    return this.#listeners.map((listener) => listener.url);
  }

  /** Listens on `urls`, for agents and for the patterns in `others`. */
  async open(urls: readonly string[], others: readonly Pattern[] = []): Promise<void> {
    const { insecure, transports } = this.#options;
    const patterns = [this.#agents.pattern, ...insecure ? [this.#legacy] : [], ...others];
    const onEvent = (event: EndpointEvent) => this.#tell({ kind: "wire", event });
    // Legacy agents cannot authenticate.
    const limits = { budget: this.#budget, openRoles: ["pub" as const] };
    for (const url of urls) {
      this.#listeners.push(await listen(url, { patterns, transports, onEvent, ...limits }));
    }
  }

  /**
   * Starts a job: sends it to the attached hosts, and to the others when they attach.
   * @throws {TypeError} if a job with this id is under way
   */
  submit(spec: ResumableJobSpec, sink: JobSink): Job {
    if (this.#jobs.has(spec.id)) throw new TypeError(`job ${spec.id} is running already`);
    const job = new Job(spec, sink, this.#options.clock ?? systemClock);
    this.#jobs.set(spec.id, job);
    this.roster.keep(spec.nodes); // check: keys-kept
    job.over.then(() => this.#jobs.delete(spec.id));
    for (const node of spec.nodes) {
      const session = this.roster.get(node);
      if (session) job.attach(session);
    }
    return job;
  }

  /**
   * Pings `nodes`, or all attached hosts: each signs `nonce`. `sink` receives the pongs and the
   * absent hosts.
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

  /** Sends an unsigned command to the legacy agents, which do not answer. */
  publish(command: LegacyCommand): Published {
    return this.#legacy.publish(encodeLegacyCommand(command));
  }

  /** Stops listening and sends what is queued. Unfinished jobs keep their state. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const job of this.#jobs.values()) job.giveUp("the hub was stopped");
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
 * Opens a dispatcher: listens for agents.
 * @throws {AddressError} if a URL cannot be used
 * @throws {TransportError} if listening on a URL fails
 */
export async function openDispatcher(options: DispatcherOptions): Promise<Dispatcher> {
  const dispatcher = new Dispatcher({ clock: systemClock, ...options });
  try {
    await dispatcher.open(options.listen);
    return dispatcher;
  } catch (error) {
    await dispatcher[Symbol.asyncDispose]();
    throw error;
  }
}
