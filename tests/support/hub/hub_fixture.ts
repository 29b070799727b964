/**
 * A hub within the test's process with a clock that the test advances, and agents that attach to it.
 *
 *     await using fixture = await openHubFixture();
 *     await using agent = await fixture.attach({ name: "web1" });
 * @module
 */
import type { HubMessage } from "../../../lib/protocol/agent/messages.ts";
import {
  type Dispatcher,
  type DispatcherOptions,
  type HubEvent,
  openDispatcher,
} from "../../../lib/hub/jobs/dispatcher.ts";
import type { JobSpec } from "../../../lib/protocol/job/job_spec.ts";
import { inproc } from "../../../lib/sp/transports/inproc.ts";
import { JobRecorder } from "./job_recorder.ts";
import { type HubAddress, ScriptedAgent, type ScriptedAgentOptions } from "./scripted_agent.ts";
import { VirtualClock } from "../virtual_clock.ts";

/** A hub and its events. Disposing it closes the hub. */
export interface HubFixture extends AsyncDisposable {
  readonly hub: Dispatcher;
  readonly place: HubAddress;
  readonly clock: VirtualClock;
  readonly events: HubEvent[];
  /** Attaches an agent, and waits until it is on the roster. */
  attach(options?: ScriptedAgentOptions): Promise<ScriptedAgent>;
}

/** Opens a hub on its own transport. */
export async function openHubFixture(
  options: Partial<DispatcherOptions> = {},
): Promise<HubFixture> {
  const place = { url: "inproc://hub", transport: inproc() };
  const clock = new VirtualClock();
  const events: HubEvent[] = [];
  const hub = await openDispatcher({
    listen: [place.url],
    transports: [place.transport],
    version: "1.2.3",
    insecure: false,
    clock,
    onEvent: (event) => events.push(event),
    ...options,
  });
  return {
    hub,
    place,
    clock,
    events,
    async attach(said) {
      const before = hub.roster.get(said?.name ?? "web1");
      const agent = await ScriptedAgent.attach(place, said);
      while ((hub.roster.get(agent.name) ?? before) === before) await hub.roster.changed();
      return agent;
    },
    [Symbol.asyncDispose]: () => hub[Symbol.asyncDispose](),
  };
}

/** Returns the problems that the hub found suspicious, oldest first. */
export function suspicions({ events }: HubFixture): string[] {
  return events.flatMap((event) => event.kind === "suspicious" ? [event.problem] : []);
}

/** Returns a job whose id is the letter `letter`, 32 times. */
export function jobSpecOf(letter: string, nodes: readonly string[]): JobSpec {
  const id = letter.repeat(32);
  const message: HubMessage = { kind: "unsigned", id, host: "ALL", command: "true" };
  return { id, digest: "d".repeat(64), message, nodes, deliverMs: 10_000, runMs: 60_000 };
}

/** Submits a job and records its events. */
export function submit(
  { hub }: HubFixture,
  spec: JobSpec,
): { readonly job: ReturnType<Dispatcher["submit"]>; readonly sink: JobRecorder } {
  const sink = new JobRecorder();
  return { job: hub.submit(spec, sink), sink };
}
