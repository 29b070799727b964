/**
 * The agent: dials its hub, lets the gate judge what comes, has the runner run it, and reports.
 * Imports `sp` and `envelope`.
 * @module
 */
import { decodeLegacyCommand } from "../protocol/legacy_command.ts";
import { newRequestId } from "../envelope/statements/body_fields.ts";
import { pongType } from "../envelope/statements/session_statements.ts";
import type { Outcome } from "../envelope/statements/result.ts";
import { signEnvelope } from "../envelope/signing/sign_envelope.ts";
import type {
  AgentMessage,
  HubMessage,
  Ping,
  SealedMessage,
  TurnedAway,
  Welcome,
} from "../envelope/session.ts";
import {
  dial,
  type Dialer,
  type DialOptions,
  type EndpointEvent,
  type PipeEnd,
  Sub,
  type Transport,
} from "../sp/mod.ts";
import type { Admission } from "./admission.ts";
import type { AuditTrail } from "./audit_trail.ts";
import type { Courier, Link } from "./courier.ts";
import { type DirectiveDecision, type DirectiveGate, directiveKind } from "./directive_gate.ts";
import type { Gate } from "./gate.ts";
import type { Journal } from "./journal.ts";
import { type AgentIdentity, HubLinks } from "./link.ts";
import type { Answered, ResultSigner } from "./result_signer.ts";
import type { Runner } from "./runner.ts";

/** Something that happened at the agent, for its log. */
export type AgentEvent =
  | { readonly kind: "wire"; readonly event: EndpointEvent }
  | { readonly kind: "greeted"; readonly hubVersion: string }
  | { readonly kind: "malformed"; readonly remote: string; readonly problem: string }
  | { readonly kind: "silent"; readonly remote: string }
  /** A hub knows another agent by the `name` of this one, if it can be believed. */
  | { readonly kind: "turned-away"; readonly remote: string; readonly name: string }
  | { readonly kind: "judged"; readonly admission: Admission }
  | { readonly kind: "directed"; readonly decision: DirectiveDecision }
  | { readonly kind: "journal-failed"; readonly error: unknown };

/** What an agent is made of. */
export interface AgentOptions {
  /** Who the agent is. */
  readonly identity: AgentIdentity;
  /** The queues to dial, one at a time: the next one when one fails. */
  readonly urls: readonly string[];
  /** The URL schemes that can be used. */
  readonly transports: readonly Transport[];
  /** Whether to subscribe to a publisher of the first program, too. */
  readonly insecure: boolean;
  /** What the agent says of its host. */
  readonly facts: Readonly<Record<string, string>>;
  /** Judges what is to be run. */
  readonly gate: Gate;
  /** Judges what is to be stopped, or may stay. */
  readonly directives: DirectiveGate;
  /** Remembers requests and their results. */
  readonly journal: Journal;
  /** Brings what is to be said to the hub. */
  readonly courier: Courier;
  /** Runs what was admitted. */
  readonly runner: Runner;
  /** Signs how requests end. */
  readonly results: ResultSigner;
  /** Records decisions. */
  readonly audit: AuditTrail;
  /** A source of numbers in [0, 1) for the time between two dials. */
  readonly random?: () => number;
  /** Told of everything that happens. Must not throw. */
  readonly onEvent?: (event: AgentEvent) => void;
}

/**
 * How often a queue that is not there is tried. Where nobody listens, the next one-shot queue may
 * be a moment away and the try costs next to nothing. The first program's queue lives for 100 ms,
 * so with `insecure` the tries must come much closer together than is kind to a busy network.
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
  reason: "this request was run here before, and nothing runs twice",
};

/** A request that was meant for this host and is not run. */
type Refused = Extract<Admission, { readonly kind: "refuse" }>;

/** A running agent. Closing it stops its commands. */
export class Agent implements AsyncDisposable {
  readonly #options: AgentOptions;
  readonly #links: HubLinks;
  readonly #broadcasts = new Sub();
  readonly #dialer: Dialer;
  readonly #reading: Promise<void>;
  /** Told to hubs; grows with every session. */
  #epoch = Date.now();
  #closing = false;

