/**
 * Submits or follows a job at a hub that runs by itself. It survives lost connections, accepts every
 * byte and every final state once, and believes only results that agents have signed.
 * @module
 */
import { type Clock, systemClock } from "../../base/clock.ts";
import { CreditSteps } from "../../base/credit_window.ts";
import { UserError } from "../../base/errors.ts";
import { readUnverified } from "../../envelope/signing/unverified_envelope.ts";
import { requestType } from "../../envelope/statements/request.ts";
import type { HubMessage } from "../../protocol/agent/messages.ts";
import { type StateValidator, stateValidator } from "../../protocol/job/outcome_validation.ts";
import {
  canFollow,
  type HostState,
  isFinal,
  type JobSink,
  type NotDelivered,
  type VerifiedState,
} from "../../protocol/job/host_state.ts";
import type { InputPosition } from "../../envelope/statements/input_block.ts";
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
import { type Exchange, type HubConnection, refusalError } from "./hub_connection.ts";
import { isOtherKey, otherKeyReason, verifyResult } from "../results/verify_result.ts";
import type { SubmittedJob } from "./queue.ts";

/** Options of a remote job. */
export interface RemoteJobOptions {
  /** The id of the request. */
  readonly id: string;
  /** Hex SHA-256 of the request, which results must repeat; not checked if absent. */
  readonly digest?: string;
  /** The request; states that do not fit it are rejected. Without it all fit. */
  readonly message?: HubMessage;
  /** The names of the hosts, if they are known. Replies about others are ignored. */
  readonly nodes?: readonly string[];
  /** The calls that submit the job, until the hub has accepted it; without them it is followed. */
  readonly submission?: readonly OperatorCall[];
  /** The standard input of its commands. */
  readonly input?: InputSource | undefined;
  /** Whether the hosts wait until they are released. */
  readonly held?: boolean;
  /**
   * How long the hub may take to report the end of every host, in milliseconds: from the submission,
   * or from the last release if the hosts are held. No limit if absent.
   */
  readonly maxMs?: number;
  /** The source of time; the system clock by default. */
  readonly clock?: Clock | undefined;
  /** Without submission: whether to follow the job to its end, instead of its present state only. */
  readonly wait?: boolean;
  /** Receives states and output. */
  readonly sink: JobSink;
  /** The pinned keys of agents. */
  readonly pins: PinnedKeys;
}

/** How much output is consumed, by its cost, between two credits for the hub. */
const CREDIT_STEP = { bytes: 524_288 };

/** The reason for a host without a result when the hub says that all hosts have ended. */
const NO_RESULT = "the hub ended the job without a result of this host";

/** The reason for a host whose end the hub has not reported in time. */
const NO_REPORT = "the hub did not report in time how it ended";

/** The reason for a host that the hub calls skipped, although this program has not held it back. */
const SKIPPED_BY_HUB = "the hub says that it was skipped, but it was not held back";

/** The state of a host, and how many bytes of each stream were received. */
interface ReceivedHost {
  kind: HostState["kind"];
  readonly received: Record<OutputReply["stream"], number>;
}

/** A job at a hub. */
export class RemoteJob implements SubmittedJob, Disposable {
  /** The id of the request. */
  readonly id: string;
  readonly #options: RemoteJobOptions;
  readonly #validate: StateValidator;
  readonly #hosts = new Map<string, ReceivedHost>();
  readonly #accepted = Promise.withResolvers<void>();
  readonly #over = Promise.withResolvers<void>();
  readonly #released = new Set<string>();
  /** The calls of each release, to repeat them over a new connection. */
  readonly #releases: (readonly OperatorCall[])[] = [];
  readonly #ended = new AbortController();
  #timer = new AbortController();
  #withhold: OperatorCall | undefined;
  #isAccepted = false;
  #isOver = false;
  /** The last directive by host; under `undefined` the one for all hosts. */
  readonly #directives = new Map<string | undefined, OperatorCall>();
  #conversation: Exchange | undefined;
  #link: Pick<HubConnection, "openExchange"> | undefined;
  #credit = new CreditSteps(CREDIT_STEP);

  /** Creates a job whose hosts are all pending. */
  constructor(options: RemoteJobOptions) {
    this.id = options.id;
    this.#options = options;
    this.#validate = options.message ? stateValidator(options.message) : (state) => state;
    this.#accepted.promise.catch(() => {});
    for (const node of options.nodes ?? []) this.#host(node);
    if (!options.held) this.#limitTime();
  }

