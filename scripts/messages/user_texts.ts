/**
 * Finds the texts that users can see in source files: string and template literals that look like
 * words, or stand where only words for users do. Imports the TypeScript parser only.
 * @module
 */

import ts from "typescript";
import { parse } from "../mutate/marker.ts";

/** Where a text is shown, as far as the syntax tells. */
export type TextKind =
  | "error"
  | "hint"
  | "warning"
  | "note"
  | "prompt"
  | "log"
  | "help"
  | "reason"
  | "text";

/** A text that users can see. */
export interface UserText {
  /** The file, as it was given. */
  readonly file: string;
  /** The line where the text begins, counted from 1. */
  readonly line: number;
  /** Where it is shown; `text` if the syntax does not tell. */
  readonly kind: TextKind;
  /** The text in one piece. Values in it are names in capitals: `DURATION`. */
  readonly text: string;
}

/** Properties whose value is always shown to users. */
const SHOWN_PROPERTIES: Readonly<Record<string, TextKind>> = {
  hint: "hint",
  reason: "reason",
  problem: "reason",
  message: "error",
  tooLong: "error",
  brief: "help",
  synopsis: "help",
  notes: "help",
  purpose: "help",
  description: "help",
};

/** Functions and methods whose texts are always shown to users. */
const SHOWING_CALLS: Readonly<Record<string, TextKind>> = {
  error: "error",
  hint: "hint",
  warning: "warning",
  note: "note",
  print: "note",
  giveUp: "note",
  askYesNo: "prompt",
  askSecret: "prompt",
  trace: "log",
  debug: "log",
  info: "log",
  fatal: "log",
  onProblem: "warning",
  message: "help",
  text: "help",
};

/** Calls with code in another language: SQL and shell. */
const CODE_CALLS: ReadonlySet<string> = new Set(["exec", "prepare", "sql", "raw", "RegExp"]);

/** Text in another language: a shell script, a statement of SQL, a path. */
const CODE_TEXT =
  /^(#!|(SELECT|INSERT|UPDATE|DELETE|CREATE|DROP|ALTER|PRAGMA|BEGIN|COMMIT|WITH|FROM|WHERE)\b|\/\w+\/\S*$)|\$\(|"\$\w|\becho /;

/** Returns the texts in the source of `file`, in the order of the source. */
export function userTexts(file: string, source: string): readonly UserText[] {
  const tree = parse(file, source);
  const texts: UserText[] = [];
  const visit = (node: ts.Node): void => {
    const text = isText(node) && isShown(node) ? readText(file, tree, node) : undefined;
    if (text) texts.push(text);
    // What a template shows is part of its text.
    if (text === undefined || !isText(node)) ts.forEachChild(node, visit);
  };
  visit(tree);
  return texts;
}

type Text =
  | ts.StringLiteral
  | ts.NoSubstitutionTemplateLiteral
  | ts.TemplateExpression
  | ts.BinaryExpression;

/** Returns whether a node is a literal, or several joined by `+`. */
function isText(node: ts.Node): node is Text {
  return ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node) ||
    ts.isTemplateExpression(node) || isJoined(node);
}

function isJoined(node: ts.Node): node is ts.BinaryExpression {
  return ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken &&
    (isText(node.left) || isText(node.right));
}

/** Returns whether a text can reach a user, from the syntax around it. */
function isShown({ parent }: ts.Node): boolean {
  if (ts.isImportDeclaration(parent) || ts.isExportDeclaration(parent)) return false;
  if (ts.isLiteralTypeNode(parent) || ts.isCaseClause(parent)) return false;
  if (ts.isElementAccessExpression(parent)) return false;
  if (ts.isBinaryExpression(parent)) return !isComparison(parent.operatorToken.kind);
  if (ts.isTaggedTemplateExpression(parent)) return !CODE_CALLS.has(nameOf(parent.tag));
  const isArgument = ts.isCallExpression(parent) || ts.isNewExpression(parent);
  return !isArgument || !CODE_CALLS.has(nameOf(parent.expression));
}

function isComparison(kind: ts.SyntaxKind): boolean {
  return kind >= ts.SyntaxKind.EqualsEqualsToken &&
    kind <= ts.SyntaxKind.ExclamationEqualsEqualsToken;
}

