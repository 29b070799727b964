/**
 * Rows below each other. Pure; imports nothing.
 * @module
 */

/** Lines whose columns are as wide as what is in them, two spaces apart; the last one ends freely. */
export function tableLines(rows: readonly (readonly string[])[]): readonly string[] {
  const widths: number[] = [];
  for (const row of rows) {
    for (const [index, cell] of row.entries()) {
      widths[index] = Math.max(widths[index] ?? 0, cell.length);
    }
  }
  return rows.map((row) =>
    row.map((cell, index) => index < row.length - 1 ? cell.padEnd(widths[index] ?? 0) : cell)
      .join("  ").trimEnd()
  );
}
