/**
 * Many requests through a wire that doubles, swaps and breaks off messages, in both directions. No
 * command runs twice, every request has one end, and what is reported is what has run.
 *
 * NANOEXEC_LONG=500 makes it 100,000 requests instead of 10,000.
 * @module
 */
import assert from "node:assert/strict";
import { Journal } from "../../lib/agent/records/journal.ts";
import type { Command, ExecEvent } from "../../lib/agent/exec/command.ts";
import { OutputStore } from "../../lib/agent/exec/output_store.ts";
import { printPublicKey } from "../../lib/envelope/keys/public_key.ts";
import { generateSecretKey } from "../../lib/envelope/keys/secret_key.ts";
import { type HubDaemon, openHubDaemon } from "../../lib/hub/hub_daemon.ts";
import { openHubStore } from "../../lib/hub/store/hub_store.ts";
import { parseTarget } from "../../lib/nodeset/mod.ts";
import { ipc, tcp } from "../../lib/sp/mod.ts";
import { waitForAgents } from "../../lib/trigger/queue/local_queue.ts";
import { FollowedJob } from "../../lib/trigger/results/followed_job.ts";
import type { HostResult } from "../../lib/trigger/results/host_result.ts";
import { prepareRequest } from "../../lib/trigger/requests/submission.ts";
import { FaultyProxy } from "../support/faults/faulty_proxy.ts";
import { type FaultCounts, frameFaults } from "../support/faults/frame_faults.ts";
import { openSimulatedAgent } from "../support/agent/simulated_agent.ts";

const LONG = Deno.env.get("NANOEXEC_LONG");
const REQUESTS = Number(LONG ?? 50) * 200;
const RATES = { duplicate: 0.1, reorder: 0.05, cut: 0.01 };
const NODES = Array.from({ length: 8 }, (_, index) => `web${index + 1}`);
/** How many requests each host has under way at once: an agent has 4 slots, and lets 100 wait. */
const UNDER_WAY = 40;
const MAX_MS = 60_000;

/** What was run and what was reported, by the ids of the requests. */
interface Books {
  readonly runs: Map<string, number>;
  readonly ends: Map<string, HostResult[]>;
}

/** The exit code of a command, which nobody can report who has not run it. */
function codeOf(number: number): number {
  return number % 251;
}

async function* exitWithItsNumber(command: Command): AsyncGenerator<ExecEvent> {
  yield { kind: "started", pid: 1 };
  const [now, nothing] = [Date.now(), new OutputStore(0).report(true)];
  const report = { startMs: now, endMs: now, durationMs: 0, stdout: nothing, stderr: nothing };
  yield {
    kind: "exited",
    code: codeOf(command.kind === "argv" ? Number(command.argv[1]) : NaN),
    report,
  };
}

const key = generateSecretKey("ann");

/** Has a request carried out; resolves when it has ended. */
async function request(
  number: number,
  { registry: office }: HubDaemon,
  { ends }: Books,
): Promise<string> {
  const node = NODES[number % NODES.length] ?? "";
  const { about, ...order } = prepareRequest({
    target: parseTarget(node),
    lifeMs: MAX_MS,
    run: { kind: "argv", argv: ["true", `${number}`] },
    timeoutMs: MAX_MS,
    mode: "run",
  }, [key]);
  const heard: HostResult[] = [];
  ends.set(order.id, heard);
  const listener = { output() {}, ended: (_node: string, end: HostResult) => void heard.push(end) };
  const sink = new FollowedJob([node], { listeners: [listener] });
  const submission = { ...order, nodes: [node], deliverMs: MAX_MS };
  const job = await office.submit(submission, { ...about, by: "" }, sink);
  await job?.over;
  return order.id;
}

