/**
 * An agent with a simulated network, a simulated clock and recorded instead of executed commands;
 * everything else is real.
 *
 * Open one with `await using agent = await AgentFixture.open()`, send with
 * `agent.hub.send(request.bytes)`, then look at `agent.ran`.
 * @module
 */
import type { AgentEvent } from "../../../lib/agent/agent.ts";
import type { AuditLog } from "../../../lib/agent/records/audit_log.ts";
import type { Command, ExecEvent } from "../../../lib/agent/exec/command.ts";
import type { Outbox } from "../../../lib/agent/hub_link/outbox.ts";
import type { GateOptions } from "../../../lib/agent/admission/gate.ts";
import { Journal } from "../../../lib/agent/records/journal.ts";
import type { Execute, Runner, RunnerEvent } from "../../../lib/agent/jobs/runner.ts";
import type { TrustStore } from "../../../lib/agent/admission/trust_store.ts";
import type { Request } from "../../../lib/envelope/statements/request.ts";
import { generateSecretKey, type SecretKey } from "../../../lib/envelope/keys/secret_key.ts";
import { inproc, type Transport } from "../../../lib/sp/mod.ts";
import { alice } from "../envelope_fixtures.ts";
import { openSimulatedAgent, type SimulatedAgent } from "./simulated_agent.ts";
import { SimulatedHub } from "./simulated_hub.ts";
import { requestAt, type Signed, signed, trustLine } from "./signed_request.ts";
import { SettableClock } from "../settable_clock.ts";

/** Options of the fixture. */
export interface AgentFixtureOptions {
  /** Lines of a trust file; by default `alice` without restrictions. */
  readonly trust?: readonly string[];
  /** A loaded trust store, instead of those lines. */
  readonly store?: TrustStore;
  readonly insecure?: boolean;
  readonly clock?: SettableClock;
  /** Disposed of with the agent; in memory by default. */
  readonly journal?: Journal;
  readonly audit?: AuditLog;
  readonly slots?: number;
  /** Runs commands; by default each one exits with 0 at once without output. */
  readonly execute?: Execute;
  readonly policy?: Partial<GateOptions["policy"]>;
  readonly maxLifeMs?: number;
  readonly greets?: boolean;
}

/** An event of the agent under test. */
export type AgentFixtureEvent = AgentEvent | RunnerEvent;

/** The name of the agent. */
export const AGENT_NAME = "web1";
const URL = "inproc://hub";

/** The agent and the simulated hub that it has dialled. */
export class AgentFixture implements AsyncDisposable {
  /** The ids of the requests whose commands ran, in order. */
  readonly ran: string[] = [];
  /** Those commands. */
  readonly commands: Command[] = [];
  /** Events that the test has not taken. */
  readonly events: AgentFixtureEvent[] = [];
  readonly clock: SettableClock;
  readonly transport: Transport = inproc();
  readonly key: SecretKey = generateSecretKey(AGENT_NAME);
  readonly journal: Journal;
  readonly #stack = new AsyncDisposableStack();
  #agent: SimulatedAgent | undefined;
  #hub: SimulatedHub | undefined;
  #changed = Promise.withResolvers<void>();

  /** Use {@linkcode AgentFixture.open} instead. */
  constructor({ clock = new SettableClock(), journal }: AgentFixtureOptions) {
    this.clock = clock;
    this.journal = this.#stack.use(journal ?? new Journal({ path: ":memory:", clock }));
  }

  /** Opens a hub and an agent; resolves when the agent is attached. */
  static async open(options: AgentFixtureOptions = {}): Promise<AgentFixture> {
    const agent = new AgentFixture(options);
    const { greets = true } = options;
    agent.#hub = agent.#stack.use(await SimulatedHub.open(agent.transport, URL, { greets }));
    await agent.#dial(options);
    await agent.hub.attached();
    if (greets) await agent.hub.hello();
    agent.clock.advance(1_000); // A request issued before the start is refused.
    return agent;
  }

  /** The simulated hub. */
  get hub(): SimulatedHub {
    if (!this.#hub) throw new TypeError("the agent is not open");
    return this.#hub;
  }

  /** The agent's runner. */
  get runner(): Runner {
    return this.#opened.runner;
  }

  /** The agent's outbox. */
  get outbox(): Outbox {
    return this.#opened.outbox;
  }

  get #opened(): SimulatedAgent {
    if (!this.#agent) throw new TypeError("the agent is not open");
    return this.#agent;
  }

  /** Signs a request issued now. */
  request(fields: Partial<Request> = {}, keys: readonly SecretKey[] = [alice]): Signed {
    return signed(requestAt(this.clock.now(), fields), keys);
  }

  /** Takes the events since the last call. */
  takeEvents(): AgentFixtureEvent[] {
    return this.events.splice(0);
  }

  /** Takes the oldest event that matches `which`; waits for one if there is none. */
  async waitForEvent(which: (event: AgentFixtureEvent) => boolean): Promise<AgentFixtureEvent> {
    while (true) {
      const index = this.events.findIndex(which);
      const [event] = index < 0 ? [] : this.events.splice(index, 1);
      if (event) return event;
      await this.#changed.promise;
    }
  }

  /** Stops the agent, then the hub. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }

  async #dial(options: AgentFixtureOptions): Promise<void> {
    const { store, trust = [trustLine(alice, "alice")], execute = exitAtOnce } = options;
    const { insecure, slots, audit, maxLifeMs, policy } = options;
    this.#agent = this.#stack.use(
      await openSimulatedAgent(AGENT_NAME, {
        ...{ url: URL, transport: this.transport, trust: store ?? trust, facts: { os: "linux" } },
        ...{ key: this.key, clock: this.clock, journal: this.journal, audit, maxLifeMs },
        ...{ insecure: insecure ?? false, ...(slots !== undefined && { slots }) },
        policy: { resolve: (name) => `/usr/bin/${name}`, ...policy },
        random: () => 0,
        execute: (command, run) => this.#note(command, run, execute),
        onEvent: (event) => this.#tell(event),
      }),
    );
  }

  #tell(event: AgentFixtureEvent): void {
    this.events.push(event);
    this.#changed.resolve();
    this.#changed = Promise.withResolvers<void>();
  }

  #note(...[command, run, execute]: [...Parameters<Execute>, Execute]): ReturnType<Execute> {
    this.ran.push(run.job);
    this.commands.push(command);
    return execute(command, run);
  }
}

/** Returns the figures of a stream of `bytes` bytes. */
export function streamOf(bytes: number): {
  bytes: number;
  kept: number;
  sha256: string;
  complete: boolean;
} {
  return { bytes, kept: bytes, sha256: "0".repeat(64), complete: true };
}

/** Returns the end of a command with exit code `code` and no output. */
export function exited(code: number): ExecEvent {
  const report = { startMs: 1, endMs: 2, durationMs: 1, stdout: streamOf(0), stderr: streamOf(0) };
  return { kind: "exited", code, report };
}

async function* exitAtOnce(): AsyncGenerator<ExecEvent> {
  yield { kind: "started", pid: 4_242 };
  yield exited(0);
}
