/**
 * `nanotrigger run --save`, `cosign` and `send`: a request in a file, which several operators sign
 * before it is sent.
 * @module
 */
import { fingerprint } from "../../envelope/keys/public_key.ts";
import { requestType } from "../../envelope/statements/request.ts";
import { cosign } from "../../envelope/signing/sign_envelope.ts";
import type { SecretKey } from "../../envelope/keys/secret_key.ts";
import { parseSignedTarget } from "../../nodeset/mod.ts";
import { prepareSigned, type RequestSpec, signRequest } from "../../trigger/requests/submission.ts";
import { UserError } from "../program/errors.ts";
import { EXIT_ERROR, EXIT_OK } from "../program/exit_code.ts";
import { defaultKeyPath, openOperatorKey, readPublicKeyOf } from "../keys/operator_key.ts";
import type { CosignOptions } from "./cosign_options.ts";
import type { SendOptions } from "./send_options.ts";
import { findInstallationPaths } from "../keys/installation_paths.ts";
import { describeRequest, readRequest, writeRequest } from "../files/request_file.ts";
import type { Terminal } from "../terminal/terminal.ts";
import { askYesNo } from "../terminal/confirmation_prompt.ts";
import { executeOrder } from "../session/execute_order.ts";
import { confirmHosts } from "../session/with_hosts.ts";
import { rolloutPlanFor } from "../session/staged_run.ts";
import { withQueue } from "../session/with_queue.ts";

/** Signs a request into a file. */
export async function saveRequest(
  { wish, key, file }: { wish: RequestSpec; key: SecretKey; file: string },
  terminal: Terminal,
): Promise<number> {
  if (file !== "-" && await exists(file)) {
    throw new UserError(`${file} is there already`, { hint: "name another file, or remove it" });
  }
  await writeRequest(file, signRequest(wish, [key]).envelope, terminal);
  if (file !== "-") terminal.note(`signed into ${file}; send it with nanotrigger send ${file}`);
  return EXIT_OK;
}

async function exists(path: string): Promise<boolean> {
  return await Deno.lstat(path).then(() => true, () => false);
}

/** Shows a request and adds a signature to it. */
export async function cosignRequest(options: CosignOptions, terminal: Terminal): Promise<number> {
  const { file } = options;
  const places = findInstallationPaths();
  const request = await readRequest(file);
  describeRequest(request).forEach((line) => terminal.note(line));
  const own = await readPublicKeyOf(options.key ?? defaultKeyPath(places));
  if (own && request.keyids.includes(own.key.keyid)) {
    throw new UserError("your key has signed it already", {
      hint: "who else is to sign it runs nanotrigger cosign; then it can be sent",
    });
  }
  if (Deno.stdin.isTerminal() && file !== "-" && !await askYesNo("Sign it?", terminal)) {
    terminal.note("not signed");
    return EXIT_ERROR;
  }
  const key = await openOperatorKey(options, places, terminal);
  const envelope = cosign(request.envelope, { payloadType: requestType, key });
  await writeRequest(file, envelope, terminal);
  terminal.note(`signed with ${fingerprint(key.publicKey)}`);
  return EXIT_OK;
}

/** Sends a request that was signed before, and shows what comes back. */
export async function sendRequest(options: SendOptions, terminal: Terminal): Promise<number> {
  const { envelope, claimed } = await readRequest(options.file);
  const target = parseSignedTarget(claimed.target);
  const execution = { deliveryTimeoutMs: options.deliveryTimeoutMs };
  const run = { ...options, execution, insecure: false, dryRun: claimed.mode === "check" };
  return await withQueue(run, terminal, async (place) => {
    const nodes = await place.meant(target);
    if (!await confirmHosts(nodes, { ...place, options: run })) return EXIT_ERROR;
    const plan = rolloutPlanFor(nodes, run);
    return await executeOrder(prepareSigned({ envelope }), { ...place, options: run, nodes, plan });
  });
}
