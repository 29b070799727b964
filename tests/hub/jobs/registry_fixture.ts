/**
 * A job registry whose agents the test simulates, and whose disk can be full.
 * @module
 */
import { UserError } from "../../../lib/base/errors.ts";
import type { PositionedPiece } from "../../../lib/protocol/agent/streams.ts";
import { verifyEnvelope } from "../../../lib/envelope/signing/verify_envelope.ts";
import { resultType } from "../../../lib/envelope/statements/result.ts";
import { signEnvelope } from "../../../lib/envelope/signing/sign_envelope.ts";
import {
  type DatedHostState,
  type EndedState,
  isFinal,
  type JobFollower,
  type JobSink,
} from "../../../lib/protocol/job/host_state.ts";
import type { Dispatcher } from "../../../lib/hub/jobs/dispatcher.ts";
import type { JobSpec } from "../../../lib/protocol/job/job_spec.ts";
import type { ResumableJobSpec } from "../../../lib/hub/jobs/job.ts";
import { JobRegistry } from "../../../lib/hub/jobs/job_registry.ts";
import type { HubStore } from "../../../lib/hub/store/hub_store.ts";
import type { JobStore } from "../../../lib/hub/store/job_table.ts";
import { alice, lookupOf } from "../../support/envelope_fixtures.ts";
import { jobSpecOf } from "../../support/hub/hub_fixture.ts";
import { resultOf } from "../../support/hub/scripted_agent.ts";
import { VirtualClock } from "../../support/virtual_clock.ts";
import { inMemory } from "../store/store_fixture.ts";

const WRITES: ReadonlySet<PropertyKey> = new Set(["add", "spool", "end"]);

/** A store whose disk is full while a test wants it. */
export class FullDisk {
  /** Whether all writes fail. */
  full = false;
  /** The store that the code under test uses. */
  readonly store: HubStore;

  /** Wraps `store`. */
  constructor(store: HubStore) {
    const jobs = new Proxy(store.jobs, { get: (table, name) => this.#method(table, name) });
    this.store = Object.create(store, { jobs: { value: jobs } });
  }

  #method(table: JobStore, name: PropertyKey): unknown {
    const method = Reflect.get(table, name, table);
    if (typeof method !== "function") return method;
    return (...args: unknown[]) =>
      this.full && WRITES.has(name)
        ? Promise.reject(new UserError("disk full"))
        : Reflect.apply(method, table, args);
  }
}

/** The hub's side of a job; the test sends the agents' messages. */
export interface PlayedJob {
  readonly spec: ResumableJobSpec;
  readonly sink: JobSink;
}

/** A registry and its parts. Disposing it closes the store. */
export class RegistryFixture implements Disposable {
  readonly clock: VirtualClock = new VirtualClock();
  readonly disk: FullDisk;
  readonly played: Map<string, PlayedJob> = new Map();
  /** What operators did to jobs under way, such as `cancel aaaaaaaa`. */
  readonly directed: string[] = [];
  readonly #store: HubStore;
  readonly #keepOutput: number;
  registry: JobRegistry;

  /** Keeps at most `keepOutput` bytes of each stream. */
  constructor(keepOutput = 1_000_000) {
    this.#keepOutput = keepOutput;
    this.#store = inMemory({ clock: this.clock });
    this.disk = new FullDisk(this.#store);
    this.registry = this.#open();
  }

  /** The store itself, without the simulated disk. */
  get store(): HubStore {
    return this.#store;
  }

  /** Restarts the hub's process. */
  restart(): void {
    this.registry[Symbol.dispose]();
    this.played.clear();
    this.registry = this.#open();
    this.registry.restore(this.#store.hosts.all());
  }

  /** Submits a job whose id is `letter`, 32 times. */
  async submit(letter: string, nodes: readonly string[]): Promise<PlayedJob> {
    const spec = jobSpecOf(letter, nodes);
    await this.registry.submit(spec, { by: "ann", target: "ALL", summary: "true" });
    return this.#played(spec.id);
  }

  /** Returns the hub's side of a job that is under way. */
  #played(id: string): PlayedJob {
    const played = this.played.get(id);
    if (!played) throw new Error(`no job ${id}`);
    return played;
  }

  /** Closes the registry and the store. */
  [Symbol.dispose](): void {
    this.registry[Symbol.dispose]();
    this.#store[Symbol.dispose]();
  }

  #open(): JobRegistry {
    return new JobRegistry({
      dispatcher: this.#dispatcher(),
      store: this.disk.store,
      keepOutput: this.#keepOutput,
      clock: this.clock,
    });
  }

