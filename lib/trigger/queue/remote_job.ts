/**
 * A job at a hub that runs by itself, as its submitter or a later follower sees it. It survives
 * lost connections, takes every byte and every final state once, and believes only what agents have
 * signed.
 * @module
 */
import { CreditSteps } from "../../base/credit_window.ts";
import { UserError } from "../../base/errors.ts";
import type { HubMessage } from "../../protocol/agent/messages.ts";
import { type StateValidator, stateValidator } from "../../protocol/job/outcome_validation.ts";
import {
  canFollow,
  type HostState,
  isFinal,
  type JobSink,
  type VerifiedState,
} from "../../protocol/job/host_state.ts";
import type { InputSource } from "../../protocol/job/job_spec.ts";
import { type HubReply, outputCost, type OutputReply } from "../../protocol/operator/replies.ts";
import { fromReply, type StateReply } from "../../protocol/operator/state_reply.ts";
import {
  type FollowCall,
  type InputKind,
  nodesCalls,
  type OperatorCall,
} from "../../protocol/operator/calls.ts";
import type { PinnedKeys } from "../../envelope/keys/public_key.ts";
import { type HubCalls, type HubConnection, refusalError } from "./hub_connection.ts";
import { isOtherKey, otherKeyReason, verifyResult } from "../results/verify_result.ts";
import type { SubmittedJob } from "./queue.ts";

/** What a remote job is about. */
export interface RemoteJobOptions {
  /** The id of the request. */
  readonly id: string;
  /** Hex SHA-256 of what is asked; without it results are taken for whatever they answer. */
  readonly digest?: string;
  /** The request; states that do not fit it are rejected. Without it all are believed. */
  readonly message?: HubMessage;
  /** The names of the hosts, if they are known: what is said of others does not count. */
  readonly nodes?: readonly string[];
  /** What is said to have the hub take it, until it has; without it the job is only followed. */
  readonly submission?: readonly OperatorCall[];
  /** What its commands read, if they do. */
  readonly input?: InputSource | undefined;
  /** Without submission: whether to go on to the end of the job; otherwise only what is known now comes. */
  readonly wait?: boolean;
  /** Receives what becomes known. */
  readonly sink: JobSink;
  /** Which key belongs to which agent. */
  readonly pins: PinnedKeys;
}

/** How much output is consumed, by its cost, between two credits for the hub. */
const CREDIT_STEP = { bytes: 524_288 };

/** What has come from one host. */
interface ReceivedHost {
  kind: HostState["kind"];
  readonly received: Record<OutputReply["stream"], number>;
}

/** A job at a hub. */
export class RemoteJob implements SubmittedJob {
  /** The id of the request. */
  readonly id: string;
  readonly #options: RemoteJobOptions;
  readonly #validate: StateValidator;
  readonly #hosts = new Map<string, ReceivedHost>();
  readonly #accepted = Promise.withResolvers<void>();
  readonly #over = Promise.withResolvers<void>();
  readonly #released = new Set<string>();
  readonly #ended = new AbortController();
  #withhold: OperatorCall | undefined;
  #isAccepted = false;
  #isOver = false;
  /** The last that was directed, to each host that was told something of its own. */
  readonly #directives = new Map<string | undefined, OperatorCall>();
  #conversation: HubCalls | undefined;
  #link: Pick<HubConnection, "converse"> | undefined;
  #credit = new CreditSteps(CREDIT_STEP);

  /** A job of which nothing is known yet. */
  constructor(options: RemoteJobOptions) {
    this.id = options.id;
    this.#options = options;
    this.#validate = options.message ? stateValidator(options.message) : (state) => state;
    this.#accepted.promise.catch(() => {});
    for (const node of options.nodes ?? []) this.#host(node);
  }

  /** Resolves when the hub has taken it. Rejects with a {@linkcode UserError} if it will not. */
  get accepted(): Promise<void> {
    return this.#accepted.promise;
  }

  /** Resolves when every host is in a final state. */
  get over(): Promise<void> {
    return this.#over.promise;
  }

