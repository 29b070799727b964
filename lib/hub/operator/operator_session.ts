/**
 * The hub's side of one connection to an operator's program: lets it in, then does what it asks.
 * Imports `base`, `envelope`, `nodeset`, `sp` and its siblings.
 * @module
 */
import { EnvelopeError } from "../../envelope/errors.ts";
import { loginType } from "../../envelope/statements/session_statements.ts";
import { type KeyLookup, verifyEnvelope } from "../../envelope/signing/verify_envelope.ts";
import { parseNodeSet } from "../../nodeset/sets/node_set.ts";
import type { RawRespondent, RawSurvey } from "../../sp/mod.ts";
import type { HostBook } from "../host_book.ts";
import type { Hub } from "../hub.ts";
import type { JobOffice } from "../job_office.ts";
import { RemoteInput } from "../remote_input.ts";
import type { HubStore } from "../store/hub_store.ts";
import type { Failed } from "./answers.ts";
import { type Ask, decodeAsk, type FollowAsk, type LoginAsk, type SubmitAsk } from "./asks.ts";
import { failure } from "./failure.ts";
import { FollowStream } from "./follow_stream.ts";
import { tellHosts } from "./host_answers.ts";
import type { PastAsk } from "./inquiries.ts";
import { tellJobs } from "./job_answers.ts";
import { directiveOf, orderOf } from "./passed_on.ts";
import { tellPast } from "./past_answers.ts";
import { tellPing } from "./ping_answers.ts";
import { Speaker } from "./speaker.ts";
import { SIGNED_ONLY, tellPublished, tellWilling } from "./unsigned_answers.ts";
import type { PublishAsk, WillingAsk } from "./unsigned_ask.ts";
import { tellWhy } from "./why_answers.ts";

/** What operators are served with. */
export interface OperatorService {
  /** Where agents attach. */
  readonly hub: Hub;
  /** What is written down. */
  readonly store: HubStore;
  /** Who is known and attached. */
  readonly book: HostBook;
  /** The jobs. */
  readonly office: JobOffice;
  /** The version that operators are told. */
  readonly version: string;
  /** Who may come in; without it everybody may who can connect. */
  readonly operators?: KeyLookup;
}

/** One ask and what follows from it. */
interface Conversation {
  readonly speaker: Speaker;
  /** Names that came for the ask that follows. */
  readonly nodes: Set<string>;
  /** What the commands of the job read that this conversation is about, if they do. */
  input?: RemoteInput;
  /** What goes on until the conversation is over. */
  readonly going: DisposableStack;
}

/** How many conversations one connection may have at once. */
const MAX_CONVERSATIONS = 1_024;
/** How many names one ask may have: the most that a target lists. */
const MAX_NODES = 1_000_000;

/** One connection. Disposing it ends what goes on for it; jobs go on without it. */
export class OperatorSession implements Disposable {
  readonly #service: OperatorService;
  readonly #pattern: RawRespondent;
  readonly #nonce = crypto.getRandomValues(new Uint8Array(32)).toHex();
  readonly #conversations = new Map<string, Conversation>();
  #isIn: boolean;

  /** Serves over the pipes of `pattern`. */
  constructor(service: OperatorService, pattern: RawRespondent) {
    this.#service = service;
    this.#pattern = pattern;
    this.#isIn = service.operators === undefined;
  }

  /** An ask has come. Throws nothing that the other end could cause. */
  take(survey: RawSurvey): void {
    try {
      const ask = decodeAsk(survey.body);
      // What was said to a conversation that is over has crossed its end on the way.
      const isNew = !this.#conversations.has(survey.header.toHex());
      if (isNew && (ask.kind === "taken" || ask.kind === "leave")) return;
      this.#answer(ask, this.#conversation(survey));
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      this.#fail(this.#conversation(survey), failure(error));
    }
  }

  /** Whether whatever is asked is done. */
  get isIn(): boolean {
    return this.#isIn;
  }

  /** Ends all conversations. */
  [Symbol.dispose](): void {
    for (const { going } of this.#conversations.values()) going.dispose();
    this.#conversations.clear();
  }

  #conversation(survey: RawSurvey): Conversation {
    return this.#conversations.get(survey.header.toHex()) ?? this.#converse(survey);
  }

