/**
 * One host in one job: what was sent to it, its answers, and the resulting state. It verifies
 * results, and acknowledges them once they are on disk.
 * @module
 */
import { EnvelopeError } from "../../envelope/errors.ts";
import { verifyEnvelope } from "../../envelope/signing/verify_envelope.ts";
import { type Result, resultType } from "../../envelope/statements/result.ts";
import type { AgentMessage, HubMessage } from "../../protocol/agent/messages.ts";
import type { OutputMessage } from "../../protocol/agent/streams.ts";
import type { AgentSession } from "../agents/agent_session.ts";
import {
  canFollow,
  type HostState,
  isFinal,
  type JobSink,
  type VerifiedState,
} from "../../protocol/job/host_state.ts";
import type { JobSpec } from "../../protocol/job/job_spec.ts";
import type { InputFeed } from "../input/input_feed.ts";
import { InputSender } from "../input/input_sender.ts";
import { OutputIntake } from "./output_intake.ts";

/** A message that an agent may send about a job. */
export type JobMessage = Exclude<AgentMessage, { readonly kind: "pong" }>;

/** The part of an agent session that a job uses. */
export type JobSession = Pick<
  AgentSession,
  "name" | "hello" | "key" | "send" | "sendBroadcast" | "flushed" | "takenIn"
>;

/** The default reason for a lost host. */
export const AGENT_GONE = "the agent detached and did not attach again";

/** The reason for a host that a cancel reached before the delivery. */
const CANCELLED = "cancelled before delivery";

/** The reason for a host whose agent ignores the request, as it does with an untrusted key. */
const UNANSWERED = "request sent but not answered: the host may not trust the key that signed it";

/** The request for every host of a job. */
export interface DispatchedRequest extends Pick<JobSpec, "id" | "digest" | "message"> {
  /** Streamed standard input of the commands, if they have any. */
  readonly feed?: InputFeed | undefined;
}

/** The progress of a host when an earlier process of the hub ended. */
export interface ResumedHost {
  /** Its state. */
  readonly state: HostState;
  /** Whether it may have received the request without an answer. */
  readonly sent: boolean;
  /** How many bytes of its output were credited, so that the agent may have dropped them. */
  readonly received: number;
}

const NEW_HOST: ResumedHost = { state: { kind: "pending" }, sent: false, received: 0 };

/** The progress of a job on one host. */
export class JobHost {
  readonly #node: string;
  readonly #request: DispatchedRequest;
  readonly #sink: JobSink;
  readonly #intake: OutputIntake;
  readonly #input: InputSender | undefined;
  #state: HostState;
  #released = false;
  #sent = false;
  /** Whether the delivery deadline has passed. */
  #late = false;
  /** Whether the final state is on disk, so that the agent may drop its result. */
  #kept = false;
  /** The latest directive for an agent that has the request: cancel or confirm. */
  #directive: HubMessage | undefined;
  #cancelled = false;
  /** The signed release, if the request is held. It follows the request. */
  #release: HubMessage | undefined;
  /** The current session of the agent, and the last one. */
  #session: JobSession | undefined;
  #before: JobSession | undefined;

