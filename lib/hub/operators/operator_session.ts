/**
 * The hub's side of one connection to an operator's program: checks the login, then handles each
 * call that the operator may make, or replies with the reason for a failure. It ends when the
 * operator's key expires or its rights change.
 * @module
 */
import { type Clock, systemClock } from "../../base/clock.ts";
import { UserError } from "../../base/errors.ts";
import { EnvelopeError } from "../../envelope/errors.ts";
import { parseNodeSet } from "../../nodeset/sets/node_set.ts";
import {
  decodeCall,
  type DirectiveCall,
  type FollowCall,
  type HelloCall,
  type InputKind,
  type LoginCall,
  type OperatorCall,
  type PublishCall,
  type SubmitCall,
  type UnsignedHostsCall,
} from "../../protocol/operator/calls.ts";
import type { PastHostsQuery } from "../../protocol/operator/queries.ts";
import type { FailedReply } from "../../protocol/operator/replies.ts";
import { agreeProtocol, outdatedText, SPOKEN } from "../../protocol/session/version.ts";
import type { RawRespondent, RawSurvey } from "../../sp/mod.ts";
import { RemoteInput } from "../input/remote_input.ts";
import type { Dispatcher } from "../jobs/dispatcher.ts";
import type { JobRegistry } from "../jobs/job_registry.ts";
import type { HostRegistry } from "../agents/host_registry.ts";
import type { HubStore } from "../store/hub_store.ts";
import { verifyDirective } from "./directive_check.ts";
import type { Denial, OperatorAccess } from "./operator_access.ts";
import { ExpiredKeyError, type LoginLapse, OperatorLogin } from "./operator_login.ts";
import { operatorName, type OperatorTrust } from "./operator_trust.ts";
import { replyPing, replyPublished, replyUnsignedHosts, SIGNED_ONLY } from "./agent_replies.ts";
import { replyHosts, replyJobs, replyPastHosts, replyWhy } from "./query_replies.ts";
import type { ReadableJobs } from "./readable_jobs.ts";
import { ReplyFollower, ReplyStream } from "./reply_stream.ts";
import { parseRelease, parseSubmission } from "./submission.ts";

/** The services for operators. */
export interface OperatorService {
  /** The dispatcher, to which agents attach. */
  readonly dispatcher: Dispatcher;
  /** The store of hosts and jobs. */
  readonly store: HubStore;
  /** The host registry. */
  readonly hosts: HostRegistry;
  /** The job registry. */
  readonly registry: JobRegistry;
  /** The version that the hub sends to operators. */
  readonly version: string;
  /** The operators that are trusted. */
  readonly trust: OperatorTrust;
  /** Whether a login is required. Without it only the hub's owner can connect. */
  readonly loginRequired: boolean;
  /** The source of time; the system clock by default. */
  readonly clock?: Clock;
  /** Called for every event. Must not throw. */
  readonly onEvent?: (event: OperatorEvent) => void;
}

/** An event of an operator's connection, for the log. */
export type OperatorEvent =
  /** A login did not count. */
  | { readonly kind: "login-refused"; readonly remote: string; readonly reason: string }
  /** A program speaks a protocol that is too old, and was disconnected. */
  | { readonly kind: "outdated-operator"; readonly remote: string; readonly version: string }
  /** A call was denied. */
  | {
    readonly kind: "call-denied";
    readonly remote: string;
    readonly operator: string;
    readonly reason: string;
  }
  /** The connection was ended, because the key lost its rights. */
  | {
    readonly kind: "operator-ended";
    readonly remote: string;
    readonly operator: string;
    readonly reason: string;
  };

/** The connection of a session. */
export interface OperatorPipe {
  /** The address of the program. */
  readonly remote: string;
  /** Ends the connection; queued replies may leave for `flushMs` milliseconds. */
  close(flushMs?: number): Promise<void>;
}

/** One call and its replies. */
interface HubExchange {
  readonly replies: ReplyStream;
  /** Names that were sent for the next call. */
  readonly nodes: Set<string>;
  /** Streamed standard input of the job of this exchange, if it has any. */
  input?: RemoteInput;
  /** The activities until the exchange is over. */
  readonly going: DisposableStack;
}

/** How a program provides the input of a job. */
interface AttachedInput {
  readonly id: string;
  readonly input: InputKind;
  readonly rate: number | undefined;
}

/** The exchange of a call, and the rights of the operator. */
interface Call {
  readonly exchange: HubExchange;
  readonly access: OperatorAccess;
}