function readText(file: string, tree: ts.SourceFile, node: Text): UserText | undefined {
  const text = shownText(node).replace(/\s+/g, " ").trim();
  const place = kindOf(node);
  const kind = place ?? "text";
  if (CODE_TEXT.test(text) || !(place ? isWord(text) : isSentence(text))) {
    return undefined;
  }
  return { file, line: tree.getLineAndCharacterOfPosition(node.getStart()).line + 1, kind, text };
}

/** Returns whether a text has two words, of which one is not a placeholder. */
function isSentence(text: string): boolean {
  return /(^|[\s(])[A-Za-z]?[a-z]{2,}\b/.test(text) && /\S\s+\S/.test(text);
}

function isWord(text: string): boolean {
  return /[a-z]{2,}/.test(text);
}

/** Looks around a text for the call, the error or the property that it is for. */
function kindOf(node: ts.Node): TextKind | undefined {
  const { parent } = node;
  if (ts.isPropertyAssignment(parent) || ts.isVariableDeclaration(parent)) {
    const name = parent.name.getText();
    return SHOWN_PROPERTIES[name] ?? kindByName(name) ?? nextKind(parent);
  }
  if (ts.isNewExpression(parent)) {
    return /Error$/.test(nameOf(parent.expression)) ? "error" : undefined;
  }
  if (ts.isCallExpression(parent)) {
    return SHOWING_CALLS[nameOf(parent.expression)] ?? kindByName(nameOf(parent.expression));
  }
  if (ts.isTaggedTemplateExpression(parent)) return SHOWING_CALLS[nameOf(parent.tag)];
  if (ts.isFunctionDeclaration(parent) || ts.isMethodDeclaration(parent)) {
    return kindByName(parent.name?.getText() ?? "");
  }
  return nextKind(parent);
}

/** Looks further around, but not beyond a file or a block that is a value. */
function nextKind(node: ts.Node): TextKind | undefined {
  const isBoundary = ts.isSourceFile(node) || ts.isVariableStatement(node) ||
    ts.isArrowFunction(node) && ts.isBlock(node.body);
  return isBoundary ? undefined : kindOf(node);
}

/** Returns the kind of the texts of a function or variable, from its name. */
function kindByName(name: string): TextKind | undefined {
  if (/hint$/i.test(name)) return "hint";
  if (/(error|problem)$/i.test(name)) return "error";
  return /(text|lines?|words)$/i.test(name) ? "text" : undefined;
}

/** Returns a text with placeholders for its values. */
function shownText(node: ts.Expression): string {
  if (ts.isStringLiteral(node) || ts.isNoSubstitutionTemplateLiteral(node)) return node.text;
  if (ts.isParenthesizedExpression(node)) return shownText(node.expression);
  if (isJoined(node)) return shownText(node.left) + shownText(node.right);
  if (ts.isConditionalExpression(node) && (isText(node.whenTrue) || isText(node.whenFalse))) {
    return `<${shownText(node.whenTrue)}|${shownText(node.whenFalse)}>`;
  }
  if (!ts.isTemplateExpression(node)) return placeholder(node);
  const spans = node.templateSpans.map(({ expression, literal }) =>
    shownText(expression) + literal.text
  );
  return node.head.text + spans.join("");
}

/** Methods that only write their object differently. */
const WRITING_METHODS: ReadonlySet<string> = new Set(
  "join toFixed toString trim slice map filter toSorted at padEnd padStart".split(" "),
);

/** Returns the name of a value in capitals: `DURATION` for `formatDuration(ms)`. */
function placeholder(node: ts.Expression): string {
  const words = nameOf(node)
    .replace(/^(format|get|fold|print|escape)(?=[A-Z])|(?<=[a-z])Text$/g, "")
    .replaceAll(/([a-z])([A-Z])/g, "$1_$2").toUpperCase();
  return words === "" ? "VALUE" : words;
}

/** Returns the last name in an expression that says what it is: `message` in `error.message`. */
function nameOf(node: ts.Node): string {
  if (ts.isIdentifier(node) || ts.isPrivateIdentifier(node)) return node.text.replace("#", "");
  if (ts.isCallExpression(node) || ts.isNonNullExpression(node)) return nameOf(node.expression);
  if (ts.isElementAccessExpression(node)) return nameOf(node.expression);
  if (ts.isBinaryExpression(node)) return nameOf(node.left);
  if (!ts.isPropertyAccessExpression(node)) return "";
  const { name: { text }, expression } = node;
  if (text === "length" || text === "size") return `${nameOf(expression)}Count`;
  return WRITING_METHODS.has(text) ? nameOf(expression) : text.replace("#", "");
}
