/**
 * The version of both programs. Imports nothing.
 * @module
 */

/** The version, as semver.org defines it. */
export const VERSION = "0.1.0";
