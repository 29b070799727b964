/**
 * `nanotrigger why`: explains the outcome of one host in one job.
 * @module
 */
import { explain, findJob } from "../../trigger/queue/hub_queries.ts";
import { EXIT_OK } from "../program/exit_code.ts";
import type { WhyOptions } from "./why_options.ts";
import { explanationJson, explanationLines } from "../render/host_explanation.ts";
import { safeJson } from "../terminal/escape.ts";
import { OperatorSession } from "../session/operator_session.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { withHub } from "../session/with_queue.ts";

/** Explains the outcome; resolves with the exit status. */
export async function explainHost(options: WhyOptions, terminal: Terminal): Promise<number> {
  const { node, job, json } = options;
  await using session = new OperatorSession(options, terminal);
  return await withHub(session, async ({ queue, signal }) => {
    const id = job === undefined ? undefined : (await findJob(queue, job, signal)).id;
    const asked = { node, pins: queue.pins, ...(id !== undefined && { id }) };
    const explanation = await explain(queue, asked, signal);
    if (json) await terminal.print(safeJson(explanationJson(node, explanation), 2));
    else {
      for (const line of explanationLines(node, explanation, Date.now())) {
        await terminal.print(line);
      }
    }
    return EXIT_OK;
  });
}
