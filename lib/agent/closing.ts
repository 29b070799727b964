/**
 * Why jobs are broken off that nobody called off. Imports nothing.
 * @module
 */

/** The reason of an `AbortSignal`: the agent stops, and its next process may go on. */
export const CLOSING: Error = new Error("the agent stops");
