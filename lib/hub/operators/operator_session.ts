/**
 * The hub's side of one connection to an operator's program: checks the login, then carries out
 * each call or replies with the reason for a failure.
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
import type { HostRegistry } from "../past/host_registry.ts";
import type { HubStore } from "../store/hub_store.ts";
import { replyPing, replyPublished, replyUnsignedHosts, SIGNED_ONLY } from "./agent_replies.ts";
import { replyHosts, replyJobs, replyPastHosts, replyWhy } from "./query_replies.ts";
import { ReplyFollower, ReplyStream } from "./reply_stream.ts";
import { parseDirective, parseSubmission } from "./submission.ts";

/** What operators are served with. */
export interface OperatorService {
  /** Where agents attach. */
  readonly hub: Dispatcher;
  /** What is written down. */
  readonly store: HubStore;
  /** Who is known and attached. */
  readonly book: HostRegistry;
  /** The jobs. */
  readonly office: JobRegistry;
  /** The version that operators are told. */
  readonly version: string;
  /** Who may come in; without it everybody may who can connect. */
  readonly operators?: KeyLookup;
}

/** One ask and what follows from it. */
interface HubExchange {
  readonly speaker: ReplyStream;
  /** Names that came for the ask that follows. */
  readonly nodes: Set<string>;
  /** What the commands of the job read that this conversation is about, if they do. */
  input?: RemoteInput;
  /** What goes on until the conversation is over. */
  readonly going: DisposableStack;
}

/** How many conversations one connection may have at once. */
const MAX_EXCHANGES = 1_024;
/** How many names one ask may have: the most that a target lists. */
const MAX_NODES = 1_000_000;

/** One connection. Disposing it ends what goes on for it; jobs go on without it. */
export class OperatorSession implements Disposable {
  readonly #service: OperatorService;
  readonly #pattern: RawRespondent;
  readonly #nonce = crypto.getRandomValues(new Uint8Array(32)).toHex();
  readonly #conversations = new Map<string, HubExchange>();
  #isIn: boolean;

  /** Serves over the pipes of `pattern`. */
  constructor(service: OperatorService, pattern: RawRespondent) {
    this.#service = service;
    this.#pattern = pattern;
    this.#isIn = service.operators === undefined;
  }

  /** An ask has come. Throws nothing that the other end could cause. */
  receive(survey: RawSurvey): void {
    try {
      const ask = decodeCall(survey.body);
      // What was said to a conversation that is over has crossed its end on the way.
      const isNew = !this.#conversations.has(survey.header.toHex());
      if (isNew && (ask.kind === "taken" || ask.kind === "leave")) return;
      this.#answer(ask, this.#conversation(survey));
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      this.#fail(this.#conversation(survey), describeFailure(error));
    }
  }

  /** Whether whatever is asked is done. */
  get isLoggedIn(): boolean {
    return this.#isIn;
  }

  /** Ends all conversations. */
  [Symbol.dispose](): void {
    for (const { going } of this.#conversations.values()) going.dispose();
    this.#conversations.clear();
  }

  #conversation(survey: RawSurvey): HubExchange {
    return this.#conversations.get(survey.header.toHex()) ?? this.#converse(survey);
  }

