/**
 * A desk for operators within the test's process, and programs that say to it what a test wants.
 *
 *     await using desk = await openDesk();
 *     const [answer] = await desk.client.ask({ kind: "jobs", limit: 1 });
 * @module
 */
import type { SecretKey } from "../../../lib/envelope/keys/secret_key.ts";
import { HostRegistry } from "../../../lib/hub/agents/host_registry.ts";
import type { Dispatcher } from "../../../lib/hub/jobs/dispatcher.ts";
import { decodeReply, type HubReply } from "../../../lib/protocol/operator/replies.ts";
import { encodeCall, type OperatorCall } from "../../../lib/protocol/operator/calls.ts";
import { OperatorListener } from "../../../lib/hub/operators/operator_listener.ts";
import { Roster } from "../../../lib/hub/agents/roster.ts";
import {
  dialOnce,
  inproc,
  listen,
  type Pipe,
  RawSurveyor,
  type Transport,
} from "../../../lib/sp/mod.ts";
import { lookupOf } from "../../support/envelope_fixtures.ts";
import { OfficeFixture } from "../jobs/registry_fixture.ts";

const URL = "inproc://operators";

/** Answers of one conversation, as they come. */
export interface Talk {
  /** Waits for the oldest answer that was not taken; nothing when the connection ends before. */
  next(): Promise<HubReply | undefined>;
  /** How many answers have come and were not taken. */
  count(): number;
  /** Says something more. */
  say(ask: OperatorCall): void;
  /** Says that nothing more is wanted. */
  leave(): void;
}

/** A program that can say anything, and says nothing by itself. */
export class RawOperator {
  readonly #surveyor: RawSurveyor;
  readonly #talks = new Map<number, HubReply[]>();
  readonly #gone = Promise.withResolvers<void>();
  #pipe: Pipe | undefined;
  #isGone = false;
  #changed = Promise.withResolvers<void>();
  #last = 0;

  /** Use {@linkcode DeskFixture.connect} instead. */
  constructor() {
    this.#surveyor = new RawSurveyor({
      answer: (_pipe, id, body) => {
        this.#talks.get(id)?.push(decodeReply(body));
        this.#tell();
      },
      detached: () => {
        this.#isGone = true;
        this.#gone.resolve();
        this.#tell();
      },
    });
  }

  /** Resolves when the connection is over. */
  get gone(): Promise<void> {
    return this.#gone.promise;
  }

  /** Connects. */
  async open(transport: Transport): Promise<void> {
    const signal = AbortSignal.timeout(5_000);
    const options = { transports: [transport], pattern: this.#surveyor, signal };
    this.#pipe = await dialOnce(URL, options);
  }

  /** Begins a conversation. */
  begin(ask: OperatorCall | Uint8Array): Talk {
    const id = ++this.#last;
    const answers: HubReply[] = [];
    this.#talks.set(id, answers);
    const say = (more: OperatorCall | Uint8Array) => {
      const bytes = more instanceof Uint8Array ? more : encodeCall(more);
      if (this.#pipe) this.#surveyor.ask(this.#pipe, id, bytes);
    };
    say(ask);
    return {
      next: async () => {
        while (answers.length === 0 && !this.#isGone) await this.#changed.promise;
        return answers.shift();
      },
      count: () => answers.length,
      say,
      leave: () => say({ kind: "leave" }),
    };
  }

  /** All answers to an ask, up to the one that says that these were all, or why there are none. */
  async ask(ask: OperatorCall | Uint8Array): Promise<readonly HubReply[]> {
    const talk = this.begin(ask);
    const answers: HubReply[] = [];
    while (true) {
      const answer = await talk.next();
      if (!answer) return answers;
      answers.push(answer);
      if (["done", "failed", "greeting"].includes(answer.kind)) return answers;
    }
  }

  /** Reads no more. */
  pause(): void {
    this.#pipe?.pause();
  }

  /** Hangs up. */
  async close(): Promise<void> {
    await this.#pipe?.close();
  }

  #tell(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }
}

/** A desk with one program that is connected. Disposing it ends all. */
export interface DeskFixture extends AsyncDisposable {
  readonly place: OfficeFixture;
  readonly transport: Transport;
  readonly client: RawOperator;
  /** One more program. */
  connect(): Promise<RawOperator>;
}

/** Opens a desk; with `operators` they have to log in. */
export async function openDesk(
  { operators }: { readonly operators?: readonly SecretKey[] } = {},
): Promise<DeskFixture> {
  const place = new OfficeFixture();
  const transport = inproc();
  const { store, office, clock } = place;
  const { pattern } = new OperatorListener({
    // Of a hub the desk looks at nothing else.
    hub: { roster: new Roster() } as unknown as Dispatcher,
    ...{ store, registry: office, hosts: new HostRegistry(store.hosts, clock), version: "1.2.3" },
    ...(operators && { operators: lookupOf(...operators) }),
  }, clock);
  const listener = await listen(URL, { patterns: [pattern], transports: [transport] });
  const connected: RawOperator[] = [];
  const connect = async () => {
    const client = new RawOperator();
    await client.open(transport);
    connected.push(client);
    return client;
  };
  return {
    ...{ place, transport, connect, client: await connect() },
    async [Symbol.asyncDispose]() {
      await Promise.all([listener.close(), ...connected.map((client) => client.close())]);
      place[Symbol.dispose]();
    },
  };
}
