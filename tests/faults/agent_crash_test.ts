/**
 * The agent is killed with SIGKILL at every marked point of a request's life and started again. No
 * request runs twice, none runs before it is on disk that it was seen, no result is lost, and every
 * request comes to an end that is told.
 *
 * NANOEXEC_LONG=500 makes it 500 rounds instead of 25.
 * @module
 */
import assert from "node:assert/strict";
import { verifyAudit } from "../../lib/agent/audit.ts";
import { systemClock } from "../../lib/base/clock.ts";
import { printPublicKey } from "../../lib/envelope/public_key.ts";
import { generateSecretKey, type SecretKey } from "../../lib/envelope/secret_key.ts";
import { type Hub, openHub } from "../../lib/hub/hub.ts";
import { parseTarget } from "../../lib/nodeset/target.ts";
import { tcp } from "../../lib/sp/mod.ts";
import { attendance } from "../../lib/trigger/attendance.ts";
import { gathering, type NodeEnd } from "../../lib/trigger/gather.ts";
import { signedOrder } from "../../lib/trigger/order.ts";
import {
  CRASHING_NAME,
  crashingAgentWords,
  crashPoints,
  type Progress,
} from "../support/crashing_agent.ts";
import { E2E } from "../support/installation.ts";
import { RealProgram } from "../support/real_program.ts";

const ROUNDS = Number(Deno.env.get("NANOEXEC_LONG") ?? 25);
const MAX_MS = 30_000;

/** A hub in this process, and a folder for the agent. */
interface Place extends AsyncDisposable {
  readonly hub: Hub;
  readonly key: SecretKey;
  readonly state: string;
  /** The file to which each command appends the id of its request. */
  readonly runs: string;
  startAgent(): RealProgram;
}

async function openPlace(): Promise<Place> {
  const folder = await Deno.realPath(await Deno.makeTempDir({ prefix: "nanoexec_crash_" }));
  const state = `${folder}/state`;
  const key = generateSecretKey("ann");
  const hub = await openHub({
    listen: ["tcp://127.0.0.1:0"],
    transports: [tcp],
    version: "0",
    insecure: false,
  });
  const [url = ""] = hub.urls;
  const line = printPublicKey({ key: key.publicKey, comment: "ann" });
  const env = { PATH: "/usr/bin:/bin", DENO_DIR: await denoDir() };
  return {
    hub,
    key,
    state,
    runs: `${folder}/runs`,
    startAgent: () => new RealProgram(crashingAgentWords(state, url, line), { env }),
    async [Symbol.asyncDispose]() {
      await hub[Symbol.asyncDispose]();
      await Deno.remove(folder, { recursive: true });
    },
  };
}

async function denoDir(): Promise<string> {
  const { stdout } = await new Deno.Command(Deno.execPath(), { args: ["info", "--json"] }).output();
  return JSON.parse(new TextDecoder().decode(stdout)).denoDir;
}

/** Hands a request to the hub; `over` resolves with how it ended. */
function submit(
  { hub, key, runs }: Place,
): { readonly id: string; readonly over: Promise<NodeEnd> } {
  const order = signedOrder({
    target: parseTarget(CRASHING_NAME),
    lifeMs: 60_000,
    run: { kind: "shell", command: `echo $NANOEXEC_JOB >> ${runs}; seq 1000` },
    timeoutMs: MAX_MS,
    mode: "run",
  }, [key]);
  const ended = Promise.withResolvers<NodeEnd>();
  const sink = gathering({ output() {}, ended: (_node, end) => ended.resolve(end) });
  hub.submit({ ...order, nodes: [CRASHING_NAME], deliverMs: MAX_MS }, sink);
  return { id: order.id, over: ended.promise };
}

/** How often the command of request `id` was run so far. */
async function runsOf(id: string, { runs }: Place): Promise<number> {
  const text = await Deno.readTextFile(runs).catch(() => "");
  return text.split("\n").filter((line) => line === id).length;
}

