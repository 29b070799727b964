/**
 * The error of a build.
 * @module
 */
import { UserError } from "../../lib/base/errors.ts";

/** An executable cannot be made. */
export class BuildError extends UserError {
  override readonly name = "BuildError";
}