  #dispatcher(): Dispatcher {
    const submit = (spec: ResumableJobSpec, sink: JobSink) => {
      const open = new Set(spec.nodes);
      const over = Promise.withResolvers<void>();
      const counting: JobSink = {
        ...{
          output: (node, piece) => sink.output(node, piece),
          settle: (node) => sink.settle?.(node),
        },
        state: (node, state) => {
          const keeping = sink.state(node, state);
          if (isFinal(state)) open.delete(node);
          if (open.size === 0) over.resolve();
          return keeping;
        },
      };
      if (open.size === 0) over.resolve();
      this.played.set(spec.id, { spec, sink: counting });
      const note = (what: string) => () =>
        void this.directed.push(`${what} ${spec.id.slice(0, 8)}`);
      return {
        ...{ id: spec.id, over: over.promise },
        ...{ cancel: note("cancel"), confirm: note("confirm") },
        ...{ release: note("release"), withhold: note("withhold") },
      };
    };
    // The registry uses no other part of the dispatcher.
    return { submit } as unknown as Dispatcher;
  }
}

/** Returns the end of `node`, signed with the key of `alice`. */
export function endOf(spec: JobSpec, node: string): Required<EndedState> {
  const envelope = signEnvelope(resultType, resultOf(spec, node), [alice]);
  const result = verifyEnvelope(envelope, { payloadType: resultType, keys: lookupOf(alice) });
  return { kind: "ended", result, envelope };
}

/** An event that a follower received. */
export type Told = { readonly kind: "output" } & PositionedPiece | DatedHostState;

/** Records the events of a follower. */
export class FollowerLog implements JobFollower {
  /** The events of each host, in order. */
  readonly told: Map<string, Told[]> = new Map();
  /** How often the end of the job was received. */
  overs = 0;
  /** The pace of the output. */
  readonly #pace: () => Promise<void> | void;
  readonly #over = Promise.withResolvers<void>();

  /** Takes each piece of output as slowly as `pace`. */
  constructor(pace: () => Promise<void> | void = () => {}) {
    this.#pace = pace;
  }

  /** Resolves at the end of the job. */
  get ended(): Promise<void> {
    return this.#over.promise;
  }

  /** Returns the names of the events of a host, in order. */
  kinds(node: string): string[] {
    return (this.told.get(node) ?? []).map(({ kind }) => kind);
  }

  /** Returns the output of a host on one stream, as text. */
  text(node: string, stream: PositionedPiece["stream"] = "stdout"): string {
    const decoder = new TextDecoder();
    return (this.told.get(node) ?? [])
      .map((news) =>
        news.kind === "output" && news.stream === stream ? news.bytes : new Uint8Array()
      )
      .map((bytes) => decoder.decode(bytes)).join("");
  }

  /** Takes a state. */
  state(node: string, news: DatedHostState): void {
    this.#add(node, news);
  }

  /** Takes output. */
  output(node: string, output: PositionedPiece): Promise<void> | void {
    this.#add(node, { kind: "output", ...output });
    return this.#pace();
  }

  /** Takes the end. */
  over(): void {
    this.overs++;
    this.#over.resolve();
  }

  #add(node: string, news: Told): void {
    this.told.set(node, [...this.told.get(node) ?? [], news]);
  }
}
