/**
 * How much of a command's input and output may be under way between hub and agent. Pure; imports
 * nothing.
 * @module
 */

/** How many bytes of one command's standard input may be under way, sent but not yet taken by it. */
export const INPUT_WINDOW = 1_048_576;

/** How many blocks of it may be under way, however small. */
export const INPUT_WINDOW_BLOCKS = 64;

/** How many bytes of one command's output may be under way, sent but not yet taken by the hub. */
export const WINDOW = 2_097_152;

/**
 * How many stretches of one stream's output, without any of the other's in between, may be under way,
 * however short; and how many more when the command is called off.
 */
export const WINDOW_STRETCHES = 1_024;

/**
 * How many bytes more may be under way when the command is called off: it cannot be made to wait
 * then, and what it says at its end is often what matters.
 */
export const LAST_WORDS = 4_194_304;
