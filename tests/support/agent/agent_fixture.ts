/**
 * An agent with a simulated network, a simulated clock and recorded instead of executed commands;
 * everything else is real.
 *
 * Open one with `await using agent = await AgentFixture.open()`, send with
 * `agent.hub.send(request.bytes)`, then look at `agent.ran`.
 * @module
 */
import { Agent, type AgentEvent } from "../../../lib/agent/agent.ts";
import type { AuditLog } from "../../../lib/agent/records/audit_log.ts";
import { AUDIT_GENESIS_HASH } from "../../../lib/agent/records/audit_log.ts";
import { AuditRecorder } from "../../../lib/agent/audit_recorder.ts";
import { DirectiveGate } from "../../../lib/agent/admission/directive_gate.ts";
import type { Command, ExecEvent } from "../../../lib/agent/exec/command.ts";
import { Outbox } from "../../../lib/agent/hub_link/outbox.ts";
import { Gate, type GateOptions } from "../../../lib/agent/admission/gate.ts";
import { Journal } from "../../../lib/agent/records/journal.ts";
import { ResultSigner } from "../../../lib/agent/jobs/result_signer.ts";
import { type Execute, Runner, type RunnerEvent } from "../../../lib/agent/jobs/runner.ts";
import { Slots } from "../../../lib/agent/jobs/slots.ts";
import { TrustStore } from "../../../lib/agent/admission/trust_store.ts";
import type { Request } from "../../../lib/envelope/statements/request.ts";
import { generateSecretKey, type SecretKey } from "../../../lib/envelope/keys/secret_key.ts";
import { inproc, type Transport } from "../../../lib/sp/mod.ts";
import { alice } from "../envelope_fixtures.ts";
import { SimulatedHub } from "./simulated_hub.ts";
import { requestAt, type Signed, signed, trustLine } from "./signed_request.ts";
import { SettableClock } from "../settable_clock.ts";

/** What can be chosen. */
export interface AgentFixtureOptions {
  /** Lines of a trust file; `alice` may do everything unless given. */
  readonly trust?: readonly string[];
  /** Loaded; takes the place of those lines. */
  readonly store?: TrustStore;
  readonly insecure?: boolean;
  readonly clock?: SettableClock;
  /** Disposed of with the agent; one in memory unless given. */
  readonly journal?: Journal;
  readonly audit?: AuditLog;
  readonly slots?: number;
  /** Runs commands; unless given each of them exits with 0 at once, having printed nothing. */
  readonly execute?: Execute;
  readonly policy?: Partial<GateOptions["policy"]>;
  readonly maxLifeMs?: number;
  readonly greets?: boolean;
}

/** Something that an agent under test has told. */
export type AgentFixtureEvent = AgentEvent | RunnerEvent;

/** The name of the agent. */
export const AGENT_NAME = "web1";
const URL = "inproc://hub";

/** The agent and the queue that it has dialled. */
export class AgentFixture implements AsyncDisposable {
  /** The ids of the requests whose commands were run, in order. */
  readonly ran: string[] = [];
  /** Those commands. */
  readonly commands: Command[] = [];
  /** Everything that was told and not taken. */
  readonly events: AgentFixtureEvent[] = [];
  readonly clock: SettableClock;
  readonly transport: Transport = inproc();
  readonly outbox: Outbox = new Outbox();
  readonly key: SecretKey = generateSecretKey(AGENT_NAME);
  readonly journal: Journal;
  readonly #stack = new AsyncDisposableStack();
  #runner: Runner | undefined;
  #hub: SimulatedHub | undefined;
  #changed = Promise.withResolvers<void>();

  /** Use {@linkcode AgentFixture.open} instead. */
  constructor({ clock = new SettableClock(), journal }: AgentFixtureOptions) {
    this.clock = clock;
    this.journal = this.#stack.use(journal ?? new Journal({ path: ":memory:", clock }));
  }

