/**
 * The agent: dials its hub, lets the gate judge what comes, has the runner run it, and reports.
 * Imports `sp` and `envelope`.
 * @module
 */
import { decodeLegacy } from "../envelope/legacy.ts";
import { newRequestId } from "../envelope/body_fields.ts";
import type { Refused } from "../envelope/result.ts";
import type { HubMessage, Welcome } from "../envelope/session.ts";
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
import type { Gate } from "./gate.ts";
import type { Journal } from "./journal.ts";
import { type AgentIdentity, HubLinks } from "./link.ts";
import type { Runner } from "./runner.ts";

/** Something that happened at the agent, for its log. */
export type AgentEvent =
  | { readonly kind: "wire"; readonly event: EndpointEvent }
  | { readonly kind: "greeted"; readonly hubVersion: string }
  | { readonly kind: "malformed"; readonly remote: string; readonly problem: string }
  | { readonly kind: "judged"; readonly admission: Admission };

/** What an agent is made of. */
export interface AgentOptions {
  readonly identity: AgentIdentity;
  /** The queues to dial, one at a time: the next one when one fails. */
  readonly urls: readonly string[];
  readonly transports: readonly Transport[];
  /** Whether to subscribe to a publisher of the first program, too. */
  readonly insecure: boolean;
  readonly facts: Readonly<Record<string, string>>;
  readonly gate: Gate;
  readonly journal: Journal;
  readonly courier: Courier;
  readonly runner: Runner;
  readonly audit: AuditTrail;
  /** Told of everything that happens. Must not throw. */
  readonly onEvent?: (event: AgentEvent) => void;
}

/**
 * How often a queue that is not there is tried. The first program's queue lives for 100 ms, so
 * with `insecure` the tries must come much closer together than is kind to a busy network.
 */
const REDIAL: Pick<DialOptions, "redialMs" | "maxRedialMs"> = {
  redialMs: 500,
  maxRedialMs: 60_000,
};
const REDIAL_INSECURE: typeof REDIAL = { redialMs: 40, maxRedialMs: 40 };

const ALREADY_RUN: Refused = {
  kind: "refused",
  code: "already-run",
  reason: "this request was run here before, and nothing runs twice",
};

/** A running agent. Closing it stops its commands. */
export class Agent implements AsyncDisposable {
  readonly #options: AgentOptions;
  readonly #links: HubLinks;
  readonly #broadcasts = new Sub();
  readonly #dialer: Dialer;
  readonly #reading: Promise<void>;
  /** Told to hubs; grows with every session. */
  #epoch = Date.now();

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
      detached: (link, _end: PipeEnd) => options.courier.detached(link),
    });
    this.#broadcasts.subscribe(new Uint8Array());
    this.#dialer = dial(options.urls, this.#dialOptions());
    this.#reading = this.#readBroadcasts();
  }

  /** Hangs up, stops all commands, and waits until nothing is left. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#options.runner[Symbol.asyncDispose]();
    this.#broadcasts.close();
    await this.#dialer.close();
    await this.#reading;
  }

  #dialOptions(): DialOptions {
    const { insecure, transports } = this.#options;
    return {
      patterns: insecure ? [this.#links.pattern, this.#broadcasts] : [this.#links.pattern],
      transports,
      onEvent: (event) => this.#tell({ kind: "wire", event }),
      ...(insecure ? REDIAL_INSECURE : REDIAL),
    };
  }

  #present(): ReturnType<ConstructorParameters<typeof HubLinks>[1]["present"]> {
    const { facts, courier, insecure } = this.#options;
    const { running, held } = courier;
    return { facts, running, held, insecure, clockMs: Date.now(), epoch: this.#epoch++ };
  }

  #take(link: Link, message: Exclude<HubMessage, Welcome>): void {
    const { courier, journal, gate } = this.#options;
    switch (message.kind) {
      case "ping":
        return void link.send({ kind: "pong" });
      case "credit":
        return courier.credited(message.id, message.received, link);
      case "ack":
        journal.acknowledged(message.id);
        return courier.acknowledged(message.id);
      case "unsigned":
        return this.#act(gate.unsigned(message), link);
      case "sealed":
        return this.#act(gate.signed(message.envelope), link);
      default:
        message satisfies never;
    }
  }

  #act(judged: Admission, link?: Link): void {
    const { courier, runner } = this.#options;
    const admission = this.#record(judged);
    this.#tell({ kind: "judged", admission });
    if (link && "id" in admission && admission.kind !== "repeated") {
      courier.open(admission.id, link);
    }
    switch (admission.kind) {
      case "run":
        return runner.start(admission.job);
      case "refuse":
        return runner.answer(admission, { kind: "refused", ...admission.refusal });
      case "allow":
        return runner.answer(admission, {
          kind: "allowed",
          rule: admission.rule,
          summary: admission.summary,
        });
      case "repeated":
        // Whatever is still to be said of it is the courier's; beyond that only that it was run.
        if (!link || courier.knows(admission.id)) return;
        courier.open(admission.id, link);
        return runner.answer(admission, ALREADY_RUN);
      case "ignore":
        return;
      default:
        admission satisfies never;
    }
  }

  /** What cannot be written down beforehand does not run. */
  #record(admission: Admission): Admission {
    try {
      this.#options.audit.judged(admission);
      return admission;
    } catch (error) {
      if (admission.kind !== "run") return admission;
      const refusal = { code: "no-audit", reason: `the audit log cannot be written: ${error}` };
      return { kind: "refuse", id: admission.id, digest: admission.job.digest, refusal };
    }
  }

  /** The first program's wire has no way back, so what these commands do is only logged. */
  async #readBroadcasts(): Promise<void> {
    for await (const body of this.#broadcasts) {
      const command = decodeLegacy(body);
      if (command) this.#act(this.#options.gate.unsigned({ id: newRequestId(), ...command }));
    }
  }

  #tell(event: AgentEvent): void {
    this.#options.onEvent?.(event);
  }
}
