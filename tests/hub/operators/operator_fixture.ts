/**
 * An operator listener in the test process, and programs that send it what a test scripts.
 *
 *     await using fixture = await openOperatorFixture();
 *     const [answer] = await fixture.client.ask({ kind: "jobs", limit: 1 });
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
import type { OperatorEvent } from "../../../lib/hub/operators/operator_session.ts";
import {
  type OperatorTrust,
  toOperator,
  type TrustedOperator,
} from "../../../lib/hub/operators/operator_trust.ts";
import { printPublicKey } from "../../../lib/envelope/keys/public_key.ts";
import { parseHubOperators, type TrustedKey } from "../../../lib/envelope/trust/trust_file.ts";
import { RegistryFixture } from "../jobs/registry_fixture.ts";

const URL = "inproc://operators";

/** The replies of one exchange. */
export interface Talk {
  /** Waits for the oldest reply; `undefined` if the connection ends before. */
  next(): Promise<HubReply | undefined>;
  /** Returns how many replies the test has not taken. */
  count(): number;
  /** Sends another call in the exchange. */
  say(ask: OperatorCall): void;
  /** Ends the exchange. */
  leave(): void;
}

/** A program that sends any calls, and none by itself. */
export class RawOperator {
  readonly #surveyor: RawSurveyor;
  readonly #talks = new Map<number, HubReply[]>();
  readonly #gone = Promise.withResolvers<void>();
  #pipe: Pipe | undefined;
  #isGone = false;
  #changed = Promise.withResolvers<void>();
  #last = 0;

  /** Use {@linkcode OperatorFixture.connect} instead. */
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

  /** Resolves when the connection has ended. */
  get gone(): Promise<void> {
    return this.#gone.promise;
  }

  /** Connects. */
  async open(transport: Transport): Promise<void> {
    const signal = AbortSignal.timeout(5_000);
    const options = { transports: [transport], pattern: this.#surveyor, signal };
    this.#pipe = await dialOnce(URL, options);
  }

  /** Starts an exchange. */
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

  /** Returns all replies to a call, including the last one. */
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

  /** Stops reading. */
  pause(): void {
    this.#pipe?.pause();
  }

  /** Disconnects. */
  async close(): Promise<void> {
    await this.#pipe?.close();
  }

  #tell(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }
}

/** A listener with one connected program. Disposing it ends both. */
export interface OperatorFixture extends AsyncDisposable {
  readonly jobs: RegistryFixture;
  readonly transport: Transport;
  readonly client: RawOperator;
  readonly listener: OperatorListener;
  readonly events: readonly OperatorEvent[];
  /** Connects one more program. */
  connect(): Promise<RawOperator>;
}

/** The operators of a listener. */
export interface OperatorFixtureOptions {
  /** The keys with all rights; with them everybody must log in. */
  readonly operators?: readonly SecretKey[];
  /** The hub's own trust file instead, which a test can write. */
  readonly file?: OperatorFile;
  /** Whether everybody must log in, if there is such a file; true by default. */
  readonly loginRequired?: boolean;
  /** Whether the hub passes unsigned commands on. */
  readonly insecure?: boolean;
}

/** Operators in the text of a hub's own trust file. */
export class OperatorFile implements OperatorTrust {
  #entries: readonly TrustedKey[] = [];

  /** Creates a file with these lines. */
  constructor(...lines: readonly string[]) {
    this.write(...lines);
  }

  /** Writes these lines, which are trusted at once. */
  write(...lines: readonly string[]): void {
    this.#entries = parseHubOperators(lines.join("\n"));
  }

  /** Returns the operator of a key. */
  get(keyid: string): TrustedOperator | undefined {
    const entry = this.#entries.find(({ key }) => key.keyid === keyid);
    return entry && toOperator(entry, { file: "/etc/nanoexec/hub_operators", own: true });
  }
}

function trustIn({ operators = [], file }: OperatorFixtureOptions): OperatorTrust {
  if (file) return file;
  const lines = operators.map((key) =>
    `read,run,cancel,hosts ${printPublicKey({ ...key, key: key.publicKey })}`
  );
  return new OperatorFile(...lines);
}

/** Opens a listener. */
export async function openOperatorFixture(
  options: OperatorFixtureOptions = {},
): Promise<OperatorFixture> {
  const events: OperatorEvent[] = [];
  const loginRequired = options.loginRequired ?? (options.operators ?? options.file) !== undefined;
  const jobs = new RegistryFixture();
  const transport = inproc();
  const { store, registry, clock } = jobs;
  const operatorListener = new OperatorListener({
    // The listener uses no other part of the dispatcher.
    dispatcher: {
      roster: new Roster(),
      insecure: options.insecure ?? false,
    } as unknown as Dispatcher,
    ...{ store, registry: registry, hosts: new HostRegistry(store.hosts, clock), version: "1.2.3" },
    ...{ trust: trustIn(options), loginRequired, clock, onEvent: (event) => events.push(event) },
  }, clock);
  const { pattern } = operatorListener;
  const listener = await listen(URL, { patterns: [pattern], transports: [transport] });
  const connected: RawOperator[] = [];
  const connect = async () => {
    const client = new RawOperator();
    await client.open(transport);
    connected.push(client);
    return client;
  };
  return {
    ...{ jobs, transport, connect, client: await connect(), events, listener: operatorListener },
    async [Symbol.asyncDispose]() {
      await Promise.all([listener.close(), ...connected.map((client) => client.close())]);
      jobs[Symbol.dispose]();
    },
  };
}
