/**
 * The errors of the command line.
 * @module
 */

export { UserError } from "../../base/errors.ts";
