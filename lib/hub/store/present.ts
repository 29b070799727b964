/**
 * Rows as plain objects. Pure; imports nothing.
 * @module
 */

/** The columns of `row` that are not NULL, as an ordinary object. */
export function present(row: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const record: Record<string, unknown> = {};
  for (const column in row) if (row[column] !== null) record[column] = row[column];
  return record;
}