  #converse(survey: RawSurvey): Conversation {
    const id = survey.header.toHex();
    const going = new DisposableStack();
    const speaker = going.adopt(new Speaker(this.#pattern, survey), (it) => it.silence());
    const conversation: Conversation = { speaker, nodes: new Set<string>(), going };
    going.defer(() => this.#conversations.delete(id));
    this.#conversations.set(id, conversation);
    return conversation;
  }

  #answer(ask: Ask, conversation: Conversation): void {
    if (this.#conversations.size > MAX_CONVERSATIONS) {
      return this.#fail(conversation, { code: "refused", message: "too much is asked at once" });
    }
    if (ask.kind === "hello") return this.#greet(conversation);
    if (ask.kind === "login") return this.#login(ask, conversation);
    if (ask.kind === "leave") return conversation.going.dispose();
    if (this.#isIn) return this.#serve(ask, conversation);
    this.#fail(conversation, { code: "login", message: "a login is wanted before anything else" });
  }

  #greet(conversation: Conversation): void {
    const { version } = this.#service;
    const nonce = this.#nonce;
    conversation.speaker.say({ kind: "greeting", version, nonce, login: !this.#isIn });
  }

  #login({ envelope }: LoginAsk, conversation: Conversation): void {
    const keys = this.#service.operators ?? (() => undefined);
    const { body } = verifyEnvelope(envelope, { payloadType: loginType, keys });
    if (body.nonce !== this.#nonce) {
      throw new EnvelopeError("body", "a login for another connection");
    }
    this.#isIn = true;
    this.#end(conversation);
  }

  #serve(
    ask: Exclude<Ask, { kind: "hello" | "login" | "leave" }>,
    conversation: Conversation,
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
        return conversation.input?.block(ask);
      case "begins":
        return conversation.input?.begins(ask.node, ask.offset);
      case "taken":
        return conversation.speaker.taken(ask.cost);
      case "release":
        office.job(ask.id)?.release(conversation.nodes);
        return this.#end(conversation);
      case "withhold":
        office.job(ask.id)?.withhold();
        return this.#end(conversation);
      case "cancel":
        office.job(ask.id)?.cancel(directiveOf(ask), ask.node);
        return this.#end(conversation);
      case "confirm":
        office.job(ask.id)?.confirm(directiveOf(ask));
        return this.#end(conversation);
      case "jobs":
        return tellJobs(ask, store.jobs, conversation.speaker);
      case "hosts": {
        const { nodes, speaker, going } = conversation;
        return void going.use(tellHosts(ask, nodes, { place: this.#service, speaker }));
      }
      case "ping": {
        const { nodes, speaker, going } = conversation;
        return void going.use(tellPing(ask, nodes, { place: this.#service, speaker }));
      }
      case "willing":
      case "publish":
        return this.#unsigned(ask, conversation);
      case "past":
        return this.#past(ask, conversation);
      case "why":
        return tellWhy(ask, this.#service, conversation.speaker);
      case "forget":
        this.#forget(conversation.nodes);
        return this.#end(conversation);
      default:
        ask satisfies never;
    }
  }

  #unsigned(ask: WillingAsk | PublishAsk, conversation: Conversation): void {
    const { hub } = this.#service;
    if (!hub.insecure) return this.#fail(conversation, SIGNED_ONLY);
    if (ask.kind === "willing") tellWilling(ask, hub, conversation.speaker);
    else tellPublished(ask, hub, conversation.speaker);
  }

  async #submit(ask: SubmitAsk, conversation: Conversation): Promise<void> {
    try {
      const { order, description } = orderOf(ask, conversation.nodes);
      if (order.message.kind === "unsigned" && !this.#service.hub.insecure) {
        return this.#fail(conversation, SIGNED_ONLY);
      }
      await this.#service.office.submit(order, description);
      this.#follow({ ...ask, wait: true }, conversation);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      this.#fail(conversation, failure(error));
    }
  }

  #follow({ id, input, rate, wait }: Omit<FollowAsk, "kind">, conversation: Conversation): void {
    const { speaker, going } = conversation;
    if (going.disposed) return;
    if (input !== undefined) this.#attachInput({ id, rate }, conversation);
    const { hub, store } = this.#service;
    const keyOf = (node: string) => hub.roster.get(node)?.key.base64 ?? store.hosts.get(node)?.key;
    const stream = new FollowStream(speaker, keyOf);
    const following = this.#service.office.follow(id, stream, { wait });
    if (following) going.use(following);
    else this.#fail({ speaker, going }, { code: "unknown-job", message: `there is no job ${id}` });
  }

  /** What is read is asked for in this conversation from now on. */
  #attachInput(
    { id, rate }: { readonly id: string; readonly rate: number | undefined },
    conversation: Conversation,
  ): void {
    const { speaker, going } = conversation;
    const input = this.#service.office.job(id)?.input;
    if (!(input instanceof RemoteInput)) return;
    conversation.input = input;
    input.bytesPerSecond = rate;
    going.use(input.attach((answer) => void speaker.say(answer)));
  }

  #past(ask: PastAsk, conversation: Conversation): void {
    const problem = tellPast(ask, this.#service.store.jobs, conversation.speaker);
    if (problem !== undefined) this.#fail(conversation, { code: "unknown-job", message: problem });
  }

  /** Those that are attached must come again, since they are known by nothing any more. */
  #forget(nodes: ReadonlySet<string>): void {
    const { store, hub } = this.#service;
    store.hosts.forget([...nodes]);
    for (const node of nodes) void hub.roster.get(node)?.close();
  }

  #end({ speaker, going }: Pick<Conversation, "speaker" | "going">): void {
    speaker.say({ kind: "done" });
    going.dispose();
  }

  #fail(
    { speaker, going }: Pick<Conversation, "speaker" | "going">,
    why: Omit<Failed, "kind">,
  ): void {
    speaker.say({ kind: "failed", ...why });
    going.dispose();
  }
}

function addNames(nodes: Set<string>, folded: string): void {
  for (const name of parseNodeSet(folded)) nodes.add(name);
  if (nodes.size > MAX_NODES) throw new EnvelopeError("body", `more than ${MAX_NODES} names`);
}