/** One request whose agent dies at `point`, `deaths` times, before it may live. */
async function dieAt(
  point: string,
  { place, agent, deaths }: { place: Place; agent: RealProgram; deaths: number },
): Promise<RealProgram> {
  const crash = `${place.state}/crash`;
  await Deno.writeTextFile(crash, point);
  const { id, over } = submit(place);
  let living = agent;
  let before = 0;
  for (let death = 1; death <= deaths; death++) {
    const { signal, stderr } = await living.ended();
    assert.equal(signal, "SIGKILL", stderr);
    if (death === 1) before = await runsOf(id, place);
    if (death === deaths) await Deno.remove(crash);
    living = place.startAgent();
  }
  const { outcome } = await over;
  check(crashPoints[point]?.progress, {
    before,
    runs: await runsOf(id, place),
    outcome: outcome.kind,
  });
  return living;
}

/** One request whose agent dies after so many milliseconds, wherever that is. */
async function dieAfter(ms: number, place: Place, agent: RealProgram): Promise<RealProgram> {
  await attendance(place.hub, { expect: [CRASHING_NAME], maxMs: MAX_MS });
  const { id, over } = submit(place);
  await systemClock.sleep(ms);
  agent.kill("SIGKILL");
  await agent.ended();
  const before = await runsOf(id, place);
  const living = place.startAgent();
  const { outcome } = await over;
  check(undefined, { before, runs: await runsOf(id, place), outcome: outcome.kind });
  return living;
}

/** What must be true after a round, by how far the request was when the agent died. */
function check(
  progress: Progress | undefined,
  found: { readonly before: number; readonly runs: number; readonly outcome: string },
): void {
  const { before, runs, outcome } = found;
  const told = JSON.stringify(found);
  assert.ok(runs <= 1, told);
  assert.ok(["exited", "lost", "refused"].includes(outcome), told);
  if (outcome === "exited") assert.equal(runs, 1, told);
  if (progress === "unknown") assert.deepEqual([before, outcome], [0, "exited"], told);
  if (progress === "accepted") assert.deepEqual([before, runs, outcome], [0, 0, "lost"], told);
  if (progress === "running") assert.equal(outcome, "lost", told);
  if (progress === "ended") assert.deepEqual([before, outcome], [1, "exited"], told);
}

/** Has an agent live through many rounds; afterwards its audit log must be whole. */
async function endure(
  round: (number: number, place: Place, agent: RealProgram) => Promise<RealProgram>,
): Promise<void> {
  await using place = await openPlace();
  await Deno.mkdir(place.state, { mode: 0o700 });
  let agent = place.startAgent();
  // What was signed before the agent's first start would be refused.
  await attendance(place.hub, { expect: [CRASHING_NAME], maxMs: MAX_MS });
  for (let number = 0; number < ROUNDS; number++) agent = await round(number, place, agent);
  agent.kill("SIGKILL");
  await agent.ended();
  const audit = await Deno.readTextFile(`${place.state}/audit.jsonl`);
  assert.equal(verifyAudit(audit).kind, "intact");
}

const POINTS = Object.keys(crashPoints);
const timeout = 60_000 + ROUNDS * 5_000;

Deno.test({
  ...E2E,
  name: `an agent that is killed at each of ${POINTS.length} points tells the truth afterwards`,
  timeout,
  fn: () =>
    endure((number, place, agent) => {
      const point = POINTS[number % POINTS.length] ?? "";
      // What is made up for at the start can be interrupted, too.
      const deaths = point === "before the result is in the journal" && number % 2 === 0 ? 2 : 1;
      return dieAt(point, { place, agent, deaths }).catch((cause) => {
        throw new Error(`round ${number}, ${point}: ${cause.message}`, { cause });
      });
    }),
});

Deno.test({
  ...E2E,
  name: "an agent that is killed at any moment tells the truth afterwards",
  timeout,
  fn: () =>
    endure((number, place, agent) => {
      const ms = Math.random() * 60;
      return dieAfter(ms, place, agent).catch((cause) => {
        throw new Error(`round ${number}, ${ms} ms: ${cause.message}`, { cause });
      });
    }),
});
