/**
 * The readability of Markdown.
 * @module
 */
import assert from "node:assert/strict";
import { measure } from "../../scripts/readability.ts";

Deno.test("long words and long sentences have a higher grade", () => {
  const short = measure("The agent runs a command. The hub keeps the job.");
  const long = measure(
    "Notwithstanding considerable implementation difficulties, administrators subsequently " +
      "appreciated comprehensive documentation, which nevertheless remained unsatisfactory.",
  );
  assert.ok(short.grade < 5, `${short.grade}`);
  assert.ok(long.grade > 20, `${long.grade}`);
});

Deno.test("code and comments count as words, but not for the grade", () => {
  const prose = "The agent runs a command.\n";
  const page =
    `${prose}\n<!-- not run: extraordinarily complicated -->\n\`\`\`sh\nmultiplication\n\`\`\`\n`;
  assert.equal(measure(page).grade, measure(prose).grade);
  assert.equal(measure(page).words, 14);
});