  /** Resolves when the hub has accepted the job; rejects with a {@linkcode UserError} if it refuses. */
  get accepted(): Promise<void> {
    return this.#accepted.promise;
  }

  /** Resolves when every host is in a final state. */
  get over(): Promise<void> {
    return this.#over.promise;
  }

  /** Submits, or continues to follow, over `link`. */
  attach(link: Pick<HubConnection, "openExchange">): void {
    if (this.#isOver) return;
    this.#link = link;
    this.#credit = new CreditSteps(CREDIT_STEP);
    const { submission, input } = this.#options;
    const calls: readonly OperatorCall[] = this.#isAccepted || !submission
      ? [{
        kind: "follow",
        id: this.id,
        wait: this.#options.wait ?? true,
        ...inputFields(input),
      }]
      : submission;
    this.#conversation = link.openExchange(calls, (reply) => this.#receive(reply));
    for (const calls of this.#releases) this.#aside(calls);
    if (this.#withhold) this.#aside([this.#withhold]);
    for (const directive of this.#directives.values()) this.#aside([directive]);
  }

  /** Releases `nodes` of a held job; `message` is the signed release. */
  release(nodes: Iterable<string>, message?: HubMessage): void {
    const released = [...nodes];
    this.#limitTime();
    released.forEach((node) => this.#released.add(node));
    const envelope = message?.kind === "sealed" && { envelope: message.envelope.toBase64() };
    const calls = [...nodesCalls(released), { kind: "release", id: this.id, ...envelope } as const];
    this.#releases.push(calls);
    this.#aside(calls);
  }

  /** Skips all hosts that are not released. */
  withhold(): void {
    this.#withhold = { kind: "withhold", id: this.id };
    this.#aside([this.#withhold]);
  }

  /** Cancels the command on all hosts, or on `node` only. */
  cancel(message: HubMessage, node?: string): void {
    if (message.kind !== "sealed") return;
    const only = node !== undefined && { node };
    this.#direct({ kind: "cancel", id: this.id, envelope: message.envelope.toBase64(), ...only });
  }

  /** Confirms the change of the command. */
  confirm(message: HubMessage): void {
    if (message.kind !== "sealed") return;
    this.#direct({ kind: "confirm", id: this.id, envelope: message.envelope.toBase64() });
  }

  /**
   * Stops following. The hub continues, also with hosts that it has not reached yet. Only hosts that
   * were never released count as skipped.
   */
  giveUp(reason = "nanotrigger stopped waiting"): void {
    this.#accepted.reject(new UserError(reason));
    this.#endWithoutResults(reason);
  }

  /** Stops the time limit. */
  [Symbol.dispose](): void {
    this.#timer.abort();
  }

  #direct(call: Extract<OperatorCall, { readonly kind: "cancel" | "confirm" }>): void {
    this.#directives.set(call.node, call);
    this.#aside([call]);
  }

  #isWithheld(node: string): boolean {
    return this.#withhold !== undefined && !this.#released.has(node);
  }

  /** Sends calls in an exchange of their own. Its reply is ignored, because state replies show it. */
  #aside(calls: readonly OperatorCall[]): void {
    const over = new DisposableStack();
    const conversation = this.#link?.openExchange(calls, ({ kind }) => {
      if (kind === "done" || kind === "failed") over.dispose();
    });
    if (conversation) over.use(conversation);
  }

