/**
 * One host in one job: what was sent to it, what came back, and the state that follows from that.
 * Imports `envelope`.
 * @module
 */
import { EnvelopeError } from "../envelope/errors.ts";
import { open } from "../envelope/open.ts";
import { type Result, resultType } from "../envelope/result.ts";
import { type AgentMessage, type HubMessage, type Output, WINDOW } from "../envelope/session.ts";
import type { AgentSession } from "./agent_session.ts";
import { type HostState, isFinal } from "./host_state.ts";

/** Receives what becomes known of the hosts of a job. */
export interface JobSink {
  /** `node` is in a new state. Must not throw. */
  state(node: string, state: HostState): void;
  /**
   * Output has come. When this returns a promise, the host may run ahead of it by no more than
   * the window of the session, so a slow reader slows the command down and nothing piles up.
   */
  output(node: string, output: Pick<Output, "stream" | "bytes">): Promise<void> | void;
}

/** A message that an agent may send about a job. */
export type JobMessage = Extract<
  AgentMessage,
  { readonly kind: "delivered" | "started" | "output" | "sealed" }
>;

/** The progress of a job on one host. */
export class JobHost {
  readonly #node: string;
  readonly #id: string;
  readonly #digest: string;
  readonly #sink: JobSink;
  #state: HostState = { kind: "pending" };
  #sent = false;
  /** How many bytes of output have come, and how many of them the sink is done with. */
  #received = 0;
  #credited = 0;
  #taking: Promise<void> | undefined;

  /** A host that has nothing yet. */
  constructor(node: string, asked: { id: string; digest: string }, sink: JobSink) {
    this.#node = node;
    this.#id = asked.id;
    this.#digest = asked.digest;
    this.#sink = sink;
  }

  /** The state that the host is in. */
  get state(): HostState {
    return this.#state;
  }

  /**
   * The host is attached over `session`, for the first time or again: sends `order`, or says where
   * the output goes on, or finds that the agent has forgotten the job.
   */
  meet(session: AgentSession, order: HubMessage): void {
    if (isFinal(this.#state)) return;
    const { running, held } = session.hello;
    if (running.includes(this.#id) || held.includes(this.#id)) {
      session.send({ kind: "credit", id: this.#id, received: this.#received });
    } else if (this.#state.kind === "pending") {
      this.#sent = session.send(order) || this.#sent;
    } else {
      this.#become({ kind: "lost", reason: "the agent was restarted and does not know the job" });
    }
  }

  /** Takes a message of the agent. Throws nothing that the agent could cause. */
  take(session: AgentSession, message: JobMessage): void {
    switch (message.kind) {
      case "delivered":
        return this.#advance("delivered");
      case "started":
        return this.#advance("started");
      case "output":
        return this.#takeOutput(session, message);
      case "sealed":
        return this.#takeResult(session, message.envelope);
      default:
        message satisfies never;
    }
  }

  /** The time in which the host could have been reached is over. */
  expire(): void {
    if (this.#state.kind !== "pending") return;
    this.#become(
      this.#sent
        ? { kind: "lost", reason: "it was sent, and the agent did not say whether it came" }
        : { kind: "expired" },
    );
  }

  /** The time in which the agent could have answered is over. */
  giveUp(): void {
    this.expire();
    if (!isFinal(this.#state)) {
      this.#become({ kind: "lost", reason: "the agent went away and did not come back" });
    }
  }

  #advance(kind: "delivered" | "started"): void {
    const order = ["pending", "delivered", "started"];
    if (order.indexOf(kind) > order.indexOf(this.#state.kind) && !isFinal(this.#state)) {
      this.#become({ kind });
    }
  }

  #takeOutput(session: AgentSession, output: Output): void {
    // What was sent again after a lost connection begins before what is known.
    if (isFinal(this.#state) || output.offset !== this.#received) return;
    this.#advance("started");
    this.#received += output.bytes.length;
    const busy = this.#taking;
    const taken = busy
      ? busy.then(() => this.#sink.output(this.#node, output))
      : this.#sink.output(this.#node, output);
    const upTo = this.#received;
    if (taken) this.#taking = taken.then(() => this.#credit(session, upTo), () => {});
    else this.#credit(session, upTo);
  }

  /** Lets the agent go on once half of the window has been taken. */
  #credit(session: AgentSession, received: number): void {
    if (received === this.#received) this.#taking = undefined;
    if (received - this.#credited < WINDOW / 2) return;
    this.#credited = received;
    session.send({ kind: "credit", id: this.#id, received });
  }

  #takeResult(session: AgentSession, envelope: Uint8Array): void {
    const keys = (keyid: string) => keyid === session.key.keyid ? session.key : undefined;
    try {
      const result = open(envelope, { payloadType: resultType, keys });
      if (!this.#isOurs(result.body)) return;
      const end = () => {
        this.#become({ kind: "ended", result });
        session.send({ kind: "ack", id: this.#id });
      };
      if (this.#taking) void this.#taking.then(end);
      else end();
    } catch (error) {
      if (!(error instanceof EnvelopeError)) throw error;
    }
  }

  #isOurs({ id, agent, request }: Result): boolean {
    return id === this.#id && agent === this.#node && request === this.#digest;
  }

  #become(state: HostState): void {
    if (isFinal(this.#state)) return;
    this.#state = state;
    this.#sink.state(this.#node, state);
  }
}