/** Opens the agents behind `port`; they write into `books` what they run. */
async function openAgents(port: number, { runs }: Books): Promise<AsyncDisposableStack> {
  const trust = [printPublicKey({ key: key.publicKey, comment: "ann" })];
  await using stack = new AsyncDisposableStack();
  for (const name of NODES) {
    const journal = stack.use(new Journal({ path: ":memory:" }));
    stack.use(
      await openSimulatedAgent(name, {
        ...{ url: `tcp://127.0.0.1:${port}`, trust, journal },
        execute: (command, { job }) => {
          runs.set(job, (runs.get(job) ?? 0) + 1);
          return exitWithItsNumber(command);
        },
        random: () => 0.01,
      }),
    );
  }
  return stack.move();
}

/** Opens a hub, a wire that does harm, and agents at its other end. */
async function withScene(
  counts: FaultCounts,
  act: (hub: HubDaemon, books: Books) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "nanoexec_wire_" });
  await using stack = new AsyncDisposableStack();
  stack.defer(() => Deno.remove(folder, { recursive: true }));
  const { store } = openHubStore({ path: ":memory:" });
  stack.use(store);
  const daemon = stack.use(
    await openHubDaemon({
      ...{ listen: ["tcp://127.0.0.1:0"], control: `ipc://${folder}/control.sock` },
      ...{ transports: [tcp, ipc], store, version: "0", insecure: false, keepOutput: 0 },
    }),
  );
  const [url = ""] = daemon.dispatcher.urls;
  const faults = frameFaults(RATES, counts);
  const port = Number(new URL(url.replace("tcp", "http")).port);
  const proxy = stack.use(new FaultyProxy(port, { toServer: faults, toClient: faults }));
  const books: Books = { runs: new Map(), ends: new Map() };
  stack.use(await openAgents(proxy.port, books));
  await waitForAgents(daemon.dispatcher, { expect: NODES, maxMs: MAX_MS });
  await act(daemon, books);
}

/** Has all requests carried out, so many of each host's at once; gives their ids in order. */
async function requestAll(hub: HubDaemon, books: Books): Promise<readonly string[]> {
  const ids: string[] = new Array(REQUESTS);
  await Promise.all(NODES.map(async (_node, first) => {
    let next = first;
    const take = () => (next += NODES.length) - NODES.length;
    await Promise.all(Array.from({ length: UNDER_WAY }, async () => {
      for (let number = take(); number < REQUESTS; number = take()) {
        ids[number] = await request(number, hub, books);
      }
    }));
  }));
  return ids;
}

function check(ids: readonly string[], { runs, ends }: Books): void {
  assert.deepEqual([...runs].filter(([, times]) => times !== 1), [], "run twice");
  const wrong = ids.flatMap((id, number) => {
    const [end, ...more] = ends.get(id) ?? [];
    const { outcome } = end ?? {};
    const isRight = outcome?.kind === "exited" && outcome.code === codeOf(number) && runs.has(id);
    return isRight && more.length === 0 ? [] : [{ number, outcome, more, ran: runs.has(id) }];
  });
  assert.deepEqual(wrong, []);
  assert.equal(runs.size, ids.length);
}

Deno.test({
  name: `${REQUESTS} requests through a wire that doubles, swaps and breaks off run once each`,
  permissions: { read: true, write: true, net: true, env: true },
  timeout: 60_000 + REQUESTS * 12,
  async fn() {
    const counts: FaultCounts = { messages: 0, duplicated: 0, reordered: 0, cut: 0 };
    await withScene(counts, async (hub, books) => check(await requestAll(hub, books), books));
    if (LONG !== undefined) console.log(JSON.stringify(counts));
    // What was meant to happen has happened.
    assert.ok(counts.messages > 4 * REQUESTS);
    assert.ok(counts.duplicated > 0.08 * counts.messages, JSON.stringify(counts));
    assert.ok(counts.reordered > 0.02 * counts.messages, JSON.stringify(counts));
    assert.ok(counts.cut > 0.008 * counts.messages, JSON.stringify(counts));
  },
});
