/**
 * `nanotrigger run --async`: hand an order to the hub, and leave.
 * @module
 */
import type { JobSink } from "../../hub/job_sink.ts";
import type { Order } from "../../trigger/order.ts";
import { EXIT_OK } from "../exit_code.ts";
import { type CarryOut, deliveryTime } from "./carry_out.ts";

/** Nobody waits for what comes. */
const NOBODY: JobSink = { state() {}, output() {} };

/** Prints the id of the job once the hub has written it down; resolves with the exit status. */
export async function handOver(
  order: Order,
  run: Pick<CarryOut, "queue" | "nodes" | "terminal" | "timeLeft" | "queueForMs">,
): Promise<number> {
  const { queue, nodes, terminal } = run;
  await queue.submit({ ...order, nodes, deliverMs: deliveryTime(run) }, NOBODY);
  await terminal.print(order.id);
  return EXIT_OK;
}
