/**
 * What an operator's program is told of something that went wrong. Imports `envelope`.
 * @module
 */
import { EnvelopeError } from "../../envelope/errors.ts";
import { HubError } from "../errors.ts";
import type { Failed } from "./answers.ts";

const LOGIN_HINT =
  "have its administrator add the line that nanotrigger key prints to its trust file";

/** The longest explanation, in characters: what somebody has sent may be quoted in it. */
const MAX_MESSAGE = 500;

/** Says what `error` means. */
export function failure(error: Error): Omit<Failed, "kind"> {
  const message = error.message.slice(0, MAX_MESSAGE).toWellFormed().replaceAll("\0", "");
  if (error instanceof HubError) {
    return { code: "store", message, ...(error.hint !== "" && { hint: error.hint }) };
  }
  if (error instanceof EnvelopeError && isAboutLogin(error)) {
    return { code: "login", message: "this hub does not know your key", hint: LOGIN_HINT };
  }
  return { code: "malformed", message };
}

function isAboutLogin({ code }: EnvelopeError): boolean {
  return code === "unknown-signer" || code === "signature";
}