/** How long the reason for the end of a connection may take to leave, in milliseconds. */
const FLUSH_MS = 1_000;
/** The most concurrent exchanges of one connection. */
const MAX_EXCHANGES = 1_024;
/** The most names of one call: the most that a target lists. */
const MAX_NODES = 1_000_000;

/** One connection. Disposing ends its exchanges; jobs continue. */
export class OperatorSession implements Disposable {
  readonly #service: OperatorService;
  readonly #pattern: RawRespondent;
  readonly #pipe: OperatorPipe;
  readonly #clock: Clock;
  readonly #login: OperatorLogin;
  readonly #exchanges = new Map<string, HubExchange>();
  #isOver = false;

  /** Serves `pipe`, one of the pipes of `pattern`. */
  constructor(service: OperatorService, pattern: RawRespondent, pipe: OperatorPipe) {
    this.#service = service;
    this.#pattern = pattern;
    this.#pipe = pipe;
    this.#clock = service.clock ?? systemClock;
    const { trust, loginRequired: required } = service;
    const expired = () => this.recheck();
    this.#login = new OperatorLogin({ trust, required, clock: this.#clock, expired });
  }

  /** Receives a call. Never throws for bytes of the peer. */
  receive(survey: RawSurvey): void {
    if (this.#isOver) return;
    const lapse = this.#login.findLapse(); // check: every-call
    if (lapse) {
      this.#exchange(survey); // so that this call is replied to as well
      return this.#endFor(lapse);
    }
    try {
      const ask = decodeCall(survey.body);
      // A message for an exchange that is over may have crossed its end.
      const isNew = !this.#exchanges.has(survey.header.toHex());
      if (isNew && (ask.kind === "taken" || ask.kind === "leave")) return;
      this.#answer(ask, this.#exchange(survey));
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      this.#fail(this.#exchange(survey), describeFailure(error));
    }
  }

  /** Whether the peer may make calls. */
  get isLoggedIn(): boolean {
    return this.#login.access !== undefined;
  }

  /**
   * Ends the connection if the operator's key is no longer trusted, has expired, or has other rights
   * than at the login. With other rights the program may log in again.
   */
  recheck(): void {
    const lapse = this.#login.findLapse();
    if (lapse) this.#endFor(lapse);
  }

  /** Ends all exchanges. */
  [Symbol.dispose](): void {
    this.#isOver = true;
    this.#login[Symbol.dispose]();
    for (const { going } of this.#exchanges.values()) going.dispose();
    this.#exchanges.clear();
  }

  #exchange(survey: RawSurvey): HubExchange {
    return this.#exchanges.get(survey.header.toHex()) ?? this.#beginExchange(survey);
  }

  #beginExchange(survey: RawSurvey): HubExchange {
    const id = survey.header.toHex();
    const going = new DisposableStack();
    const replies = going.adopt(new ReplyStream(this.#pattern, survey), (it) => it.close());
    const exchange: HubExchange = { replies, nodes: new Set<string>(), going };
    going.defer(() => this.#exchanges.delete(id));
    this.#exchanges.set(id, exchange);
    return exchange;
  }

  #answer(ask: OperatorCall, exchange: HubExchange): void {
    if (this.#exchanges.size > MAX_EXCHANGES) {
      return this.#fail(exchange, { code: "refused", message: "too many calls at once" });
    }
    if (ask.kind === "hello") return this.#greet(ask, exchange);
    if (ask.kind === "login") return this.#logIn(ask, exchange);
    if (ask.kind === "leave") return exchange.going.dispose();
    const { access } = this.#login;
    if (!access) return this.#fail(exchange, { code: "login", message: "login required" });
    const denial = access.checkCall(ask, this.#service.store.jobs); // check: call-rights
    if (denial) return this.#deny(exchange, denial, ask.kind);
    this.#serve(ask, { exchange, access });
  }

  #greet(hello: HelloCall, exchange: HubExchange): void {
    if (agreeProtocol(hello.protocol) === undefined) { // check: outdated-operator
      return this.#refuseOutdated(hello, exchange);
    }
    const { version } = this.#service;
    const { nonce } = this.#login;
    exchange.replies.send({ kind: "greeting", version, nonce, login: !this.isLoggedIn, ...SPOKEN });
  }

  /** Ends the connection. The reply has the form of the first protocol. */
  #refuseOutdated({ version }: HelloCall, exchange: HubExchange): void {
    const { remote } = this.#pipe;
    this.#tell({ kind: "outdated-operator", remote, version });
    this.#fail(exchange, { code: "refused", message: outdatedText("nanotrigger", version) });
    this[Symbol.dispose]();
    void this.#pipe.close(FLUSH_MS);
  }

  #logIn({ envelope }: LoginCall, exchange: HubExchange): void {
    try {
      this.#login.logIn(envelope);
    } catch (error) {
      if (!(error instanceof EnvelopeError)) throw error;
      const failure = describeFailure(error);
      const { remote } = this.#pipe;
      this.#tell({ kind: "login-refused", remote, reason: failure.message });
      return this.#fail(exchange, failure);
    }
    this.#end(exchange);
  }