  /** Creates a host without progress, or with its progress before a restart of the hub. */
  constructor(
    node: string,
    request: DispatchedRequest,
    sink: JobSink,
    resumed?: ResumedHost,
  ) {
    const { state, sent, received } = resumed ?? NEW_HOST;
    this.#node = node;
    this.#request = request;
    this.#sink = sink;
    this.#state = state;
    this.#sent = sent;
    this.#intake = new OutputIntake({
      take: (output) => this.#handOver(output),
      credit: (taken) => this.#credit(taken),
    }, received);
    this.#input = request.feed &&
      new InputSender(node, request.feed, { resumed: resumed !== undefined });
  }

  /** The state of the host. */
  get state(): HostState {
    return this.#state;
  }

  /** Whether the command may be on the host and has not ended. */
  get isUnderWay(): boolean {
    return this.#state.kind !== "pending" && !isFinal(this.#state);
  }

  /** Whether it was sent the request and has not answered. */
  get isUnanswered(): boolean {
    return this.#sent && this.#state.kind === "pending";
  }

  /**
   * Releases this host: it receives the request, and then the signed release of a held request, once
   * it is attached. A repeated release may reach an agent that has not received the first one.
   */
  release(message?: HubMessage): void {
    const isFirst = !this.#released;
    this.#released = true;
    this.#release = message ?? this.#release;
    if (!this.#session) return;
    if (!isFirst) this.#sendRelease(this.#session);
    else if (this.#state.kind === "pending") this.#send(this.#session);
    else this.#sendRelease(this.#session);
  }

  /** Skips this host, if it was not released. */
  withhold(): void {
    if (!this.#released && !this.#sent) this.#become({ kind: "skipped" });
  }

  /**
   * Handles an attach over `session`, for the first time or again. It sends the request if the host
   * is released, credits output so that it continues, or finds that the agent has lost the job.
   */
  attach(session: JobSession): void {
    this.#session = session;
    const { running, held } = session.hello;
    const known = running.includes(this.#request.id) || held.includes(this.#request.id);
    if (isFinal(this.#state)) return known ? this.#acknowledge(session) : undefined;
    if (known) return this.#resume(session);
    if (this.#state.kind !== "pending") {
      return this.#lose("the agent restarted and does not know the job");
    }
    if (this.#cancelled) return this.#become({ kind: "expired", reason: CANCELLED });
    if (this.#late) return this.#missUnanswered();
    if (this.#released) this.#send(session);
  }

  /** Notes that the connection of `session` has ended; returns whether the agent has the job. */
  detach(session: JobSession): boolean {
    if (this.#session !== session) return false;
    this.#session = undefined;
    this.#input?.detach(session);
    this.#before = session;
    if (this.#late) this.#missUnanswered();
    return this.isUnderWay;
  }

  /** Marks the host as lost, if it is still detached since `session` ended or the hub restarted. */
  loseIfStillDetached(session?: JobSession): void {
    const away = !this.#session && this.#before === session;
    if (away && this.isUnderWay) this.#lose(AGENT_GONE);
  }

  /** Receives a message of the agent. Never throws for bytes of the agent. */
  receive(session: JobSession, message: JobMessage): void {
    switch (message.kind) {
      case "delivered":
      case "started":
      case "unconfirmed":
        return this.#advance(message.kind);
      case "fed":
        return this.#input?.addCredit(session, message.taken);
      case "enough":
        return this.#input?.finish();
      case "output":
        return isFinal(this.#state) ? undefined : this.#intake.add(message);
      case "sealed":
        return this.#takeResult(session, message.envelope);
      default:
        message satisfies never;
    }
  }

  /**
   * Finds out whether an agent has read the request and ignores it. Many agents on a busy machine
   * may answer late, so the hub does not guess by time.
   */
  rollCall(): void {
    const session = this.#session;
    if (!session || !this.isUnanswered) return;
    void session.takenIn().then(() => {
      if (this.#session === session && this.isUnanswered) this.#lose(UNANSWERED);
    });
  }

  /** Marks an undelivered host as expired: the deadline has passed, or it ends now for `reason`. */
  expire(reason?: string): void {
    this.withhold();
    this.#late = true;
    if (this.isUnanswered) return this.#session ? this.rollCall() : this.#missUnanswered();
    if (this.#state.kind !== "pending") return;
    this.#become({ kind: "expired", ...(reason !== undefined && { reason }) });
  }

  /** Cancels the command: notifies an agent that may have it, and ends the wait for others. */
  cancel(message: HubMessage): void {
    if (!this.#sent) return this.expire(CANCELLED);
    this.#cancelled = true;
    this.sendDirective(message);
  }

  /** Sends a directive to the agent, now or when it attaches again. */
  sendDirective(message: HubMessage): void {
    if (!this.#sent || isFinal(this.#state)) return;
    this.#directive = message;
    this.#session?.send(message);
  }

  /** Stops waiting for the agent. */
  giveUp(reason: string = AGENT_GONE): void {
    this.expire();
    this.#lose(reason);
  }

  #missUnanswered(): void {
    if (this.isUnanswered) this.#lose("the agent detached before it confirmed the request");
  }

  #send(session: JobSession): void {
    this.#sent = session.send(this.#request.message) || this.#sent;
    this.#sendRelease(session);
  }

  #sendRelease(session: JobSession): void {
    if (this.#cancelled) return; // check: cancelled-release
    const mayWait = this.#state.kind === "pending" || this.#state.kind === "delivered";
    if (this.#release && mayWait && this.#sent) session.send(this.#release);
  }

  #resume(session: JobSession): void {
    this.#sent = true;
    this.#advance("delivered");
    session.send({ kind: "credit", id: this.#request.id, received: this.#intake.consumed });
    this.#sendRelease(session);
    if (this.#directive) session.send(this.#directive);
  }

  #advance(kind: "delivered" | "started" | "unconfirmed"): void {
    this.#become({ kind });
  }

  #handOver({ stream, bytes }: OutputMessage): Promise<void> | void {
    this.#advance("started");
    return this.#sink.output(this.#node, { stream, bytes });
  }

  #credit(received: number): void {
    const sendCredit = () =>
      void this.#session?.send({ kind: "credit", id: this.#request.id, received });
    const settling = this.#sink.settle?.(this.#node);
    if (settling) settling.then(sendCredit, () => {});
    else sendCredit();
  }

  #takeResult(session: JobSession, envelope: Uint8Array): void {
    if (isFinal(this.#state)) return this.#acknowledge(session);
    const keys = (keyid: string) => keyid === session.key.keyid ? session.key : undefined;
    try {
      const result = verifyEnvelope(envelope, { payloadType: resultType, keys });
      if (!this.#isOurs(result.body)) return;
      this.#become({ kind: "ended", result, envelope });
    } catch (error) {
      if (!(error instanceof EnvelopeError)) throw error;
    }
  }

  #isOurs({ id, agent, request }: Result): boolean {
    const { id: expected, digest } = this.#request;
    return id === expected && agent === this.#node && (digest === "" || request === digest);
  }

  /**
   * Acknowledges a stored result that was accepted. A result that was too late stays with its
   * agent.
   */
  #acknowledge(session: JobSession | undefined): void {
    const { id } = this.#request;
    if (this.#state.kind === "ended" && this.#kept) session?.send({ kind: "ack", id });
  }

  #lose(reason: string): void {
    this.#become({ kind: "lost", reason });
  }

  #become(state: VerifiedState): void {
    if (!canFollow(this.#state.kind, state.kind)) return;
    if (isFinal(state)) {
      this.#intake.finish();
      this.#input?.finish();
    }
    this.#state = state;
    const keeping = this.#sink.state(this.#node, state);
    if (!isFinal(state)) return;
    if (keeping) keeping.then(() => this.#isKept(), () => {});
    else this.#isKept();
  }

  #isKept(): void {
    this.#kept = true;
    this.#acknowledge(this.#session);
  }
}
