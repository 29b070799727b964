/**
 * `nanotrigger run --async`: hand an order to the hub, and leave.
 * @module
 */
import type { HostState } from "../../protocol/job/host_state.ts";
import type { PreparedRequest } from "../../trigger/requests/submission.ts";
import type { HostResultWithOutput } from "../../trigger/results/host_result.ts";
import { EXIT_OK, exitCode } from "../exit_code.ts";
import { outcomeLines } from "../render_summary.ts";
import { type CarryOut, deliveryTime } from "./carry_out.ts";

/** Prints the id of the job once the hub has written it down; resolves with the exit status. */
export async function handOver(
  order: PreparedRequest,
  run: Pick<CarryOut, "queue" | "nodes" | "terminal" | "timeLeft" | "queueForMs">,
): Promise<number> {
  const { queue, nodes, terminal } = run;
  // Nobody waits for what comes: only of hosts that the hub is not told of will nobody ever hear more.
  const unasked: Pick<HostResultWithOutput, "node" | "outcome">[] = [];
  const state = (node: string, outcome: HostState) => {
    if (outcome.kind === "expired") unasked.push({ node, outcome });
  };
  const sink = { state, output() {} };
  await queue.submit({ ...order, nodes, deliverMs: deliveryTime(run) }, sink);
  await terminal.print(order.id);
  if (unasked.length === 0) return EXIT_OK;
  outcomeLines(unasked).forEach((line) => terminal.note(line));
  return exitCode(unasked.map(({ outcome }) => outcome), { interrupted: false });
}
