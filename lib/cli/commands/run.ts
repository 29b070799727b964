/**
 * `nanotrigger --host=HOST --command=LINE` and `nanotrigger run … -- ARGV…`: be the queue, have a
 * command run, show what came back.
 * @module
 */
import { systemClock } from "../../base/clock.ts";
import { type Hub, openHub } from "../../hub/hub.ts";
import { foldNodes } from "../../nodeset/node_set.ts";
import { namedNodes, type Target } from "../../nodeset/target.ts";
import { ipc, tcp } from "../../sp/mod.ts";
import { signedOrder, type Wish } from "../../trigger/order.ts";
import { resolve } from "../../trigger/resolve.ts";
import { UserError } from "../errors.ts";
import { HubReport } from "../hub_report.ts";
import { Log } from "../log.ts";
import { openOperatorKey } from "../operator_key.ts";
import { DEFAULT_LISTEN_URL } from "../options/queue_options.ts";
import type { ListHostsOptions, RunOptions } from "../options/run.ts";
import { findPlaces } from "../places.ts";
import { StopSignals } from "../stop_signals.ts";
import { readTarget } from "../target.ts";
import type { Terminal } from "../terminal.ts";
import { VERSION } from "../version.ts";
import { carryOut, DELIVERY_MS } from "./carry_out.ts";
import { runUnsigned } from "./run_unsigned.ts";

/** How long a command may run unless `-u` says otherwise: as long as a request may say. */
const RUN_MS = 3_600_000;
/** The least and the most that a request lives, so that clocks may differ a little. */
const MIN_LIFE_MS = 60_000;
const MAX_LIFE_MS = 300_000;
/** How much of each output stream is kept when it must be kept in memory. */
const GATHERED_OUTPUT = 1_048_576;

/** Runs the command; resolves with the exit status. */
export async function runCommandLine(options: RunOptions, terminal: Terminal): Promise<number> {
  const places = findPlaces();
  const target = await readTarget(options.target, places.groups);
  const key = options.insecure ? undefined : await openOperatorKey(options, places, terminal);
  using log = openLog(options, terminal);
  using stop = new StopSignals();
  await using hub = await becomeHub(options, log);
  const maxMs = options.execution.deliveryTimeoutMs ?? DELIVERY_MS;
  if (!key) return await runUnsigned({ options, hub, terminal, signal: stop.signal }, maxMs);
  const nodes = await meant(hub, target, { options, terminal, signal: stop.signal });
  const order = signedOrder(wishOf(options, target), [key]);
  return await carryOut(order, { options, hub, nodes, terminal, signal: stop.signal });
}

/** Prints the names of the hosts that are meant, folded. */
export async function listHosts(options: ListHostsOptions, terminal: Terminal): Promise<number> {
  const target = await readTarget(options.target, findPlaces().groups);
  using log = openLog(options, terminal);
  using stop = new StopSignals();
  await using hub = await becomeHub({ ...options, insecure: false }, log);
  const execution = { deliveryTimeoutMs: undefined };
  const nodes = await meant(hub, target, {
    options: { ...options, execution },
    terminal,
    signal: stop.signal,
  });
  await terminal.print(foldNodes(nodes));
  return 0;
}

interface Asking {
  readonly options: Pick<RunOptions, "expect"> & {
    readonly execution: Pick<RunOptions["execution"], "deliveryTimeoutMs">;
  };
  readonly terminal: Terminal;
  readonly signal: AbortSignal;
}

/** The hosts that are meant; names of which nothing is known are told. */
async function meant(hub: Hub, target: Target, asking: Asking): Promise<readonly string[]> {
  const { options: { expect, execution }, terminal, signal } = asking;
  const { nodes, unknown } = await resolve(hub, target, {
    maxMs: execution.deliveryTimeoutMs ?? DELIVERY_MS,
    signal,
    ...(expect !== undefined && { expect: await expected(expect) }),
  });
  if (unknown.length > 0) terminal.warning(`${foldNodes(unknown)}: not attached, left out`);
  if (nodes.length > 0) return nodes;
  throw new UserError("no host is meant", {
    hint: hub.roster.size === 0
      ? "no agent has attached; are they running, and do they dial this machine?"
      : `attached are ${foldNodes([...hub.roster].map((session) => session.name))}`,
  });
}

async function expected(set: string): Promise<readonly string[]> {
  const base = { kind: "set", expression: set } as const;
  const target = await readTarget({ base, exclude: undefined, select: undefined }, []);
  return [...namedNodes(target)];
}

function wishOf(options: RunOptions, target: Target): Wish {
  const { command, execution: { user, cwd, env, ...execution }, output, dryRun } = options;
  const maxOutput = execution.maxOutputBytes ??
    (output.format.kind === "lines" || output.format.kind === "jsonl"
      ? undefined
      : GATHERED_OUTPUT);
  return {
    target,
    lifeMs: lifeOf(execution.deliveryTimeoutMs ?? DELIVERY_MS),
    run: command.kind === "argv"
      ? { kind: "argv", argv: command.argv }
      : { kind: "shell", command: command.line },
    timeoutMs: execution.runTimeoutMs ?? RUN_MS,
    mode: dryRun ? "check" : "run",
    ...(maxOutput !== undefined && { maxOutput }),
    ...(user !== undefined && { user }),
    ...(cwd !== undefined && { cwd }),
    ...(Object.keys(env).length > 0 && { env }),
  };
}

function lifeOf(deliveryMs: number): number {
  return Math.min(Math.max(deliveryMs, MIN_LIFE_MS), MAX_LIFE_MS);
}

async function becomeHub(
  { listen, insecure }: Pick<RunOptions, "listen" | "insecure">,
  log: Log,
): Promise<Hub> {
  const report = new HubReport(log);
  return await openHub({
    listen: listen.length > 0 ? listen : [DEFAULT_LISTEN_URL],
    transports: [tcp, ipc],
    version: VERSION,
    insecure,
    onEvent: report.onEvent,
  });
}

function openLog(options: Pick<RunOptions, "logFormat" | "verbosity">, terminal: Terminal): Log {
  return new Log({
    program: "nanotrigger",
    terminal,
    format: options.logFormat,
    level: "warning",
    verbosity: options.verbosity,
    timestamps: false,
    clock: systemClock,
  });
}
