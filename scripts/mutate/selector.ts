/**
 * Selectors: find a part of a marked node by its syntax. They name no symbol of the program, so
 * that they survive renames.
 * @module
 */

import ts from "typescript";

/** Finds a node at or below `node`, the first in the order of the text. */
export type Selector = (node: ts.Node) => ts.Node;

/** The node itself. */
export function whole(node: ts.Node): ts.Node {
  return node;
}

/** Applies `selectors` one after another, each within the node of the one before. */
export function within(...selectors: readonly Selector[]): Selector {
  return (node) => selectors.reduce((found, select) => select(found), node);
}

/** The condition of an `if` or of `? :`. */
export function condition(node: ts.Node): ts.Node {
  const found = first(node, (each) => ts.isIfStatement(each) || ts.isConditionalExpression(each));
  return ts.isIfStatement(found) ? found.expression : (found as ts.ConditionalExpression).condition;
}

/** The statement that an `if` runs. */
export function thenStatement(node: ts.Node): ts.Node {
  return first(node, ts.isIfStatement).thenStatement;
}

/** A whole `? :`. */
export function conditional(node: ts.Node): ts.ConditionalExpression {
  return first(node, ts.isConditionalExpression);
}

/** The branch between `?` and `:`. */
export function whenTrue(node: ts.Node): ts.Node {
  return conditional(node).whenTrue;
}

/** The branch after `:`. */
export function whenFalse(node: ts.Node): ts.Node {
  return conditional(node).whenFalse;
}

/** The operands of a chain of `||`, of `&&` or of `??`. */
export function operands(node: ts.Node): readonly ts.Expression[] {
  const chain = first(node, isLogical);
  const kind = chain.operatorToken.kind;
  const flatten = (each: ts.Expression): readonly ts.Expression[] =>
    ts.isBinaryExpression(each) && each.operatorToken.kind === kind
      ? [...flatten(each.left), each.right]
      : [each];
  return flatten(chain);
}

/** An operand of a chain of `||`, of `&&` or of `??`, counted from 1. */
export function operand(number: number): Selector {
  return (node) => nth(operands(node), number, "operand");
}

/** A call or a `new`, counted from 1; an outer one comes before those within it. */
export function call(number: number = 1): Selector {
  return (node) => nth(all(node, isCall), number, "call");
}

/** An argument of the first call, counted from 1. */
export function argument(number: number): Selector {
  return (node) => nth(first(node, isCall).arguments ?? [], number, "argument");
}

/** A numeric literal, the first. */
export function numeral(node: ts.Node): ts.Node {
  return first(node, ts.isNumericLiteral);
}

/** A property of an object literal, of any depth. */
export function property(name: string): Selector {
  return (node) => first(node, (each) => isPropertyNamed(each, name));
}

/** The value of a property of an object literal: the marked one, unless it is named. */
export function valueOf(name?: string): Selector {
  return (node) => {
    const found = first(
      node,
      (each): each is ts.PropertyAssignment =>
        ts.isPropertyAssignment(each) && (name === undefined || isPropertyNamed(each, name)),
    );
    return found.initializer;
  };
}

/** The value of a `return`. */
export function returned(node: ts.Node): ts.Node {
  return there(first(node, ts.isReturnStatement).expression, "returned value");
}

/** The initial value of a variable. */
export function initialValue(node: ts.Node): ts.Node {
  return there(first(node, ts.isVariableDeclaration).initializer, "initial value");
}

/** The right side of `=`. */
export function assignedValue(node: ts.Node): ts.Node {
  return first(node, isAssignment).right;
}

/** The iterable of a `for … of`. */
export function iterated(node: ts.Node): ts.Node {
  return first(node, ts.isForOfStatement).expression;
}

/** The increment of a `for`. */
export function increment(node: ts.Node): ts.Node {
  return there(first(node, ts.isForStatement).incrementor, "increment");
}

/** The body of an arrow function. */
export function arrowBody(node: ts.Node): ts.Node {
  return first(node, ts.isArrowFunction).body;
}

/** A list in brackets. */
export function listLiteral(node: ts.Node): ts.Node {
  return first(node, ts.isArrayLiteralExpression);
}

/** A `${…}` of a template, counted from 1. */
export function templateSpan(number: number): (node: ts.Node) => ts.TemplateSpan {
  return (node) => nth(all(node, ts.isTemplateSpan), number, "template span");
}

/** The children of a node, without its tokens. */
export function childrenOf(node: ts.Node): readonly ts.Node[] {
  const children: ts.Node[] = [];
  node.forEachChild((child) => {
    if (!ts.isToken(child) || isWord(child)) children.push(child);
  });
  return children;
}

/** Counts from 1. */
function nth<T>(found: readonly T[], number: number, title: string): T {
  return there(found[number - 1], `${title} ${number}`);
}

function there<T>(found: T | undefined, title: string): T {
  if (found === undefined) throw new Error(`no ${title} there`);
  return found;
}

function first<T extends ts.Node>(node: ts.Node, is: (each: ts.Node) => each is T): T;
function first(node: ts.Node, is: (each: ts.Node) => boolean): ts.Node;
function first(node: ts.Node, is: (each: ts.Node) => boolean): ts.Node {
  const [found] = all(node, is as (each: ts.Node) => each is ts.Node);
  return there(found, `node that ${is.name || "the selector asks for"} accepts`);
}

function all<T extends ts.Node>(node: ts.Node, is: (each: ts.Node) => each is T): readonly T[] {
  const found: T[] = [];
  visit(node);
  return found;

  function visit(each: ts.Node): void {
    if (is(each)) found.push(each);
    each.forEachChild(visit);
  }
}

function isCall(node: ts.Node): node is ts.CallExpression | ts.NewExpression {
  return ts.isCallExpression(node) || ts.isNewExpression(node);
}

function isLogical(node: ts.Node): node is ts.BinaryExpression {
  if (!ts.isBinaryExpression(node)) return false;
  const { kind } = node.operatorToken;
  return kind === ts.SyntaxKind.BarBarToken ||
    kind === ts.SyntaxKind.AmpersandAmpersandToken ||
    kind === ts.SyntaxKind.QuestionQuestionToken;
}

function isAssignment(node: ts.Node): node is ts.BinaryExpression {
  return ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.EqualsToken;
}

function isPropertyNamed(node: ts.Node, name: string): boolean {
  return (ts.isPropertyAssignment(node) || ts.isShorthandPropertyAssignment(node)) &&
    node.name.getText() === name;
}

/** Names and literals are tokens to the parser, and children to us. */
function isWord(node: ts.Node): boolean {
  return ts.isIdentifier(node) || ts.isPrivateIdentifier(node) || ts.isLiteralExpression(node) ||
    node.kind === ts.SyntaxKind.ThisKeyword || node.kind === ts.SyntaxKind.SuperKeyword ||
    node.kind === ts.SyntaxKind.TrueKeyword || node.kind === ts.SyntaxKind.FalseKeyword ||
    node.kind === ts.SyntaxKind.NullKeyword;
}
