/**
 * An installation with a hub daemon.
 *
 *     await using here = await openHubInstallation();
 *     await using agent = await here.agent("web1");
 *     await here.ask("run", "-w", "web1")("uptime");
 * @module
 */
import { type Installation, openInstallation } from "./installation.ts";
import type { Ended, RealProgram } from "./real_program.ts";

/** The hub and its installation. Disposing it ends the hub and removes all files. */
export interface HubInstallation extends AsyncDisposable {
  readonly here: Installation;
  readonly hub: RealProgram;
  /** The options by which a trigger finds the hub. */
  readonly options: readonly [string, string];
  /** Runs `nanotrigger COMMAND --hub URL ARGS…` to its end. */
  ask(command: string, ...args: readonly string[]): Promise<Ended>;
}

/** Creates a folder, and starts a hub that keeps its state in it, with `more` options. */
export async function openHubInstallation(
  ...more: readonly string[]
): Promise<HubInstallation> {
  await using stack = new AsyncDisposableStack();
  const here = stack.use(await openInstallation());
  await here.trigger("key"); // agents trust it from their start
  const state = `${here.home}/hub`;
  const hub = stack.use(here.start("trigger", ["hub", "--state", state, ...here.listen, ...more]));
  await hub.says("stdout", /^Listening on .*\n/);
  const options = ["--hub", `ipc://${state}/control.sock`] as const;
  const opened = stack.move();
  return {
    here,
    hub,
    options,
    ask: (command, ...args) => here.trigger(command, ...options, ...args),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}