  #converse(survey: RawSurvey): HubExchange {
    const id = survey.header.toHex();
    const going = new DisposableStack();
    const speaker = going.adopt(new ReplyStream(this.#pattern, survey), (it) => it.close());
    const conversation: HubExchange = { speaker, nodes: new Set<string>(), going };
    going.defer(() => this.#conversations.delete(id));
    this.#conversations.set(id, conversation);
    return conversation;
  }

  #answer(ask: OperatorCall, conversation: HubExchange): void {
    if (this.#conversations.size > MAX_EXCHANGES) {
      return this.#fail(conversation, { code: "refused", message: "too much is asked at once" });
    }
    if (ask.kind === "hello") return this.#greet(conversation);
    if (ask.kind === "login") return this.#login(ask, conversation);
    if (ask.kind === "leave") return conversation.going.dispose();
    if (this.#isIn) return this.#serve(ask, conversation);
    this.#fail(conversation, { code: "login", message: "a login is wanted before anything else" });
  }

  #greet(conversation: HubExchange): void {
    const { version } = this.#service;
    const nonce = this.#nonce;
    conversation.speaker.send({ kind: "greeting", version, nonce, login: !this.#isIn });
  }

  #login({ envelope }: LoginCall, conversation: HubExchange): void {
    const keys = this.#service.operators ?? (() => undefined);
    const { body } = verifyEnvelope(envelope, { payloadType: loginType, keys });
    if (body.nonce !== this.#nonce) {
      throw new EnvelopeError("body", "a login for another connection");
    }
    this.#isIn = true;
    this.#end(conversation);
  }

  #serve(
    ask: Exclude<OperatorCall, { kind: "hello" | "login" | "leave" }>,
    conversation: HubExchange,
  ): void {
    const { office, store } = this.#service;
    switch (ask.kind) {
      case "nodes":
        return addNames(conversation.nodes, ask.names);
      case "submit":
        return void this.#submit(ask, conversation);
      case "follow":
        return this.#follow(ask, conversation);
      case "block":
        return conversation.input?.receiveBlock(ask);
      case "begins":
        return conversation.input?.receiveStart(ask.node, ask.offset);
      case "taken":
        return conversation.speaker.addCredit(ask.cost);
      case "release":
        office.job(ask.id)?.release(conversation.nodes);
        return this.#end(conversation);
      case "withhold":
        office.job(ask.id)?.withhold();
        return this.#end(conversation);
      case "cancel":
        office.job(ask.id)?.cancel(parseDirective(ask), ask.node);
        return this.#end(conversation);
      case "confirm":
        office.job(ask.id)?.confirm(parseDirective(ask));
        return this.#end(conversation);
      case "jobs":
        return replyJobs(ask, store.jobs, conversation.speaker);
      case "hosts": {
        const { nodes, speaker, going } = conversation;
        return void going.use(replyHosts(ask, nodes, { sources: this.#service, replies: speaker }));
      }
      case "ping": {
        const { nodes, speaker, going } = conversation;
        return void going.use(replyPing(ask, nodes, { place: this.#service, speaker }));
      }
      case "willing":
      case "publish":
        return this.#unsigned(ask, conversation);
      case "past":
        return this.#past(ask, conversation);
      case "why":
        return replyWhy(ask, this.#service, conversation.speaker);
      case "forget":
        this.#forget(conversation.nodes);
        return this.#end(conversation);
      default:
        ask satisfies never;
    }
  }

  #unsigned(ask: UnsignedHostsCall | PublishCall, conversation: HubExchange): void {
    const { hub } = this.#service;
    if (!hub.insecure) return this.#fail(conversation, SIGNED_ONLY);
    if (ask.kind === "willing") replyUnsignedHosts(ask, hub, conversation.speaker);
    else replyPublished(ask, hub, conversation.speaker);
  }

  async #submit(ask: SubmitCall, conversation: HubExchange): Promise<void> {
    try {
      const { order, description } = parseSubmission(ask, conversation.nodes);
      if (order.message.kind === "unsigned" && !this.#service.hub.insecure) {
        return this.#fail(conversation, SIGNED_ONLY);
      }
      await this.#service.office.submit(order, description);
      this.#follow({ ...ask, wait: true }, conversation);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      this.#fail(conversation, describeFailure(error));
    }
  }

  #follow({ id, input, rate, wait }: Omit<FollowCall, "kind">, conversation: HubExchange): void {
    const { speaker, going } = conversation;
    if (going.disposed) return;
    if (input !== undefined) this.#attachInput({ id, rate }, conversation);
    const { hub, store } = this.#service;
    const keyOf = (node: string) => hub.roster.get(node)?.key.base64 ?? store.hosts.get(node)?.key;
    const stream = new ReplyFollower(speaker, keyOf);
    const following = this.#service.office.follow(id, stream, { wait });
    if (following) going.use(following);
    else this.#fail({ speaker, going }, { code: "unknown-job", message: `there is no job ${id}` });
  }

  /** What is read is asked for in this conversation from now on. */
  #attachInput(
    { id, rate }: { readonly id: string; readonly rate: number | undefined },
    conversation: HubExchange,
  ): void {
    const { speaker, going } = conversation;
    const input = this.#service.office.job(id)?.input;
    if (!(input instanceof RemoteInput)) return;
    conversation.input = input;
    input.bytesPerSecond = rate;
    going.use(input.attach((answer) => void speaker.send(answer)));
  }

  #past(ask: PastHostsQuery, conversation: HubExchange): void {
    const problem = replyPastHosts(ask, this.#service.store.jobs, conversation.speaker);
    if (problem !== undefined) this.#fail(conversation, { code: "unknown-job", message: problem });
  }

  /** Those that are attached must come again, since they are known by nothing any more. */
  #forget(nodes: ReadonlySet<string>): void {
    const { store, hub } = this.#service;
    store.hosts.forget([...nodes]);
    for (const node of nodes) void hub.roster.get(node)?.close();
  }

  #end({ speaker, going }: Pick<HubExchange, "speaker" | "going">): void {
    speaker.send({ kind: "done" });
    going.dispose();
  }

  #fail(
    { speaker, going }: Pick<HubExchange, "speaker" | "going">,
    why: Omit<FailedReply, "kind">,
  ): void {
    speaker.send({ kind: "failed", ...why });
    going.dispose();
  }
}

function addNames(nodes: Set<string>, folded: string): void {
  for (const name of parseNodeSet(folded)) nodes.add(name);
  if (nodes.size > MAX_NODES) throw new EnvelopeError("body", `more than ${MAX_NODES} names`);
}

const LOGIN_HINT =
  "have its administrator add the line that nanotrigger key prints to its trust file";

/** The longest explanation, in characters: what somebody has sent may be quoted in it. */
const MAX_MESSAGE_CHARS = 500;

/** Says what `error` means. */
export function describeFailure(error: Error): Omit<FailedReply, "kind"> {
  const message = error.message.slice(0, MAX_MESSAGE_CHARS).toWellFormed().replaceAll("\0", "");
  if (error instanceof UserError) {
    return { code: "store", message, ...(error.hint !== undefined && { hint: error.hint }) };
  }
  if (error instanceof EnvelopeError && isLoginFailure(error)) {
    return { code: "login", message: "this hub does not know your key", hint: LOGIN_HINT };
  }
  return { code: "malformed", message };
}

function isLoginFailure({ code }: EnvelopeError): boolean {
  return code === "unknown-signer" || code === "signature";
}