  /** Ends the connection. Every exchange is told the reason, unless the program may log in again. */
  #endFor({ operator, reason, isFinal }: LoginLapse): void {
    for (const exchange of isFinal ? [...this.#exchanges.values()] : []) {
      this.#fail(exchange, { code: "login", message: reason, hint: LOGIN_HINT });
    }
    const { remote } = this.#pipe;
    this.#tell({ kind: "operator-ended", remote, operator: operatorName(operator), reason });
    this[Symbol.dispose]();
    void this.#pipe.close(FLUSH_MS);
  }

  #deny(exchange: HubExchange, denial: Denial, call: OperatorCall["kind"]): void {
    const operator = this.#login.access?.operator;
    const name = operator ? operatorName(operator) : "the hub's owner";
    const { remote } = this.#pipe;
    const reason = `${call}: ${denial.message}`;
    this.#tell({ kind: "call-denied", remote, operator: name, reason });
    this.#fail(exchange, denial);
  }

  #tell(event: OperatorEvent): void {
    this.#service.onEvent?.(event);
  }

  #serve(
    ask: Exclude<OperatorCall, { kind: "hello" | "login" | "leave" }>,
    { exchange, access }: Call,
  ): void {
    const { registry, store } = this.#service;
    const jobs = access.readable(store.jobs);
    switch (ask.kind) {
      case "nodes":
        return addNames(exchange.nodes, ask.names);
      case "submit":
        return void this.#submit(ask, { exchange, access });
      case "follow":
        return this.#follow(ask, exchange);
      case "block":
        return exchange.input?.receiveBlock(ask);
      case "begins":
        return exchange.input?.receiveStart(ask.node, ask.offset);
      case "taken":
        return exchange.replies.addCredit(ask.cost);
      case "release":
        registry.job(ask.id)?.release(exchange.nodes, parseRelease(ask));
        return this.#end(exchange);
      case "withhold":
        registry.job(ask.id)?.withhold();
        return this.#end(exchange);
      case "cancel":
      case "confirm":
        return this.#direct(ask, { exchange, access });
      case "jobs":
        return replyJobs(ask, jobs, exchange.replies);
      case "hosts": {
        const { nodes, replies, going } = exchange;
        return void going.use(replyHosts(ask, nodes, { sources: this.#service, replies }));
      }
      case "ping": {
        const { nodes, replies, going } = exchange;
        return void going.use(replyPing(ask, nodes, { sources: this.#service, replies }));
      }
      case "willing":
      case "publish":
        return this.#unsigned(ask, exchange);
      case "past":
        return this.#past(ask, { exchange, jobs });
      case "why":
        return replyWhy(ask, { sources: this.#service, jobs }, exchange.replies);
      case "forget":
        this.#forget(exchange.nodes);
        return this.#end(exchange);
      default:
        ask satisfies never;
    }
  }

  #unsigned(ask: UnsignedHostsCall | PublishCall, exchange: HubExchange): void {
    const { dispatcher } = this.#service;
    if (!dispatcher.insecure) return this.#fail(exchange, SIGNED_ONLY);
    if (ask.kind === "willing") replyUnsignedHosts(ask, dispatcher, exchange.replies);
    else replyPublished(ask, dispatcher, exchange.replies);
  }

  #direct(ask: DirectiveCall<"cancel" | "confirm">, { exchange, access }: Call): void {
    const { registry, store, trust } = this.#service;
    const context = { access, trust, job: store.jobs.get(ask.id), nowMs: this.#clock.now() };
    const verdict = verifyDirective(ask, context);
    if (verdict.kind === "denied") return this.#deny(exchange, verdict.denial, ask.kind);
    if (ask.kind === "cancel") registry.job(ask.id)?.cancel(verdict.message, ask.node);
    else registry.job(ask.id)?.confirm(verdict.message);
    this.#end(exchange);
  }

  async #submit(ask: SubmitCall, { exchange, access }: Call): Promise<void> {
    const { store, trust } = this.#service;
    try {
      const submitter = { operator: access.operator, trust };
      const { spec, description } = parseSubmission(ask, exchange.nodes, submitter);
      if (spec.message.kind === "unsigned" && !this.#service.dispatcher.insecure) {
        return this.#fail(exchange, SIGNED_ONLY);
      }
      const isUnsigned = spec.message.kind === "unsigned";
      // check: unsigned-submit
      const denial = isUnsigned && access.checkCall({ kind: "willing" }, store.jobs);
      if (denial) return this.#deny(exchange, denial, ask.kind);
      await this.#service.registry.submit(spec, description);
      // The job may have been submitted before, by somebody else.
      const following = access.checkCall({ ...ask, kind: "follow", wait: true }, store.jobs);
      if (following) return this.#deny(exchange, following, ask.kind); // check: submitted-before
      this.#follow({ ...ask, wait: true }, exchange);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      this.#fail(exchange, describeFailure(error));
    }
  }

  #follow({ id, input, rate, wait }: Omit<FollowCall, "kind">, exchange: HubExchange): void {
    const { replies, going } = exchange;
    if (going.disposed) return;
    if (input !== undefined) this.#attachInput({ id, input, rate }, exchange);
    const { dispatcher, store } = this.#service;
    const keyOf = (node: string) =>
      dispatcher.roster.get(node)?.key.base64 ?? store.hosts.get(node)?.key;
    const stream = new ReplyFollower(replies, keyOf);
    const following = this.#service.registry.follow(id, stream, { wait });
    if (following) going.use(following);
    else this.#fail({ replies, going }, { code: "unknown-job", message: `no such job: ${id}` });
  }

  /** Requests the input of the job over this exchange from now on. */
  #attachInput(
    { id, input: kind, rate }: AttachedInput,
    exchange: HubExchange,
  ): void {
    const { replies, going } = exchange;
    const input = this.#service.registry.job(id)?.input;
    if (!(input instanceof RemoteInput)) return;
    exchange.input = input;
    input.bytesPerSecond = rate;
    input.seekable = kind !== "stream";
    going.use(input.attach((answer) => void replies.send(answer)));
  }

  #past(
    ask: PastHostsQuery,
    { exchange, jobs }: { readonly exchange: HubExchange; readonly jobs: ReadableJobs },
  ): void {
    const problem = replyPastHosts(ask, jobs, exchange.replies);
    if (problem === undefined) return;
    const hint = jobs === this.#service.store.jobs ? {} : { hint: OWN_JOBS_ONLY };
    this.#fail(exchange, { code: "unknown-job", message: problem, ...hint });
  }

  /** Forgets hosts. Attached ones are disconnected, because their keys are no longer pinned. */
  #forget(nodes: ReadonlySet<string>): void {
    const { store, dispatcher } = this.#service;
    store.hosts.forget([...nodes]);
    for (const node of nodes) void dispatcher.roster.get(node)?.close();
  }

  #end({ replies, going }: Pick<HubExchange, "replies" | "going">): void {
    replies.send({ kind: "done" });
    going.dispose();
  }

  #fail(
    { replies, going }: Pick<HubExchange, "replies" | "going">,
    why: Omit<FailedReply, "kind">,
  ): void {
    replies.send({ kind: "failed", ...why });
    going.dispose();
  }
}

