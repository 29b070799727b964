/**
 * Lint rules about whole files: length, name, module comment.
 * @module
 */

import { posix } from "node:path";
import { pathInProject, placeOf } from "./layers.ts";

const MAX_LINES = 450;
const MAX_LINES_OF_MAIN = 60;

/** Names without a meaning. */
const EMPTY_NAMES: ReadonlySet<string> = new Set(
  "common handler handlers helper helpers manager managers misc service services util utils"
    .split(" "),
);

/** Matches the first comment of a file, after an optional `#!` line, if it holds `@module`. */
const MODULE_COMMENT = /^(#!.*\n)?\s*\/\*\*((?!\*\/)[^])*@module\b/;

/** Matches a module comment that lists imports, which the layer table already checks. */
const LISTS_IMPORTS = /\b(may )?imports? (`|nothing|its siblings|node built-ins|the layer table)/i;

/** Limits the length of a file, so that it holds one concept. */
export const fileLengthRule: Deno.lint.Rule = onFile((file, text) => {
  const limit = placeOf(file).kind === "main" ? MAX_LINES_OF_MAIN : MAX_LINES;
  const lines = text.replace(/\n$/, "").split("\n").length;
  return lines > limit ? `${file} has ${lines} lines, more than ${limit}` : undefined;
});

/** Refuses file and folder names without a meaning. */
export const fileNameRule: Deno.lint.Rule = onFile((file) => {
  const empty = file.split(/[/._-]/).find((word) => EMPTY_NAMES.has(word.toLowerCase()));
  if (empty !== undefined) return `"${empty}" in ${file} does not name its content`;
  const name = posix.basename(file);
  return /^[a-z0-9_.]+$/.test(name) ? undefined : `${file} is not in snake_case`;
});

/** Requires a module comment. */
export const moduleCommentRule: Deno.lint.Rule = onFile((file, text) => {
  const { kind } = placeOf(file);
  if (kind === "tests" || kind === "elsewhere") return undefined;
  const [comment] = MODULE_COMMENT.exec(text) ?? [];
  if (comment === undefined) return `${file} does not begin with a module comment`;
  if (!LISTS_IMPORTS.test(comment)) return undefined;
  return `${file}: the module comment lists imports, which the layer table knows`;
});

/** Makes a rule from a function that returns the complaint about a whole file, if any. */
function onFile(findComplaint: (file: string, text: string) => string | undefined): Deno.lint.Rule {
  return {
    create(context) {
      return {
        Program() {
          const file = pathInProject(context.filename);
          const message = findComplaint(file, context.sourceCode.text);
          if (message !== undefined) context.report({ range: [0, 0], message });
        },
      };
    },
  };
}
