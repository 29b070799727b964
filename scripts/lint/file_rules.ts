/**
 * The lint rules about a file as a whole: its length, its name, the comment on its top.
 * @module
 */

import { posix } from "node:path";
import { placeOf } from "./layers.ts";
import { pathInProject } from "./project.ts";

const MAX_LINES = 450;
const MAX_LINES_OF_MAIN = 60;

/** Names that say nothing of what is inside. */
const EMPTY_NAMES: ReadonlySet<string> = new Set(
  "common handler handlers helper helpers manager managers misc service services util utils"
    .split(" "),
);

/** The first comment of a file, after an optional `#!` line, when it holds `@module`. */
const MODULE_COMMENT = /^(#!.*\n)?\s*\/\*\*((?!\*\/)[^])*@module\b/;

/** A module comment that says what the file imports: the layer table says it, and is checked. */
const LISTS_IMPORTS = /\b(may )?imports? (`|nothing|its siblings|node built-ins|the layer table)/i;

/** Keeps a file to one concept: past this length it holds two. */
export const fileLengthRule: Deno.lint.Rule = onFile((file, text) => {
  const limit = placeOf(file).kind === "main" ? MAX_LINES_OF_MAIN : MAX_LINES;
  const lines = text.replace(/\n$/, "").split("\n").length;
  return lines > limit ? `${file} has ${lines} lines, more than ${limit}` : undefined;
});

/** Refuses file and folder names that could hold anything. */
export const fileNameRule: Deno.lint.Rule = onFile((file) => {
  const empty = file.split(/[/._-]/).find((word) => EMPTY_NAMES.has(word.toLowerCase()));
  if (empty !== undefined) return `"${empty}" in ${file} does not say what is inside`;
  const name = posix.basename(file);
  return /^[a-z0-9_.]+$/.test(name) ? undefined : `${file} is not in snake_case`;
});

/** Asks for the comment that introduces a file. */
export const moduleCommentRule: Deno.lint.Rule = onFile((file, text) => {
  const { kind } = placeOf(file);
  if (kind === "tests" || kind === "elsewhere") return undefined;
  const [comment] = MODULE_COMMENT.exec(text) ?? [];
  if (comment === undefined) return `${file} does not begin with a comment that has @module`;
  if (!LISTS_IMPORTS.test(comment)) return undefined;
  return `${file}: the module comment lists imports, which the layer table knows`;
});

/** Makes a rule of a function that returns what is wrong with the whole file, if anything. */
function onFile(objection: (file: string, text: string) => string | undefined): Deno.lint.Rule {
  return {
    create(context) {
      return {
        Program() {
          const file = pathInProject(context.filename);
          const message = objection(file, context.sourceCode.text);
          if (message !== undefined) context.report({ range: [0, 0], message });
        },
      };
    },
  };
}
