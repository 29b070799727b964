/**
 * `nanotrigger send`: sends a request that was signed earlier, and shows the results.
 * @module
 */
import { parseSignedTarget } from "../../nodeset/mod.ts";
import { prepareSigned } from "../../trigger/requests/submission.ts";
import { readRequest } from "../files/request_file.ts";
import { EXIT_ERROR } from "../program/exit_code.ts";
import { executeRequest } from "../session/execute_request.ts";
import { OperatorSession } from "../session/operator_session.ts";
import { rolloutPlanFor } from "../session/staged_run.ts";
import { confirmHosts } from "../session/with_hosts.ts";
import { withQueue } from "../session/with_queue.ts";
import type { Terminal } from "../terminal/terminal.ts";
import type { SendOptions } from "./send_options.ts";

/** Sends the request and shows the results; resolves with the exit status. */
export async function sendRequest(options: SendOptions, terminal: Terminal): Promise<number> {
  const { envelope, claimed } = await readRequest(options.file);
  const target = parseSignedTarget(claimed.target);
  const execution = { deliveryTimeoutMs: options.deliveryTimeoutMs };
  const run = { ...options, execution, insecure: false, dryRun: claimed.mode === "check" };
  await using session = new OperatorSession(options, terminal);
  return await withQueue(run, session, async (context) => {
    const nodes = await context.resolveHosts(target);
    if (!await confirmHosts(nodes, { ...context, options: run })) return EXIT_ERROR;
    const plan = rolloutPlanFor(nodes, run);
    return await executeRequest(prepareSigned({ envelope }), {
      ...context,
      options: run,
      nodes,
      plan,
    });
  });
}
