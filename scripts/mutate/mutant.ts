/**
 * A mutant: the program without one check. It names a marker in the source and a change of the
 * syntax there, not of the text.
 * @module
 */

import ts from "typescript";
import { childrenOf, condition, operands, type Selector, templateSpan, whole } from "./selector.ts";

/** A piece of a source text and its replacement. */
export interface Edit {
  /** The start offset. */
  readonly start: number;
  /** The end offset. */
  readonly end: number;
  /** The replacement. */
  readonly text: string;
}

/** One way to remove a check. */
export interface Mutant {
  /** The check that is removed. */
  readonly name: string;
  /**
   * Returns the edit that removes it.
   * @throws {Error} if the marked node does not have the syntax that the mutant changes
   */
  readonly edit: (marked: ts.Node) => Edit;
}

/** Mutants with the same tests. */
export interface CheckGroup {
  /** Selects the group on the command line. */
  readonly name: string;
  /**
   * Tests besides the one named for the marked file: file names without `_test.ts`, found anywhere
   * under `tests`, quickest first.
   */
  readonly tests: readonly string[];
  /** The mutants by marker: `// check: MARKER` in the source. */
  readonly checks: Readonly<Record<string, readonly Mutant[]>>;
}

/** Removes a statement or a property. */
export function removed(name: string, select: Selector = whole): Mutant {
  return {
    name,
    edit(marked) {
      const node = select(marked);
      const { text } = node.getSourceFile();
      if (ts.isObjectLiteralElementLike(node)) {
        const comma = /^\s*,/.exec(text.slice(node.getEnd()))?.[0].length ?? 0;
        return { start: node.getStart(), end: node.getEnd() + comma, text: "" };
      }
      if (!ts.isStatement(node)) throw new Error("not a statement or a property");
      return replaced(node, ts.isIfStatement(node.parent) ? ";" : "");
    },
  };
}

/** Makes the condition of an `if` false. */
export function never(name: string): Mutant {
  return {
    name,
    edit(marked) {
      if (!ts.isIfStatement(marked)) throw new Error("not an if");
      return replaced(condition(marked), "false");
    },
  };
}

/** Removes an operand of a chain of `||`, of `&&` or of `??`; they are counted from 1. */
export function withoutOperand(name: string, number: number, select: Selector = whole): Mutant {
  return {
    name,
    edit(marked) {
      const chain = operands(select(marked));
      const [node, before, after] = [chain[number - 1], chain[number - 2], chain[number]];
      if (node === undefined) throw new Error(`no operand ${number}`);
      if (before) return { start: before.getEnd(), end: node.getEnd(), text: "" };
      if (after) return { start: node.getStart(), end: after.getStart(), text: "" };
      throw new Error("not a chain");
    },
  };
}

/** Removes a `${…}` of a template and the text that follows it; they are counted from 1. */
export function withoutSpan(name: string, number: number): Mutant {
  return {
    name,
    edit(marked) {
      const { expression, literal } = templateSpan(number)(marked);
      const start = expression.getFullStart() - "${".length;
      return { start, end: literal.getStart() + "}".length + literal.text.length, text: "" };
    },
  };
}

/** Swaps a statement and the next one. */
export function swapped(name: string): Mutant {
  return {
    name,
    edit(marked) {
      const siblings = marked.parent.getChildren().flatMap((each) =>
        each.kind === ts.SyntaxKind.SyntaxList ? each.getChildren() : []
      );
      const next = siblings[siblings.indexOf(marked) + 1];
      if (next === undefined) throw new Error("no statement follows");
      const text = `${next.getText()}\n${marked.getText()}`;
      return { start: marked.getStart(), end: next.getEnd(), text };
    },
  };
}

/**
 * Replaces a node by code. In the code `$0` is the node, `$1` its first child, `$2.1` the first
 * child of its second child, without tokens. Children are: left and right of an operator; callee
 * and arguments of a call; object and name of a member; condition and branches of `if` and `? :`.
 */
export function becomes(name: string, select: Selector, code: string): Mutant {
  return {
    name,
    edit(marked) {
      const node = select(marked);
      return replaced(node, code.replace(/\$(\d+(?:\.\d+)*)/g, (_, path) => textAt(node, path)));
    },
  };
}

/** Changes a text within a literal: a regular expression, SQL or a shell script. */
export function rewritten(name: string, find: RegExp, replace: string): Mutant {
  return {
    name,
    edit(marked) {
      const old = marked.getText();
      const found = [...old.matchAll(new RegExp(find, "g"))];
      const [match] = found;
      if (!match || found.length > 1) throw new Error(`${find} matches ${found.length} times`);
      const start = marked.getStart() + match.index;
      return { start, end: start + match[0].length, text: match[0].replace(find, replace) };
    },
  };
}

/** Applies an edit. */
export function edited(source: string, { start, end, text }: Edit): string {
  return source.slice(0, start) + text + source.slice(end);
}

function replaced(node: ts.Node, text: string): Edit {
  return { start: node.getStart(), end: node.getEnd(), text };
}

function textAt(node: ts.Node, path: string): string {
  const steps = path === "0" ? [] : path.split(".").map(Number);
  const found = steps.reduce<ts.Node | undefined>(
    (each, step) => each && childrenOf(each)[step - 1],
    node,
  );
  if (found === undefined) throw new Error(`no child ${path}`);
  return found.getText();
}
