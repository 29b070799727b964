/**
 * Runs the agent's loop. It dials the hubs, has the gate check each message, hands admitted jobs to
 * the runner, and reports their progress and results.
 * @module
 */
import { messageOf } from "../base/errors.ts";
import { decodeLegacyCommand } from "../protocol/legacy_command.ts";
import { newRequestId } from "../envelope/statements/body_fields.ts";
import { fitHello, pongType } from "../envelope/statements/session_statements.ts";
import type { Outcome } from "../envelope/statements/result.ts";
import { signEnvelope } from "../envelope/signing/sign_envelope.ts";
import type {
  AgentMessage,
  HubMessage,
  Ping,
  Rejected,
  SealedMessage,
  Welcome,
} from "../protocol/agent/messages.ts";
import {
  dial,
  type Dialer,
  type DialOptions,
  type EndpointEvent,
  type PipeEnd,
  Sub,
  type Transport,
} from "../sp/mod.ts";
import type { Admission } from "./admission/admission.ts";
import type { AuditRecorder } from "./audit_recorder.ts";
import type { HubSession, Outbox } from "./hub_link/outbox.ts";
import {
  type DirectiveDecision,
  type DirectiveGate,
  peekDirectiveKind,
} from "./admission/directive_gate.ts";
import type { Gate } from "./admission/gate.ts";
import type { Journal } from "./records/journal.ts";
import { type AgentIdentity, HubSessions } from "./hub_link/hub_sessions.ts";
import type { AnsweredRequest, ResultSigner } from "./jobs/result_signer.ts";
import type { Runner } from "./jobs/runner.ts";

/** An event at the agent, for its log. */
export type AgentEvent =
  | { readonly kind: "wire"; readonly event: EndpointEvent }
  | { readonly kind: "attached"; readonly hubVersion: string }
  | { readonly kind: "malformed"; readonly remote: string; readonly problem: string }
  | { readonly kind: "silent"; readonly remote: string }
  /** The hub knows this `name` by another key. The statement is not authenticated. */
  | { readonly kind: "turned-away"; readonly remote: string; readonly name: string }
  /** The hub speaks a protocol that is too old. */
  | { readonly kind: "outdated-hub"; readonly remote: string; readonly version: string }
  | { readonly kind: "admission"; readonly admission: Admission }
  | { readonly kind: "directive"; readonly decision: DirectiveDecision }
  | { readonly kind: "journal-failed"; readonly error: unknown };

/** The parts of an agent. */
export interface AgentOptions {
  /** The agent's name, key and version. */
  readonly identity: AgentIdentity;
  /** The hubs to dial, one at a time: the next one after a failure. */
  readonly urls: readonly string[];
  /** The available URL schemes. */
  readonly transports: readonly Transport[];
  /** Whether to subscribe to a legacy publisher, too. */
  readonly insecure: boolean;
  /** The facts about its host that the agent publishes. */
  readonly facts: Readonly<Record<string, string>>;
  /** Checks requests. */
  readonly gate: Gate;
  /** Checks messages that release, cancel or confirm a command. */
  readonly directiveGate: DirectiveGate;
  /** Stores requests and their results. */
  readonly journal: Journal;
  /** Sends progress, output and results to the hub. */
  readonly outbox: Outbox;
  /** Runs admitted jobs. */
  readonly runner: Runner;
  /** Signs results. */
  readonly resultSigner: ResultSigner;
  /** Records decisions. */
  readonly auditRecorder: AuditRecorder;
  /** Returns random numbers in [0, 1) that spread the redials. */
  readonly random?: () => number;
  /** Called for every event. Must not throw. */
  readonly onEvent?: (event: AgentEvent) => void;
}

/**
 * The redial intervals. After a refused connection the agent retries soon, because the next
 * one-shot hub may start at any moment. With `insecure` it retries much more often, because a
 * legacy hub lives for only 100 ms.
 */
