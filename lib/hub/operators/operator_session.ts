/**
 * The hub's side of one connection to an operator's program: checks the login, then handles each
 * call or replies with the reason for a failure.
 * @module
 */
import { UserError } from "../../base/errors.ts";
import { EnvelopeError } from "../../envelope/errors.ts";
import { type KeyLookup, verifyEnvelope } from "../../envelope/signing/verify_envelope.ts";
import { loginType } from "../../envelope/statements/session_statements.ts";
import { parseNodeSet } from "../../nodeset/sets/node_set.ts";
import {
  decodeCall,
  type FollowCall,
  type LoginCall,
  type OperatorCall,
  type PublishCall,
  type SubmitCall,
  type UnsignedHostsCall,
} from "../../protocol/operator/calls.ts";
import type { PastHostsQuery } from "../../protocol/operator/queries.ts";
import type { FailedReply } from "../../protocol/operator/replies.ts";
import type { RawRespondent, RawSurvey } from "../../sp/mod.ts";
import { RemoteInput } from "../input/remote_input.ts";
import type { Dispatcher } from "../jobs/dispatcher.ts";
import type { JobRegistry } from "../jobs/job_registry.ts";
import type { HostRegistry } from "../agents/host_registry.ts";
import type { HubStore } from "../store/hub_store.ts";
import { replyPing, replyPublished, replyUnsignedHosts, SIGNED_ONLY } from "./agent_replies.ts";
import { replyHosts, replyJobs, replyPastHosts, replyWhy } from "./query_replies.ts";
import { ReplyFollower, ReplyStream } from "./reply_stream.ts";
import { parseDirective, parseSubmission } from "./submission.ts";

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
  /** The keys of operators; without it every connection is allowed. */
  readonly operators?: KeyLookup;
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

/** The most concurrent exchanges of one connection. */
const MAX_EXCHANGES = 1_024;
/** The most names of one call: the most that a target lists. */
const MAX_NODES = 1_000_000;

/** One connection. Disposing ends its exchanges; jobs continue. */
export class OperatorSession implements Disposable {
  readonly #service: OperatorService;
  readonly #pattern: RawRespondent;
  readonly #nonce = crypto.getRandomValues(new Uint8Array(32)).toHex();
  readonly #exchanges = new Map<string, HubExchange>();
  #isIn: boolean;

  /** Serves the pipes of `pattern`. */
  constructor(service: OperatorService, pattern: RawRespondent) {
    this.#service = service;
    this.#pattern = pattern;
    this.#isIn = service.operators === undefined;
  }

  /** Receives a call. Never throws for bytes of the peer. */
  receive(survey: RawSurvey): void {
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
    return this.#isIn;
  }

  /** Ends all exchanges. */
  [Symbol.dispose](): void {
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
    if (ask.kind === "hello") return this.#greet(exchange);
    if (ask.kind === "login") return this.#login(ask, exchange);
    if (ask.kind === "leave") return exchange.going.dispose();
    if (this.#isIn) return this.#serve(ask, exchange);
    this.#fail(exchange, { code: "login", message: "login required" });
  }

  #greet(exchange: HubExchange): void {
    const { version } = this.#service;
    const nonce = this.#nonce;
    exchange.replies.send({ kind: "greeting", version, nonce, login: !this.#isIn });
  }

  #login({ envelope }: LoginCall, exchange: HubExchange): void {
    const keys = this.#service.operators ?? (() => undefined);
    const { body } = verifyEnvelope(envelope, { payloadType: loginType, keys });
    if (body.nonce !== this.#nonce) {
      throw new EnvelopeError("body", "a login for another connection");
    }
    this.#isIn = true;
    this.#end(exchange);
  }

  #serve(
    ask: Exclude<OperatorCall, { kind: "hello" | "login" | "leave" }>,
    exchange: HubExchange,
  ): void {
    const { registry, store } = this.#service;
    switch (ask.kind) {
      case "nodes":
        return addNames(exchange.nodes, ask.names);
      case "submit":
        return void this.#submit(ask, exchange);
      case "follow":
        return this.#follow(ask, exchange);
      case "block":
        return exchange.input?.receiveBlock(ask);
      case "begins":
        return exchange.input?.receiveStart(ask.node, ask.offset);
      case "taken":
        return exchange.replies.addCredit(ask.cost);
      case "release":
        registry.job(ask.id)?.release(exchange.nodes);
        return this.#end(exchange);
      case "withhold":
        registry.job(ask.id)?.withhold();
        return this.#end(exchange);
      case "cancel":
        registry.job(ask.id)?.cancel(parseDirective(ask), ask.node);
        return this.#end(exchange);
      case "confirm":
        registry.job(ask.id)?.confirm(parseDirective(ask));
        return this.#end(exchange);
      case "jobs":
        return replyJobs(ask, store.jobs, exchange.replies);
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
        return this.#past(ask, exchange);
      case "why":
        return replyWhy(ask, this.#service, exchange.replies);
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

  async #submit(ask: SubmitCall, exchange: HubExchange): Promise<void> {
    try {
      const { spec, description } = parseSubmission(ask, exchange.nodes);
      if (spec.message.kind === "unsigned" && !this.#service.dispatcher.insecure) {
        return this.#fail(exchange, SIGNED_ONLY);
      }
      await this.#service.registry.submit(spec, description);
      this.#follow({ ...ask, wait: true }, exchange);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      this.#fail(exchange, describeFailure(error));
    }
  }

  #follow({ id, input, rate, wait }: Omit<FollowCall, "kind">, exchange: HubExchange): void {
    const { replies, going } = exchange;
    if (going.disposed) return;
    if (input !== undefined) this.#attachInput({ id, rate }, exchange);
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
    { id, rate }: { readonly id: string; readonly rate: number | undefined },
    exchange: HubExchange,
  ): void {
    const { replies, going } = exchange;
    const input = this.#service.registry.job(id)?.input;
    if (!(input instanceof RemoteInput)) return;
    exchange.input = input;
    input.bytesPerSecond = rate;
    going.use(input.attach((answer) => void replies.send(answer)));
  }

  #past(ask: PastHostsQuery, exchange: HubExchange): void {
    const problem = replyPastHosts(ask, this.#service.store.jobs, exchange.replies);
    if (problem !== undefined) this.#fail(exchange, { code: "unknown-job", message: problem });
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

const LOGIN_HINT = "have the output of nanotrigger key added to the hub's trust file";

/** The longest error message, in characters: it may quote bytes of a peer. */
const MAX_MESSAGE_CHARS = 500;

/** Describes `error` in a reply. */
export function describeFailure(error: Error): Omit<FailedReply, "kind"> {
  const message = error.message.slice(0, MAX_MESSAGE_CHARS).toWellFormed().replaceAll("\0", "");
  if (error instanceof UserError) {
    return { code: "store", message, ...(error.hint !== undefined && { hint: error.hint }) };
  }
  if (error instanceof EnvelopeError && isLoginFailure(error)) {
    return { code: "login", message: "this hub does not trust your key", hint: LOGIN_HINT };
  }
  return { code: "malformed", message };
}

function isLoginFailure({ code }: EnvelopeError): boolean {
  return code === "unknown-signer" || code === "signature";
}
