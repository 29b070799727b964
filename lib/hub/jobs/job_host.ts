/**
 * One host in one job: what was sent to it, what came back, and the state that follows. It verifies
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

/** What a job needs of the way to an agent. */
export type JobSession = Pick<
  AgentSession,
  "name" | "hello" | "key" | "send" | "sendShared" | "flushed" | "takenIn"
>;

/** Why a host is lost when nobody knows better. */
export const AGENT_GONE = "the agent went away and did not come back";

/** Why a host that was not reached by then never will be. */
const CANCELLED = "it was cancelled before it was delivered";

/** What an agent does with a request that it must not answer. */
const UNANSWERED = "it was sent and not answered: the host may not trust the key that signed it";

/** What is asked of every host of a job. */
export interface DispatchedRequest extends Pick<JobSpec, "id" | "digest" | "message"> {
  /** What the commands read while they run, if they do. */
  readonly feed?: InputFeed | undefined;
}

/** How far a host was when an earlier process of the hub ended. */
export interface ResumedHost {
  /** Its state then. */
  readonly state: HostState;
  /** Whether it may have got the order without having said so. */
  readonly sent: boolean;
  /** How many bytes of its output the agent may have forgotten since they were taken. */
  readonly received: number;
}

const NEW_HOST: ResumedHost = { state: { kind: "pending" }, sent: false, received: 0 };

/** The progress of a job on one host. */
export class JobHost {
  readonly #node: string;
  readonly #asked: DispatchedRequest;
  readonly #sink: JobSink;
  readonly #intake: OutputIntake;
  readonly #input: InputSender | undefined;
  #state: HostState;
  #released = false;
  #sent = false;
  /** Whether the time in which the host could have been reached is over. */
  #late = false;
  /** Whether the final state was written down, so that the agent may forget its result. */
  #kept = false;
  /** What an agent that has the order is told about it since: to stop, or that it may stay. */
  #directive: HubMessage | undefined;
  #cancelled = false;
  /** The connection that the agent has now, and the one that it had last. */
  #session: JobSession | undefined;
  #before: JobSession | undefined;

  /** A host that has nothing yet, or as much as it had before the hub was started again. */
  constructor(
    node: string,
    asked: DispatchedRequest,
    sink: JobSink,
    { state, sent, received }: ResumedHost = NEW_HOST,
  ) {
    this.#node = node;
    this.#asked = asked;
    this.#sink = sink;
    this.#state = state;
    this.#sent = sent;
    this.#intake = new OutputIntake({
      take: (output) => this.#handOver(output),
      credit: (taken) => this.#credit(taken),
    }, received);
    this.#input = asked.feed && new InputSender(node, asked.feed);
  }

  /** The state that the host is in. */
  get state(): HostState {
    return this.#state;
  }

  /** Whether the command may be on the host and has not ended. */
  get isUnderWay(): boolean {
    return this.#state.kind !== "pending" && !isFinal(this.#state);
  }

  /** Whether it was sent the order and has said nothing of it. */
  get isUnanswered(): boolean {
    return this.#sent && this.#state.kind === "pending";
  }

  /** It is the turn of this host: it gets the order as soon as it is attached. */
  release(): void {
    if (this.#released) return;
    this.#released = true;
    if (this.#session && this.#state.kind === "pending") this.#send(this.#session);
  }

  /** Its turn does not come, if it has not come yet. */
  withhold(): void {
    if (!this.#released && !this.#sent) this.#become({ kind: "skipped" });
  }

  /**
   * The host is attached over `session`, for the first time or again: sends the order if it is its
   * turn, or says where the output goes on, or finds that the agent has forgotten the job.
   */
  attach(session: JobSession): void {
    this.#session = session;
    const { running, held } = session.hello;
    const known = running.includes(this.#asked.id) || held.includes(this.#asked.id);
    if (isFinal(this.#state)) return known ? this.#acknowledge(session) : undefined;
    if (known) return this.#resume(session);
    if (this.#state.kind !== "pending") {
      return this.#lose("the agent was restarted and does not know the job");
    }
    if (this.#cancelled) return this.#become({ kind: "expired", reason: CANCELLED });
    if (this.#late) return this.#missUnanswered();
    if (this.#released) this.#send(session);
  }

  /** The connection of `session` is over; says whether the agent has the job with it. */
  detach(session: JobSession): boolean {
    if (this.#session !== session) return false;
    this.#session = undefined;
    this.#input?.detach(session);
    this.#before = session;
    if (this.#late) this.#missUnanswered();
    return this.isUnderWay;
  }

  /**
   * The agent has not come back for too long since `session` was over, or since the hub was started
   * again, unless it has.
   */
  loseIfStillAway(session?: JobSession): void {
    const away = !this.#session && this.#before === session;
    if (away && this.isUnderWay) this.#lose(AGENT_GONE);
  }

  /** Takes a message of the agent. Throws nothing that the agent could cause. */
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
   * Finds out whether an agent that was sent the order has read it and says nothing. However late it
   * is: with many agents on a busy machine, answers may wait to be read.
   */
  rollCall(): void {
    const session = this.#session;
    if (!session || !this.isUnanswered) return;
    void session.takenIn().then(() => {
      if (this.#session === session && this.isUnanswered) this.#lose(UNANSWERED);
    });
  }

  /** The time in which the host could have been reached is over, or ends now for `reason`. */
  expire(reason?: string): void {
    this.withhold();
    this.#late = true;
    if (this.isUnanswered) return this.#session ? this.rollCall() : this.#missUnanswered();
    if (this.#state.kind !== "pending") return;
    this.#become({ kind: "expired", ...(reason !== undefined && { reason }) });
  }

  /** The command is to be stopped: an agent that may have it is told so, others never get it. */
  cancel(message: HubMessage): void {
    if (!this.#sent) return this.expire(CANCELLED);
    this.#cancelled = true;
    this.sendDirective(message);
  }

  /** Tells the agent about the order that it has, now or when it comes back. */
  sendDirective(message: HubMessage): void {
    if (!this.#sent || isFinal(this.#state)) return;
    this.#directive = message;
    this.#session?.send(message);
  }

  /** Nobody waits for the agent any longer. */
  giveUp(reason: string = AGENT_GONE): void {
    this.expire();
    this.#lose(reason);
  }

  #missUnanswered(): void {
    if (this.isUnanswered) this.#lose("it was sent, and the agent went away before it said so");
  }

  #send(session: JobSession): void {
    this.#sent = session.send(this.#asked.message) || this.#sent;
  }

  #resume(session: JobSession): void {
    this.#sent = true;
    this.#advance("delivered");
    session.send({ kind: "credit", id: this.#asked.id, received: this.#intake.taken });
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
    const tell = () => void this.#session?.send({ kind: "credit", id: this.#asked.id, received });
    const settling = this.#sink.settle?.(this.#node);
    if (settling) settling.then(tell, () => {});
    else tell();
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
    const { id: asked, digest } = this.#asked;
    return id === asked && agent === this.#node && (digest === "" || request === digest);
  }

  /** Only of what was believed and is kept: a result that came too late stays with its agent. */
  #acknowledge(session: JobSession | undefined): void {
    const { id } = this.#asked;
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
