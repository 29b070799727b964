/**
 * Checks how a program refuses to work.
 * @module
 */
import assert from "node:assert/strict";

/** Asserts that a program was refused; its only output is the error and an optional hint. */
export function assertRefused(
  { code, stdout, stderr }: { readonly code: number; stdout: string; stderr: string },
  error: RegExp,
  hint?: RegExp,
): void {
  assert.deepEqual([code, stdout], [1, ""], stderr);
  const [first = "", second = "", ...more] = stderr.trimEnd().split("\n");
  assert.match(first, /^nano(exec|trigger): error: [^A-Z].*[^.]$/);
  assert.match(first, error);
  if (second) assert.match(second, /^nano(exec|trigger): hint: [^A-Z].*[^.]$/);
  if (hint) assert.match(second, hint);
  assert.deepEqual(more, []);
}
