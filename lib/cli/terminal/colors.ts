/**
 * Decides whether text is coloured, and with which colours.
 * @module
 */

/** The environment variables that decide about colours. */
export type ColorVariable = "NO_COLOR" | "CLICOLOR" | "CLICOLOR_FORCE" | "TERM";

/** The value of an environment variable, or `undefined` when it is not set. */
export type ColorEnvironment = Readonly<Partial<Record<ColorVariable, string | undefined>>>;

/** The kind of a piece of text, which decides its colour. */
export type Style =
  | "own"
  | "error"
  | "warning"
  | "hint"
  | "node"
  | "nodeError"
  | "removed"
  | "added";

/** SGR parameters (ECMA-48 §8.3.117); node labels are coloured as clush does. */
const SGR: Readonly<Record<Style, string>> = {
  own: "1",
  error: "1;31",
  warning: "1;33",
  hint: "36",
  node: "34",
  nodeError: "31",
  removed: "31",
  added: "32",
};

/**
 * Returns whether to colour output to a stream: `NO_COLOR` (not empty) never, `CLICOLOR_FORCE` (not
 * `0`) always, otherwise on a terminal unless `CLICOLOR=0` or `TERM=dumb`. See https://no-color.org
 * and https://bixense.com/clicolors.
 */
export function usesColor(env: ColorEnvironment, isTerminal: boolean): boolean {
  if (env.NO_COLOR) return false;
  if (env.CLICOLOR_FORCE && env.CLICOLOR_FORCE !== "0") return true;
  return isTerminal && env.CLICOLOR !== "0" && env.TERM !== "dumb";
}

/** Wraps `text` in the colour of `style` if `on`. */
export function paint(text: string, style: Style, on: boolean): string {
  return on ? `\x1b[${SGR[style]}m${text}\x1b[0m` : text;
}
