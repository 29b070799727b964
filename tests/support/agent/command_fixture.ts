/**
 * An agent that executes real commands, and the simulated hub that it is attached to: `await using
 * fixture = await CommandFixture.open()`.
 * @module
 */
import assert from "node:assert/strict";
import type { OpenAgentOptions } from "../../../lib/agent/open_agent.ts";
import type { Request } from "../../../lib/envelope/statements/request.ts";
import type { Outcome, Result } from "../../../lib/envelope/statements/result.ts";
import { inproc } from "../../../lib/sp/mod.ts";
import { alice, withPrototypes } from "../envelope_fixtures.ts";
import { openRealAgent, type RealAgentOptions } from "./simulated_agent.ts";
import { SimulatedHub } from "./simulated_hub.ts";
import { requestAt, signed, trustLine } from "./signed_request.ts";

type AgentsEvent = Parameters<OpenAgentOptions["onEvent"]>[0];

/** A simulated hub and an agent behind it, with one slot. */
export class CommandFixture implements AsyncDisposable {
  /** The simulated hub. */
  readonly hub: SimulatedHub;
  readonly #events: readonly AgentsEvent[];
  readonly #stack: AsyncDisposableStack;

  /** Use {@linkcode CommandFixture.open} instead. */
  constructor(hub: SimulatedHub, events: readonly AgentsEvent[], stack: AsyncDisposableStack) {
    this.hub = hub;
    this.#events = events;
    this.#stack = stack;
  }

  /** Opens both; resolves when the agent is attached. */
  static async open(options: Pick<RealAgentOptions, "state"> = {}): Promise<CommandFixture> {
    await using stack = new AsyncDisposableStack();
    const transport = inproc();
    const hub = stack.use(await SimulatedHub.open(transport, "inproc://hub"));
    const events: AgentsEvent[] = [];
    const trust = [trustLine(alice, "alice")];
    stack.use(
      await openRealAgent("web1", {
        ...{ url: "inproc://hub", transport, trust, slots: 1, ...options },
        onEvent: (event) => void events.push(event),
      }),
    );
    await hub.hello();
    return new CommandFixture(hub, events, stack.move());
  }

  /**
   * Returns the logged events of a request: one short line for its start, if it started, and one
   * for its end.
   */
  eventsOf(id: string): readonly string[] {
    return this.#events.flatMap((event) => {
      if (event.kind !== "started" && event.kind !== "ended" || event.job.id !== id) return [];
      const said = event.kind === "ended" ? JSON.stringify(event.outcome) : `${event.pid}`;
      assert.equal(said.length < 500, true);
      return [event.kind];
    });
  }

  /** Runs a request; returns its result and its output. */
  async run(fields: Partial<Request>): Promise<{ result: Result; text: string }> {
    const body = requestAt(Date.now(), { maxOutput: 10_000, timeoutMs: 5_000, ...fields });
    const { id, bytes } = signed(body);
    this.hub.send(bytes);
    const result = withPrototypes(await this.hub.result(id)) as Result;
    const chunks = this.hub.received.splice(0)
      .filter((message) => message.kind === "output" && message.id === id);
    const text = chunks.map((chunk) =>
      "bytes" in chunk ? new TextDecoder().decode(chunk.bytes) : ""
    );
    this.hub.say({ kind: "ack", id });
    return { result, text: text.join("") };
  }

  /** Runs a shell command; returns its outcome. */
  async shell(command: string, fields: Partial<Request> = {}): Promise<Outcome> {
    return (await this.run({ run: { kind: "shell", command }, ...fields })).result.outcome;
  }

  /** Asserts that a slot is free and that a valid command runs. */
  async assertObeys(): Promise<void> {
    assert.deepEqual(await this.shell("exit 5"), { kind: "exited", code: 5 });
  }

  /** Closes both. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#stack.disposeAsync();
  }
}