  /** Opens a queue and an agent; resolves when the agent has introduced itself. */
  static async open(options: AgentFixtureOptions = {}): Promise<AgentFixture> {
    const agent = new AgentFixture(options);
    const { greets = true } = options;
    agent.#hub = agent.#stack.use(await SimulatedHub.open(agent.transport, URL, { greets }));
    await agent.#dial(options);
    await agent.hub.attached();
    if (greets) await agent.hub.hello();
    agent.clock.advance(1_000); // What was issued before the start is refused.
    return agent;
  }

  /** The queue that the agent has dialled. */
  get hub(): SimulatedHub {
    if (!this.#hub) throw new TypeError("the agent is not open");
    return this.#hub;
  }

  /** The agent's runner. */
  get runner(): Runner {
    if (!this.#runner) throw new TypeError("the agent is not open");
    return this.#runner;
  }

  /** A request that is signed now. */
  request(fields: Partial<Request> = {}, keys: readonly SecretKey[] = [alice]): Signed {
    return signed(requestAt(this.clock.now(), fields), keys);
  }

  /** Takes the events that were told since this was asked last. */
  takeEvents(): AgentFixtureEvent[] {
    return this.events.splice(0);
  }

  /** Takes the oldest event that is `which`, waiting for one if need be. */
  async told(which: (event: AgentFixtureEvent) => boolean): Promise<AgentFixtureEvent> {
    while (true) {
      const index = this.events.findIndex(which);
      const [event] = index < 0 ? [] : this.events.splice(index, 1);
      if (event) return event;
      await this.#changed.promise;
    }
  }

  /** Stops the agent, then the queue. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }

  async #dial(options: AgentFixtureOptions): Promise<void> {
    const { clock, journal, outbox } = this;
    const { insecure = false, audit: log, maxLifeMs } = options;
    const onEvent = (event: AgentFixtureEvent) => this.#tell(event);
    const identity = { name: AGENT_NAME, key: this.key, version: "test" };
    const trust = options.store ?? await storeOf(options.trust ?? [trustLine(alice, "alice")]);
    const resultSigner = new ResultSigner({
      identity,
      auditHead: () => log?.head ?? AUDIT_GENESIS_HASH,
      clock,
    });
    const auditRecorder = new AuditRecorder(log, clock);
    const runner = this.#runner = new Runner({
      resultSigner,
      outbox,
      journal,
      slots: new Slots(options.slots),
      clock,
      execute: (command, run) => this.#note(command, run, options.execute ?? exitAtOnce),
      onEvent: (event) => {
        auditRecorder.recordRunnerEvent(event);
        onEvent(event);
      },
    });
    const node = { name: AGENT_NAME, facts: new Map([["os", "linux"]]) };
    const signersOf = (job: string) => runner.signersOf(job);
    const directiveGate = new DirectiveGate({ node, trust, signersOf, clock });
    const gate = new Gate({
      node,
      trust,
      journal,
      insecure,
      policy: { ownUser: "root", resolve: (name) => `/usr/bin/${name}`, ...options.policy },
      clock,
      ...(maxLifeMs !== undefined && { maxLifeMs }),
    });
    this.#stack.use(
      new Agent({
        identity,
        urls: [URL],
        transports: [this.transport],
        insecure,
        facts: { os: "linux" },
        gate,
        directiveGate,
        journal,
        outbox,
        runner,
        resultSigner,
        auditRecorder,
        random: () => 0,
        onEvent,
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

async function storeOf(lines: readonly string[]): Promise<TrustStore> {
  const baked = [lines.join("\n")];
  const store = new TrustStore({ baked, given: [], files: [], revoked: [] });
  await store.load();
  return store;
}

/** The figures of a stream that brought `bytes` bytes. */
export function streamOf(bytes: number): {
  bytes: number;
  kept: number;
  sha256: string;
  complete: boolean;
} {
  return { bytes, kept: bytes, sha256: "0".repeat(64), complete: true };
}

/** The last event of a command that ended with exit code `code` and printed nothing. */
export function exited(code: number): ExecEvent {
  const report = { startMs: 1, endMs: 2, durationMs: 1, stdout: streamOf(0), stderr: streamOf(0) };
  return { kind: "exited", code, report };
}

async function* exitAtOnce(): AsyncGenerator<ExecEvent> {
  yield { kind: "started", pid: 4_242 };
  yield exited(0);
}