const REDIAL: Pick<DialOptions, "redialMs" | "maxRedialMs" | "refusedRedialMs"> = {
  redialMs: 500,
  maxRedialMs: 60_000,
  refusedRedialMs: 2_000,
};
const REDIAL_INSECURE: typeof REDIAL = { redialMs: 40, maxRedialMs: 40, refusedRedialMs: 40 };

const ALREADY_RUN: Outcome = {
  kind: "refused",
  code: "already-run",
  reason: "this host has already run the request",
};

/** A request for this host that is refused. */
type Refused = Extract<Admission, { readonly kind: "refuse" }>;

/** A running agent. Closing it stops its commands. */
export class Agent implements AsyncDisposable {
  readonly #options: AgentOptions;
  readonly #sessions: HubSessions;
  readonly #broadcasts = new Sub();
  readonly #dialer: Dialer;
  readonly #reading: Promise<void>;
  /** Sent to hubs; grows with every session. */
  #epoch = Date.now();
  #closing = false;

  /**
   * Creates the agent and starts dialling.
   * @throws {AddressError} if a URL cannot be used
   */
  constructor(options: AgentOptions) {
    this.#options = options;
    this.#sessions = new HubSessions(options.identity, {
      helloFields: () => this.#helloFields(),
      attached: (_link, hubVersion) => this.#emit({ kind: "attached", hubVersion }),
      message: (session, message) => this.#receive(session, message),
      malformed: (remote, problem) => this.#emit({ kind: "malformed", remote, problem }),
      timedOut: (remote) => this.#emit({ kind: "silent", remote }),
      turnedAway: (remote) => this.#turnedAway(remote),
      outdatedHub: (remote, version) => this.#emit({ kind: "outdated-hub", remote, version }),
      detached: (session, _end: PipeEnd) => options.outbox.detached(session),
    });
    this.#broadcasts.subscribe(new Uint8Array());
    this.#dialer = dial(options.urls, this.#dialOptions());
    this.#reading = this.#readBroadcasts();
  }

  /**
   * Stops all commands, signs and sends their results, and disconnects. Messages that arrive
   * meanwhile are not checked, so that the agent's next process can still accept them.
   */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing = true;
    await this.#options.runner[Symbol.asyncDispose]();
    this.#broadcasts.close();
    await this.#dialer.close();
    await this.#reading;
  }

  #dialOptions(): DialOptions {
    const { insecure, transports, random } = this.#options;
    return {
      patterns: insecure ? [this.#sessions.pattern, this.#broadcasts] : [this.#sessions.pattern],
      transports,
      onEvent: (event) => this.#emit({ kind: "wire", event }),
      ...(insecure ? REDIAL_INSECURE : REDIAL),
      ...(random && { random }),
    };
  }

  #helloFields(): ReturnType<ConstructorParameters<typeof HubSessions>[1]["helloFields"]> {
    const { facts, outbox, insecure } = this.#options;
    const { running, held } = outbox;
    const said = { facts, running, held, insecure, clockMs: Date.now(), epoch: this.#epoch++ };
    return fitHello(said);
  }

  #receive(session: HubSession, message: Exclude<HubMessage, Welcome | Rejected>): void {
    const { outbox, gate } = this.#options;
    switch (message.kind) {
      case "ping":
        // A pong confirms that everything before the ping was checked.
        if (!this.#closing) session.send(this.#pong(message));
        return;
      case "credit":
        return outbox.credit(message.id, message.received, session);
      case "ack":
        return this.#acknowledge(message.id);
      case "input":
        return outbox.receiveInput(message);
      case "unsigned":
        if (!this.#closing) this.#applyAdmission(gate.checkUnsigned(message), session);
        return;
      case "sealed":
        if (!this.#closing) this.#receiveSealed(message, session); // check: agent-closing
        return;
      default:
        message satisfies never;
    }
  }

  #pong({ nonce }: Ping): AgentMessage {
    if (nonce === undefined) return { kind: "pong" };
    const { name, key } = this.#options.identity;
    const body = { v: 1, nonce, name, clockMs: Date.now() } as const;
    return { kind: "sealed", envelope: signEnvelope(pongType, body, [key]) };
  }

  #receiveSealed({ envelope, secrets }: SealedMessage, session: HubSession): void {
    const { gate, directiveGate, runner, auditRecorder } = this.#options;
    const kind = peekDirectiveKind(envelope);
    if (kind === undefined) {
      return this.#applyAdmission(gate.checkSigned(envelope, secrets), session);
    }
    const decision = directiveGate.check(kind, envelope);
    this.#emit({ kind: "directive", decision });
    auditRecorder.recordDirective(decision);
    if (decision.kind === "release") runner.release(decision.job);
    if (decision.kind === "cancel") runner.cancel(decision.job);
    if (decision.kind === "confirm") runner.confirm(decision.job);
  }

  /**
   * Marks a result as acknowledged. With a full disk the result is sent again after a restart; hubs
   * recognise it by its id.
   */
  #acknowledge(id: string): void {
    const { outbox, journal } = this.#options;
    outbox.acknowledge(id);
    try {
      // A hub may acknowledge any id, so look before writing: reads are cheap.
      if (journal.resultOf(id)) journal.acknowledged(id);
    } catch (error) {
      this.#emit({ kind: "journal-failed", error });
    }
  }

  #applyAdmission(admission: Admission, session?: HubSession): void {
    const { outbox, runner } = this.#options;
    const problem = this.#recordAdmission(admission);
    this.#emit({ kind: "admission", admission: problem ?? admission });
    switch (admission.kind) {
      case "run":
        if (session) outbox.open(admission.id, session);
        if (!problem) return runner.start(admission.job); // check: run-recorded
        return runner.finish(problem, { ...problem.refusal, kind: "refused" });
      case "refuse":
        // check: refusal-kept
        return this.#answer(admission, { ...admission.refusal, kind: "refused" }, session);
      case "allow": {
        const { rule, summary } = admission;
        return this.#answer(admission, { kind: "allowed", rule, summary }, session);
      }
      case "repeated":
        return this.#answerRepeated(admission, session);
      case "ignore":
        return;
      default:
        admission satisfies never;
    }
  }

  /** Answers a request that is not in the journal. If the answer is lost, the hub asks again. */
  #answer(request: AnsweredRequest, outcome: Outcome, session: HubSession | undefined): void {
    const { id, digest } = request;
    if (
      session?.send({
        kind: "sealed",
        envelope: this.#options.resultSigner.sign({ id, digest }, outcome),
      })
    ) {
      return;
    }
    session?.drop("the hub reads too slowly");
  }

  /** Sends the state of a repeated request again. */
  #answerRepeated(request: AnsweredRequest, session: HubSession | undefined): void {
    const { outbox, journal } = this.#options;
    if (!session) return;
    if (!outbox.has(request.id)) {
      const held = journal.resultOf(request.id);
      if (!held) return this.#answer(request, ALREADY_RUN, session);
      outbox.restore(request.id, held);
    }
    outbox.resume(request.id, session);
  }

  /** Records the decision before the command runs. Returns a refusal if that fails. */
  #recordAdmission(admission: Admission): Refused | undefined {
    try {
      this.#options.auditRecorder.recordAdmission(admission);
    } catch (error) {
      if (admission.kind !== "run") return undefined;
      const reason = messageOf(error);
      const refusal = { code: "no-audit", reason: `cannot write the audit log: ${reason}` };
      return { kind: "refuse", id: admission.id, digest: admission.job.digest, refusal };
    }
    return undefined;
  }

  /**
   * Reads commands of legacy hubs. Their protocol carries no replies, so the outcome is only
   * logged.
   */
  async #readBroadcasts(): Promise<void> {
    for await (const body of this.#broadcasts) {
      const command = decodeLegacyCommand(body);
      if (!command || this.#closing) continue;
      this.#applyAdmission(this.#options.gate.checkUnsigned({ id: newRequestId(), ...command }));
    }
  }

  #turnedAway(remote: string): void {
    this.#emit({ kind: "turned-away", remote, name: this.#options.identity.name });
  }

  #emit(event: AgentEvent): void {
    this.#options.onEvent?.(event);
  }
}
