/**
 * Has an order carried out by the hub, shows what comes back, and finds the exit status.
 * @module
 */
import type { Hub } from "../../hub/hub.ts";
import { gathering, type GatherSink, type NodeEnd } from "../../trigger/gather.ts";
import type { Order } from "../../trigger/order.ts";
import { exitCode } from "../exit_code.ts";
import type { RunOptions } from "../options/run.ts";
import { choosePresenter, type Presenter } from "../present.ts";
import { outcomeLines, summaryLines } from "../render_summary.ts";
import type { Terminal } from "../terminal.ts";

/** What carrying out an order needs. */
export interface CarryOut {
  readonly options: Pick<RunOptions, "output" | "dryRun"> & {
    readonly execution: Pick<RunOptions["execution"], "deliveryTimeoutMs">;
  };
  readonly hub: Hub;
  /** The names of the hosts. */
  readonly nodes: readonly string[];
  readonly terminal: Terminal;
  /** Ends the run when aborted: what has come by then is shown. */
  readonly signal: AbortSignal;
}

/** How long a host that is not there is waited for unless `-t` says otherwise, in milliseconds. */
export const DELIVERY_MS = 10_000;

/** Has `order` carried out; resolves with the exit status. */
export async function carryOut(order: Order, run: CarryOut): Promise<number> {
  const { options, hub, nodes, terminal, signal } = run;
  const presenter = choosePresenter(options.output, terminal);
  const ends = new Map<string, NodeEnd>();
  const deliverMs = options.execution.deliveryTimeoutMs ?? DELIVERY_MS;
  const job = hub.submit({ ...order, nodes, deliverMs }, gathering(collect(presenter, ends)));
  const giveUp = () => job.giveUp();
  signal.addEventListener("abort", giveUp, { once: true });
  terminal.outputClosed.addEventListener("abort", giveUp, { once: true });
  await job.over;
  const outcomes = [...ends.values()].map(({ outcome }) => outcome);
  const { maxrc } = options.output;
  const exitStatus = exitCode(outcomes, { interrupted: signal.aborted, maxrc });
  await presenter.finish({ job: order.id, exitStatus });
  tellEnds(ends, run);
  return exitStatus;
}

function collect(presenter: Presenter, ends: Map<string, NodeEnd>): GatherSink {
  return {
    output: (node, stream, bytes) => presenter.output(node, stream, bytes),
    ended: (node, end) => {
      ends.set(node, end);
      presenter.ended(node, end);
    },
  };
}

/** After a rehearsal the good answers are the interesting ones, too. */
function tellEnds(ends: Map<string, NodeEnd>, { options, terminal }: CarryOut): void {
  const nodes = [...ends].map(([node, { outcome }]) => ({ node, outcome }));
  const lines = options.dryRun ? outcomeLines(nodes) : summaryLines(nodes);
  for (const line of lines) terminal.note(line);
}
