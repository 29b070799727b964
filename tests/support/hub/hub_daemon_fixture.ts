/**
 * A hub daemon within the test's process, agents that attach to it, and an operator's program that
 * calls it.
 *
 *     await using fixture = await openDaemonFixture();
 *     await using agent = await fixture.attach({ name: "web1" });
 *     await listHosts(fixture.queue, { facts: false });
 * @module
 */
import { type HubDaemon, openHubDaemon } from "../../../lib/hub/hub_daemon.ts";
import { openHubStore } from "../../../lib/hub/store/hub_store.ts";
import type { PublicKey } from "../../../lib/envelope/keys/public_key.ts";
import { inproc } from "../../../lib/sp/transports/inproc.ts";
import type { ByteStream } from "../../../lib/sp/wire/transport.ts";
import { openRemoteQueue, type RemoteQueue } from "../../../lib/trigger/queue/remote_queue.ts";
import { alice } from "../envelope_fixtures.ts";
import { recordingTransport } from "../sp/recording_transport.ts";
import { ScriptedAgent, type ScriptedAgentOptions } from "./scripted_agent.ts";

/** The hub and the program. Disposing it closes both. */
export interface HubDaemonFixture extends AsyncDisposable {
  readonly daemon: HubDaemon;
  readonly queue: RemoteQueue;
  /** The keys that the operator knows. */
  readonly pins: Map<string, PublicKey>;
  /** Ends the operator's connection abruptly. */
  cut(): void;
  /** Attaches an agent, and waits until it is on the roster. */
  attach(options?: ScriptedAgentOptions): Promise<ScriptedAgent>;
}

/** Opens a hub on its own transport, and connects to it. */
export async function openHubDaemonFixture(): Promise<HubDaemonFixture> {
  const transport = inproc();
  const place = { url: "inproc://hub", transport };
  await using stack = new AsyncDisposableStack();
  const { store } = openHubStore({ path: ":memory:" });
  stack.use(store);
  const daemon = stack.use(
    await openHubDaemon({
      listen: [place.url],
      control: "inproc://control",
      transports: [transport],
      store,
      version: "1.2.3",
      insecure: false,
      keepOutput: 1_000,
    }),
  );
  const pins = new Map<string, PublicKey>();
  const streams: ByteStream[] = [];
  const queue = stack.use(
    await openRemoteQueue({
      url: "inproc://control",
      transports: [recordingTransport(transport, streams)],
      version: "1.2.3",
      key: () => Promise.resolve(alice),
      pins,
    }, new AbortController().signal),
  );
  const opened = stack.move();
  return {
    daemon,
    queue,
    pins,
    cut: () => streams.at(-1)?.destroy(),
    async attach(said) {
      const { roster } = daemon.dispatcher;
      const before = roster.get(said?.name ?? "web1");
      const agent = await ScriptedAgent.attach(place, said);
      while ((roster.get(agent.name) ?? before) === before) await roster.changed();
      return agent;
    },
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}
