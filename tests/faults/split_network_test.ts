/**
 * The network between hub and agent fails while a command runs: nothing gets through any more, in one
 * direction or in both, or a fifth of all packets is lost. Both ends notice, the command goes on, and
 * when the network is whole again the trigger is told everything as if nothing had happened.
 * @module
 */
import assert from "node:assert/strict";
import { systemClock } from "../../lib/base/clock.ts";
import { MAX_DETECTION_MS } from "../../lib/base/heartbeat.ts";
import { E2E, type Installation, openInstallation } from "../support/programs/installation.ts";
import type { RealProgram } from "../support/programs/real_program.ts";
import { type Side, SplitNetwork } from "../support/faults/split_network.ts";

const CUT_MS = 60_000;
const NETWORK = SplitNetwork.find();
const LINES = Array.from({ length: 20_000 }, (_, index) => `web1: ${index + 1}\n`).join("");

/** A hub at the near end and an agent at the far one. */
interface Scene extends AsyncDisposable {
  readonly here: Installation;
  readonly network: SplitNetwork;
  readonly hub: RealProgram;
  readonly agent: RealProgram;
  /** Starts `nanotrigger COMMAND`, which asks the hub. */
  trigger(command: string, ...args: readonly string[]): RealProgram;
}

async function openScene(): Promise<Scene> {
  await using stack = new AsyncDisposableStack();
  const here = stack.use(await openInstallation());
  await here.trigger("key");
  const network = stack.use(await SplitNetwork.open());
  const [state, env] = [`${here.home}/hub`, here.environment()];
  const url = `tcp://${network.address("near")}:4444`;
  const hubArgs = ["hub", "-v", "--state", state, "--listen", url];
  const hub = stack.use(network.start("near", here.words("trigger", hubArgs), { env }));
  await hub.says("stdout", /^Listening on .*\n/);
  const agentArgs = ["-v", "--hostname", "web1", "--state", here.stateOf("web1"), url];
  const agent = stack.use(network.start("far", here.words("exec", agentArgs), { env }));
  await hub.says("stderr", /agent attached host=web1/);
  const control = `ipc://${state}/control.sock`;
  const opened = stack.move();
  return {
    ...{ here, network, hub, agent },
    trigger: (command, ...args) => here.start("trigger", [command, "--hub", control, ...args]),
    [Symbol.asyncDispose]: () => opened.disposeAsync(),
  };
}

/** Starts a command that prints when it has begun, and the rest once it may go on. */
async function startCommand({ here, trigger }: Scene): Promise<RealProgram> {
  const line =
    "echo run >> $HERE/runs; echo begun; while [ ! -e $HERE/go ]; do sleep 0.1; done; seq 20000";
  const started = trigger("run", "-w", "web1", "--env", `HERE=${here.home}`, "--shell", line);
  await started.says("stdout", /begun/);
  return started;
}

/** Asserts that the command has run once, and that all of it is known. */
async function checkEnd(running: RealProgram, { here, trigger }: Scene): Promise<void> {
  const { code, stdout, stderr } = await running.ended();
  assert.deepEqual([code, stdout === `web1: begun\n${LINES}`], [0, true], stderr);
  assert.equal(await Deno.readTextFile(`${here.home}/runs`), "run\n");
  await using asking = trigger("job", "last", "-j");
  const { results } = JSON.parse((await asking.ended()).stdout);
  assert.deepEqual(results.map(({ state, code }: JsonRow) => [state, code]), [["exited", 0]]);
}

interface JsonRow {
  readonly state: string;
  readonly code: number;
}

/** Cuts the network in mid-command for so long that both ends must notice. */
async function cutInCommand(...sides: readonly Side[]): Promise<void> {
  await using scene = await openScene();
  const { network, hub, agent, here } = scene;
  await using running = await startCommand(scene);
  await network.cut(...sides);
  await Deno.writeTextFile(`${here.home}/go`, "");
  const begin = performance.now();
  const since = () => performance.now() - begin;
  const noticed = await Promise.all([
    hub.says("stderr", /agent detached host=web1/).then(since),
    agent.says("stderr", /hub timed out|hub not reachable/).then(since),
  ]);
  assert.ok(Math.max(...noticed) <= MAX_DETECTION_MS, noticed.join());
  await systemClock.sleep(Math.max(0, CUT_MS - since()));
  await network.heal();
  await checkEnd(running, scene);
}

async function losePackets(): Promise<void> {
  await using scene = await openScene();
  await scene.network.lose(20);
  await using running = await startCommand(scene);
  await Deno.writeTextFile(`${scene.here.home}/go`, "");
  await checkEnd(running, scene);
}

Deno.test({
  ...E2E,
  name: `a network that fails in mid-command costs time and nothing else ${NETWORK.needs}`,
  ignore: !NETWORK.available,
  timeout: 150_000,
  async fn() {
    const all = { "both ways": cutInCommand("near", "far"), "to the agent": cutInCommand("far") };
    const more = { "to the hub": cutInCommand("near"), "a fifth lost": losePackets() };
    const names = Object.entries({ ...all, ...more });
    // Side by side: each of them waits most of the time. All are cleaned up before one fails.
    const results = await Promise.allSettled(names.map(([, done]) => done));
    results.forEach((result, index) => {
      if (result.status === "rejected") {
        throw new Error(`${names[index]?.[0]}: ${result.reason.message}`, { cause: result.reason });
      }
    });
  },
});