  /** Goes on over `link`. */
  attach(link: Pick<HubConnection, "converse">): void {
    if (this.#isOver) return;
    this.#link = link;
    this.#credit = new CreditSteps(CREDIT_STEP);
    const { submission, input } = this.#options;
    const asks: readonly OperatorCall[] = this.#isAccepted || !submission
      ? [{
        kind: "follow",
        id: this.id,
        wait: this.#options.wait ?? true,
        ...inputFields(input),
      }]
      : submission;
    this.#conversation = link.converse(asks, (answer) => this.#take(answer));
    if (this.#released.size > 0) this.#sayRelease(this.#released);
    if (this.#withhold) this.#aside([this.#withhold]);
    for (const directive of this.#directives.values()) this.#aside([directive]);
  }

  /** It is the turn of `nodes`. */
  release(nodes: Iterable<string>): void {
    const turn = [...nodes];
    turn.forEach((node) => this.#released.add(node));
    this.#sayRelease(turn);
  }

  /** Nobody else gets a turn. */
  withhold(): void {
    this.#withhold = { kind: "withhold", id: this.id };
    this.#aside([this.#withhold]);
  }

  /** Has the command stopped where it runs, or on `node` alone. */
  cancel(message: HubMessage, node?: string): void {
    if (message.kind !== "sealed") return;
    const only = node !== undefined && { node };
    this.#direct({ kind: "cancel", id: this.id, envelope: message.envelope.toBase64(), ...only });
  }

  /** Has stay what the command has changed. */
  confirm(message: HubMessage): void {
    if (message.kind !== "sealed") return;
    this.#direct({ kind: "confirm", id: this.id, envelope: message.envelope.toBase64() });
  }

  /**
   * Waits no longer. The hub goes on, with hosts that it has not reached yet, too: only those that had
   * no turn are known to be left out.
   */
  giveUp(reason = "nobody waited for it any longer"): void {
    this.#accepted.reject(new UserError(reason));
    for (const [node, { kind }] of this.#hosts) {
      const isLeftOut = kind === "pending" && this.#isWithheld(node);
      this.#become(node, isLeftOut ? { kind: "skipped" } : { kind: "lost", reason });
    }
    this.#finish();
  }

  #direct(ask: Extract<OperatorCall, { readonly kind: "cancel" | "confirm" }>): void {
    this.#directives.set(ask.node, ask);
    this.#aside([ask]);
  }

  #isWithheld(node: string): boolean {
    return this.#withhold !== undefined && !this.#released.has(node);
  }

  #sayRelease(nodes: Iterable<string>): void {
    this.#aside([...nodesCalls(nodes), { kind: "release", id: this.id }]);
  }

  /** In a conversation of its own: whether it has come is seen by what follows. */
  #aside(asks: readonly OperatorCall[]): void {
    const over = new DisposableStack();
    const conversation = this.#link?.converse(asks, ({ kind }) => {
      if (kind === "done" || kind === "failed") over.dispose();
    });
    if (conversation) over.use(conversation);
  }

  #take(answer: HubReply): void {
    if ("node" in answer && !this.#isMeant(answer.node)) return;
    switch (answer.kind) {
      case "state":
        this.#accept();
        return this.#takeState(answer);
      case "output":
        return this.#takeOutput(answer);
      case "over":
        this.#accept();
        return this.#finish();
      case "need":
        return void this.#sayBlock(answer.offset);
      case "start":
        return void this.#sayStart(answer.node);
      case "failed":
        return this.#fail(refusalError(answer));
      default:
        // A newer hub may say more than we know of.
        return;
    }
  }

  /** Should it not be readable, whoever owns the source knows, and ends the job. */
  async #sayBlock(offset: number): Promise<void> {
    const conversation = this.#conversation;
    const block = await this.#options.input?.read(offset, this.#ended.signal).catch(() => {});
    if (block) conversation?.say({ kind: "block", ...block });
  }

  async #sayStart(node: string): Promise<void> {
    const conversation = this.#conversation;
    const offset = await this.#options.input?.startOf?.(node).catch(() => {});
    if (offset !== undefined) conversation?.say({ kind: "begins", node, offset });
  }

  #isMeant(node: string): boolean {
    return this.#options.nodes === undefined || this.#hosts.has(node);
  }

  #accept(): void {
    this.#isAccepted = true;
    this.#accepted.resolve();
  }

  #fail(error: UserError): void {
    this.#accepted.reject(error);
    this.giveUp(error.message);
  }

  #takeState(reply: StateReply): void {
    const { node, key } = reply;
    const state = fromReply(reply);
    if (state.kind === "ended") {
      const { envelope } = state;
      return this.#become(node, verifyResult({ node, envelope, key }, this.#options));
    }
    // Before any of its output is shown: output of another agent must not look like this host's.
    if (key !== undefined && isOtherKey(node, key, this.#options.pins)) {
      return this.#become(node, { kind: "lost", reason: otherKeyReason(node) });
    }
    this.#become(node, state);
  }

  #become(node: string, state: VerifiedState): void {
    const host = this.#host(node);
    if (!canFollow(host.kind, state.kind)) return;
    host.kind = state.kind;
    const valid = this.#validate(state);
    // Whoever shows results writes nothing down that an agent would have to wait for.
    if (valid) void this.#options.sink.state(node, valid);
  }

  #takeOutput(answer: OutputReply): void {
    const { node, stream, offset, bytes } = answer;
    const { kind, received } = this.#host(node);
    const conversation = this.#conversation;
    // Everything comes before the end; what follows it is not what the agent has signed for.
    if (isFinal({ kind })) return this.#tellTaken(outputCost(answer), conversation);
    const fresh = bytes.subarray(Math.max(0, received[stream] - offset));
    received[stream] = Math.max(received[stream], offset + bytes.length);
    const taking = fresh.length > 0 && this.#options.sink.output(node, { stream, bytes: fresh });
    const taken = () => this.#tellTaken(outputCost(answer), conversation);
    if (taking) taking.then(taken, taken);
    else taken();
  }

  #tellTaken(cost: number, conversation: HubCalls | undefined): void {
    if (conversation !== this.#conversation) return;
    const credit = this.#credit.consume(cost);
    if (credit !== undefined) conversation?.say({ kind: "taken", cost: credit });
  }

  #host(node: string): ReceivedHost {
    const known = this.#hosts.get(node);
    if (known) return known;
    const host: ReceivedHost = { kind: "pending", received: { stdout: 0, stderr: 0 } };
    this.#hosts.set(node, host);
    return host;
  }

  #finish(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#ended.abort();
    this.#conversation?.[Symbol.dispose]();
    this.#over.resolve();
  }
}

/** How `input` can be asked for, and how fast it may be sent; nothing if there is none. */
export function inputFields(input: InputSource | undefined): Pick<FollowCall, "input" | "rate"> {
  if (!input) return {};
  const { bytesPerSecond: rate } = input;
  return { input: kindOfInput(input), ...(rate !== undefined && { rate }) };
}

function kindOfInput({ seekable, startOf }: InputSource): InputKind {
  if (startOf) return "parts";
  return seekable ? "file" : "stream";
}
