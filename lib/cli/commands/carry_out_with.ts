/**
 * Carrying out an order whose commands read a file of this machine.
 * @module
 */
import type { PreparedRequest } from "../../trigger/requests/submission.ts";
import type { InputFile } from "../input_file.ts";
import { type CarryOut, carryOut } from "./carry_out.ts";

/**
 * Has `order` carried out, and its commands stopped if `input` cannot be read on.
 * @throws {UserError} if it cannot
 */
export async function carryOutWith(
  input: Pick<InputFile, "failed">,
  order: PreparedRequest,
  run: CarryOut,
): Promise<number> {
  const signal = AbortSignal.any([run.signal, input.failed]);
  const status = await carryOut(order, { ...run, signal });
  input.failed.throwIfAborted();
  return status;
}
