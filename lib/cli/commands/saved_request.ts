/**
 * `nanotrigger cosign` and `nanotrigger send`: signs a request that was saved in a file, and sends
 * it.
 * @module
 */
import { UserError } from "../../base/errors.ts";
import { fingerprint } from "../../envelope/keys/public_key.ts";
import { cosign } from "../../envelope/signing/sign_envelope.ts";
import { requestType } from "../../envelope/statements/request.ts";
import { parseSignedTarget } from "../../nodeset/mod.ts";
import { prepareSigned } from "../../trigger/requests/submission.ts";
import { describeRequest, readRequest, writeRequest } from "../files/request_file.ts";
import { findInstallationPaths } from "../keys/installation_paths.ts";
import { defaultKeyPath, openOperatorKey, readPublicKeyOf } from "../keys/operator_key.ts";
import { EXIT_ERROR, EXIT_OK } from "../process/exit_code.ts";
import { CommandResources } from "../session/command_resources.ts";
import { DirectiveSigner } from "../session/directive_signer.ts";
import { executeRequest } from "../session/execute_request.ts";
import { rolloutPlanFor } from "../session/staged_run.ts";
import { confirmHosts } from "../session/with_hosts.ts";
import { withQueue } from "../session/with_queue.ts";
import { askYesNo } from "../terminal/confirmation_prompt.ts";
import type { Terminal } from "../terminal/terminal.ts";
import type { CosignOptions } from "./cosign_options.ts";
import type { SendOptions } from "./send_options.ts";

const NOT_A_SIGNER =
  "your key has not signed the request: a host starts it only if your key has no restrictions there";
const NOT_HELD = "request is not signed as held: a hub that lies can start it on all hosts at once";

/** Sends the request and shows the results; resolves with the exit status. */
export async function sendRequest(options: SendOptions, terminal: Terminal): Promise<number> {
  const { envelope, claimed, keyids } = await readRequest(options.file);
  const target = parseSignedTarget(claimed.target);
  const execution = { deliveryTimeoutMs: options.deliveryTimeoutMs };
  const run = { ...options, execution, insecure: false, dryRun: claimed.mode === "check" };
  await using resources = new CommandResources(options, terminal);
  const key = claimed.hold ? await resources.key() : undefined;
  if (key && !keyids.includes(key.publicKey.keyid)) terminal.warning(NOT_A_SIGNER);
  const directives = key && new DirectiveSigner(target, key);
  return await withQueue(run, resources, async (context) => {
    const nodes = await context.resolveHosts(target);
    if (!await confirmHosts(nodes, { ...context, options: run })) return EXIT_ERROR;
    const plan = rolloutPlanFor(nodes, run);
    if (plan && !claimed.hold) terminal.warning(NOT_HELD);
    return await executeRequest(prepareSigned({ envelope }), {
      ...context,
      options: run,
      nodes,
      plan,
      directives,
    });
  });
}

/** Shows a request and signs it; resolves with the exit status. */
export async function cosignRequest(options: CosignOptions, terminal: Terminal): Promise<number> {
  const { file } = options;
  const paths = findInstallationPaths();
  const request = await readRequest(file);
  describeRequest(request).forEach((line) => terminal.note(line));
  const own = await readPublicKeyOf(options.key ?? defaultKeyPath(paths));
  if (own && request.keyids.includes(own.key.keyid)) {
    throw new UserError("request is already signed with your key", {
      hint: "have another operator run nanotrigger cosign, or send it with nanotrigger send",
    });
  }
  if (Deno.stdin.isTerminal() && file !== "-" && !await askYesNo("Sign this request?", terminal)) {
    terminal.note("not signed");
    return EXIT_ERROR;
  }
  const key = await openOperatorKey(options, paths, terminal);
  const envelope = cosign(request.envelope, { payloadType: requestType, key });
  await writeRequest(file, envelope, terminal);
  terminal.note(`signed with ${fingerprint(key.publicKey)}`);
  return EXIT_OK;
}