  /**
   * Starts dialling.
   * @throws {AddressError} if a URL cannot be used
   */
  constructor(options: AgentOptions) {
    this.#options = options;
    this.#links = new HubLinks(options.identity, {
      present: () => this.#present(),
      greeted: (_link, hubVersion) => this.#tell({ kind: "greeted", hubVersion }),
      message: (link, message) => this.#take(link, message),
      malformed: (remote, problem) => this.#tell({ kind: "malformed", remote, problem }),
      silent: (remote) => this.#tell({ kind: "silent", remote }),
      turnedAway: (remote) => this.#turnedAway(remote),
      detached: (link, _end: PipeEnd) => options.courier.detached(link),
    });
    this.#broadcasts.subscribe(new Uint8Array());
    this.#dialer = dial(options.urls, this.#dialOptions());
    this.#reading = this.#readBroadcasts();
  }

  /**
   * Takes no more requests, stops all commands, says how they ended, and hangs up. What comes in
   * the meantime is not judged, so that it can be sent again to the agent's next process.
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
      patterns: insecure ? [this.#links.pattern, this.#broadcasts] : [this.#links.pattern],
      transports,
      onEvent: (event) => this.#tell({ kind: "wire", event }),
      ...(insecure ? REDIAL_INSECURE : REDIAL),
      ...(random && { random }),
    };
  }

  #present(): ReturnType<ConstructorParameters<typeof HubLinks>[1]["present"]> {
    const { facts, courier, insecure } = this.#options;
    const { running, held } = courier;
    return { facts, running, held, insecure, clockMs: Date.now(), epoch: this.#epoch++ };
  }

  #take(link: Link, message: Exclude<HubMessage, Welcome | TurnedAway>): void {
    const { courier, gate } = this.#options;
    switch (message.kind) {
      case "ping":
        // Who answers has judged what came before.
        if (!this.#closing) link.send(this.#pong(message));
        return;
      case "credit":
        return courier.credited(message.id, message.received, link);
      case "ack":
        return this.#acknowledge(message.id);
      case "input":
        return courier.feed(message);
      case "unsigned":
        if (!this.#closing) this.#act(gate.unsigned(message), link);
        return;
      case "sealed":
        if (!this.#closing) this.#takeSealed(message, link); // check: agent-closing
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

  #takeSealed({ envelope, secrets }: SealedMessage, link: Link): void {
    const { gate, directives, runner, audit } = this.#options;
    const kind = directiveKind(envelope);
    if (kind === undefined) return this.#act(gate.signed(envelope, secrets), link);
    const decision = directives.judge(kind, envelope);
    this.#tell({ kind: "directed", decision });
    audit.directed(decision);
    if (decision.kind === "cancel") runner.cancel(decision.job);
    if (decision.kind === "confirm") runner.confirm(decision.job);
  }

  /** With a full disk the result is offered once more after a restart; hubs know it by its id. */
  #acknowledge(id: string): void {
    const { courier, journal } = this.#options;
    courier.acknowledged(id);
    try {
      // Reading costs little; a hub may acknowledge whatever it likes.
      if (journal.resultOf(id)) journal.acknowledged(id);
    } catch (error) {
      this.#tell({ kind: "journal-failed", error });
    }
  }

  #act(judged: Admission, link?: Link): void {
    const { courier, runner } = this.#options;
    const problem = this.#record(judged);
    this.#tell({ kind: "judged", admission: problem ?? judged });
    switch (judged.kind) {
      case "run":
        if (link) courier.open(judged.id, link);
        if (!problem) return runner.start(judged.job); // check: run-recorded
        return runner.conclude(problem, { ...problem.refusal, kind: "refused" });
      case "refuse":
        // check: refusal-kept
        return this.#answer(judged, { ...judged.refusal, kind: "refused" }, link);
      case "allow": {
        const { rule, summary } = judged;
        return this.#answer(judged, { kind: "allowed", rule, summary }, link);
      }
      case "repeated":
        return this.#repeat(judged, link);
      case "ignore":
        return;
      default:
        judged satisfies never;
    }
  }

  /** For a request of which nothing is kept: should the answer be lost, the hub asks again. */
  #answer(request: Answered, outcome: Outcome, link: Link | undefined): void {
    const { id, digest } = request;
    if (
      link?.send({ kind: "sealed", envelope: this.#options.results.sign({ id, digest }, outcome) })
    ) {
      return;
    }
    link?.drop("the hub reads too slowly");
  }

  /** Says again what is known of a request that came before. */
  #repeat(request: Answered, link: Link | undefined): void {
    const { courier, journal } = this.#options;
    if (!link) return;
    if (!courier.knows(request.id)) {
      const held = journal.resultOf(request.id);
      if (!held) return this.#answer(request, ALREADY_RUN, link);
      courier.restore(request.id, held);
    }
    courier.resume(request.id, link);
  }

  /** What cannot be written down beforehand does not run; gives the refusal for it. */
  #record(admission: Admission): Refused | undefined {
    try {
      this.#options.audit.judged(admission);
    } catch (error) {
      if (admission.kind !== "run") return undefined;
      const reason = error instanceof Error ? error.message : String(error);
      const refusal = { code: "no-audit", reason: `the audit log cannot be written: ${reason}` };
      return { kind: "refuse", id: admission.id, digest: admission.job.digest, refusal };
    }
    return undefined;
  }

  /** The first program's wire has no way back, so what these commands do is only logged. */
  async #readBroadcasts(): Promise<void> {
    for await (const body of this.#broadcasts) {
      const command = decodeLegacyCommand(body);
      if (!command || this.#closing) continue;
      this.#act(this.#options.gate.unsigned({ id: newRequestId(), ...command }));
    }
  }

  #turnedAway(remote: string): void {
    this.#tell({ kind: "turned-away", remote, name: this.#options.identity.name });
  }

  #tell(event: AgentEvent): void {
    this.#options.onEvent?.(event);
  }
}
