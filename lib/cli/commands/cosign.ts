/**
 * `nanotrigger cosign`: shows a signed request and adds a signature to it.
 * @module
 */
import { fingerprint } from "../../envelope/keys/public_key.ts";
import { cosign } from "../../envelope/signing/sign_envelope.ts";
import { requestType } from "../../envelope/statements/request.ts";
import { describeRequest, readRequest, writeRequest } from "../files/request_file.ts";
import { findInstallationPaths } from "../keys/installation_paths.ts";
import { defaultKeyPath, openOperatorKey, readPublicKeyOf } from "../keys/operator_key.ts";
import { UserError } from "../../base/errors.ts";
import { EXIT_ERROR, EXIT_OK } from "../program/exit_code.ts";
import { askYesNo } from "../terminal/confirmation_prompt.ts";
import type { Terminal } from "../terminal/terminal.ts";
import type { CosignOptions } from "./cosign_options.ts";

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