  #receive(reply: HubReply): void {
    if ("node" in reply && !this.#hasHost(reply.node)) return;
    switch (reply.kind) {
      case "state":
        this.#accept();
        return this.#receiveState(reply);
      case "output":
        return this.#receiveOutput(reply);
      case "over":
        this.#accept();
        if (this.#options.wait === false) return this.#finish();
        return this.#endWithoutResults(NO_RESULT);
      case "need":
        return void this.#sendBlock(reply);
      case "start":
        return void this.#sendStart(reply.node);
      case "failed":
        return this.#fail(refusalError(reply));
      default:
        // A newer hub may send replies that this program does not know.
        return;
    }
  }

  /** Sends nothing if the block cannot be read: the owner of the source ends the job then. */
  async #sendBlock({ start, offset }: InputPosition): Promise<void> {
    const conversation = this.#conversation;
    const block = await this.#options.input?.read({ start, offset }, this.#ended.signal).catch(
      () => {},
    );
    if (block) conversation?.send({ kind: "block", ...block });
  }

  async #sendStart(node: string): Promise<void> {
    const conversation = this.#conversation;
    const offset = await this.#options.input?.startOf?.(node).catch(() => {});
    if (offset !== undefined) conversation?.send({ kind: "begins", node, offset });
  }

  #hasHost(node: string): boolean {
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

  /** Ends the job when the hub has not reported its end in time. */
  #limitTime(): void {
    const { maxMs, clock = systemClock } = this.#options;
    if (maxMs === undefined) return;
    this.#timer.abort();
    this.#timer = new AbortController();
    const signal = AbortSignal.any([this.#timer.signal, this.#ended.signal]);
    clock.sleep(maxMs, signal).then(() => this.#endWithoutResults(NO_REPORT), () => {});
  }

  /** Ends every host that has no final state: nobody has signed how the command ended there. */
  #endWithoutResults(reason: string): void {
    for (const node of this.#hosts.keys()) this.#become(node, this.#unproven(node, reason));
    this.#finish();
  }

  /** The final state of a host without a result. Only this program knows whom it has released. */
  #unproven(node: string, reason: string): VerifiedState {
    const isSkipped = this.#host(node).kind === "pending" && this.#isWithheld(node);
    return isSkipped ? { kind: "skipped" } : { kind: "lost", reason };
  }

  #receiveState(reply: StateReply): void {
    const { node, key } = reply;
    const state = fromReply(reply);
    if (state.kind === "ended") {
      const { envelope } = state;
      return this.#become(node, verifyResult({ node, envelope, key }, this.#options));
    }
    // Checked before any output is shown: output of another agent must not look like this host's.
    if (key !== undefined && isOtherKey(node, key, this.#options.pins)) {
      return this.#become(node, { kind: "lost", reason: otherKeyReason(node) });
    }
    // check: believed-skip
    if (state.kind === "skipped" && this.#options.submission && !this.#isWithheld(node)) {
      return this.#become(node, { kind: "lost", reason: SKIPPED_BY_HUB });
    }
    this.#become(node, state.kind === "expired" ? this.#withLatestStart(state) : state);
  }

  /** Adds until when a request can run that the hub has, whatever it says of the delivery. */
  #withLatestStart(state: NotDelivered): NotDelivered {
    const { message } = this.#options;
    if (message?.kind !== "sealed") return state;
    const { expires } = readUnverified(message.envelope, requestType).claimed;
    return { ...state, canRunUntil: expires }; // check: latest-start
  }

  #become(node: string, state: VerifiedState): void {
    const host = this.#host(node);
    if (!canFollow(host.kind, state.kind)) return;
    host.kind = state.kind;
    const valid = this.#validate(state);
    // The promise of the sink is for hubs, which must not acknowledge a result before it is on disk.
    if (valid) void this.#options.sink.state(node, valid);
  }

  #receiveOutput(reply: OutputReply): void {
    const { node, stream, offset, bytes } = reply;
    const { kind, received } = this.#host(node);
    const conversation = this.#conversation;
    // All output comes before the final state. The agent has not signed output after it.
    if (isFinal({ kind })) return this.#giveCredit(outputCost(reply), conversation);
    const fresh = bytes.subarray(Math.max(0, received[stream] - offset));
    received[stream] = Math.max(received[stream], offset + bytes.length);
    const pending = fresh.length > 0 && this.#options.sink.output(node, { stream, bytes: fresh });
    const giveCredit = () => this.#giveCredit(outputCost(reply), conversation);
    if (pending) pending.then(giveCredit, giveCredit);
    else giveCredit();
  }

  #giveCredit(cost: number, conversation: Exchange | undefined): void {
    if (conversation !== this.#conversation) return;
    const credit = this.#credit.consume(cost);
    if (credit !== undefined) conversation?.send({ kind: "taken", cost: credit });
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

/** Returns how the hub can request `input`, and its rate limit; empty without input. */
export function inputFields(input: InputSource | undefined): Pick<FollowCall, "input" | "rate"> {
  if (!input) return {};
  const { bytesPerSecond: rate } = input;
  return { input: kindOfInput(input), ...(rate !== undefined && { rate }) };
}

function kindOfInput({ seekable, startOf }: InputSource): InputKind {
  if (startOf) return "parts";
  return seekable ? "file" : "stream";
}
