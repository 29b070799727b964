/**
 * Runs `uptime` on all hosts of a running hub, and prints each result as it arrives.
 *
 *     deno run --allow-net --allow-read --allow-write=CONTROL scripts/examples/uptime_everywhere.ts \
 *         ~/.config/nanoexec/operator.key ~/.local/state/nanoexec/hub/control.sock
 *
 * (CONTROL is the path of the control socket: Deno needs read and write for a unix socket.)
 * @module
 */
import {
  ALL_NODES,
  decodeSecretKey,
  ipc,
  openRemoteQueue,
  tcp,
  trigger,
} from "../../lib/trigger/mod.ts";

/** Uses the hub at the control socket `control`, with the operator's key in `keyFile`. */
async function uptimeEverywhere(keyFile: string, control: string): Promise<void> {
  const key = decodeSecretKey(await Deno.readTextFile(keyFile));
  await using queue = await openRemoteQueue({
    ...{ url: `ipc://${control}`, transports: [tcp, ipc], version: "example" },
    ...{ key: () => Promise.resolve(key), pins: new Map() },
  });
  const run = { kind: "argv", argv: ["uptime"] } as const;
  for await (const event of trigger(queue, { target: ALL_NODES, run }, { keys: [key] })) {
    if (event.kind === "ended") console.log(`${event.node}: ${event.end.outcome.kind}`);
    else console.log(`${event.node}: ${new TextDecoder().decode(event.bytes).trimEnd()}`);
  }
}

if (import.meta.main) await uptimeEverywhere(Deno.args[0] ?? "", Deno.args[1] ?? "");