function addNames(nodes: Set<string>, folded: string): void {
  for (const name of parseNodeSet(folded)) nodes.add(name);
  if (nodes.size > MAX_NODES) throw new EnvelopeError("body", `more than ${MAX_NODES} names`);
}

const OWN_JOBS_ONLY = "your key may read its own jobs only: other jobs need the right read";

const LOGIN_HINT = "have the output of nanotrigger key added to the hub's trust file";

/** The longest error message, in characters: it may quote bytes of a peer. */
const MAX_MESSAGE_CHARS = 500;

/** Describes `error` in a reply. */
export function describeFailure(error: Error): Omit<FailedReply, "kind"> {
  const message = error.message.slice(0, MAX_MESSAGE_CHARS).toWellFormed().replaceAll("\0", "");
  if (error instanceof UserError) {
    return { code: "store", message, ...(error.hint !== undefined && { hint: error.hint }) };
  }
  if (error instanceof ExpiredKeyError) return { code: "login", message, hint: LOGIN_HINT };
  if (error instanceof EnvelopeError && isLoginFailure(error)) {
    return { code: "login", message: "this hub does not trust your key", hint: LOGIN_HINT };
  }
  return { code: "malformed", message };
}

function isLoginFailure({ code }: EnvelopeError): boolean {
  return code === "unknown-signer" || code === "signature";
}
