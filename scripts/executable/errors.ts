/**
 * The error of a build.
 * @module
 */
import { UserError } from "../../lib/base/errors.ts";

/** An error for an executable that cannot be made or does not work. */
export class BuildError extends UserError {
  override readonly name = "BuildError";
}
