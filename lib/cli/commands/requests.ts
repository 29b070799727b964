/**
 * `nanotrigger run --save`, `cosign` and `send`: a request that several operators sign before it is
 * sent.
 * @module
 */
import { fingerprint } from "../../envelope/public_key.ts";
import { requestType } from "../../envelope/request.ts";
import { cosign } from "../../envelope/seal.ts";
import type { SecretKey } from "../../envelope/secret_key.ts";
import { parseSignedTarget } from "../../nodeset/target.ts";
import { savedOrder, signRequest, type Wish } from "../../trigger/order.ts";
import { UserError } from "../errors.ts";
import { EXIT_ERROR, EXIT_OK } from "../exit_code.ts";
import { openOperatorKey } from "../operator_key.ts";
import type { CosignOptions } from "../options/cosign.ts";
import type { SendOptions } from "../options/send.ts";
import { findPlaces } from "../places.ts";
import { describeRequest, readRequest, writeRequest } from "../request_file.ts";
import type { Terminal } from "../terminal.ts";
import { askYesNo } from "../ask_yes_no.ts";
import { carryOut } from "./carry_out.ts";
import { withHub } from "./with_hub.ts";

/** Signs a request into a file. */
export async function saveRequest(
  { wish, key, file }: { wish: Wish; key: SecretKey; file: string },
  terminal: Terminal,
): Promise<number> {
  await writeRequest(file, signRequest(wish, [key]).envelope, terminal);
  if (file !== "-") terminal.note(`signed into ${file}; send it with nanotrigger send ${file}`);
  return EXIT_OK;
}

/** Shows a request and adds a signature to it. */
export async function cosignRequest(options: CosignOptions, terminal: Terminal): Promise<number> {
  const { file } = options;
  const request = await readRequest(file);
  describeRequest(request).forEach((line) => terminal.note(line));
  if (Deno.stdin.isTerminal() && file !== "-" && !await askYesNo("Sign it?", terminal)) {
    return EXIT_ERROR;
  }
  const key = await openOperatorKey(options, findPlaces(), terminal);
  const envelope = cosign(request.envelope, { payloadType: requestType, key });
  if (envelope === request.envelope) throw new UserError("your key has signed it already");
  await writeRequest(file, envelope, terminal);
  terminal.note(`signed with ${fingerprint(key.publicKey)}`);
  return EXIT_OK;
}

/** Sends a request that was signed before, and shows what comes back. */
export async function sendRequest(options: SendOptions, terminal: Terminal): Promise<number> {
  const { envelope, claimed } = await readRequest(options.file);
  if (claimed.expires < Date.now()) {
    throw new UserError("the request has expired", { hint: "it must be made and signed anew" });
  }
  const target = parseSignedTarget(claimed.target);
  const execution = { deliveryTimeoutMs: options.deliveryTimeoutMs };
  const run = { ...options, execution, insecure: false, dryRun: claimed.mode === "check" };
  return await withHub(run, terminal, async (place) => {
    const nodes = await place.meant(target);
    return await carryOut(savedOrder(envelope), { ...place, options: run, nodes });
  });
}
