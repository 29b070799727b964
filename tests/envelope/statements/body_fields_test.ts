import { match, strictEqual } from "node:assert/strict";
import { newRequestId, USER_NAME } from "../../../lib/envelope/statements/body_fields.ts";

Deno.test("newRequestId gives 32 hex digits, never the same", () => {
  const ids = new Set(Array.from({ length: 1_000 }, newRequestId));
  strictEqual(ids.size, 1_000);
  for (const id of ids) match(id, /^[0-9a-f]{32}$/);
});

Deno.test("USER_NAME takes names and no numbers", () => {
  for (const name of ["root", "www-data", "_apt", "A.b", "svc$", "alice@example.com"]) {
    strictEqual(USER_NAME.test(name), true, name);
  }
  const hostile = [
    "",
    "0",
    "-1",
    "#0",
    "4294967295",
    "1abc",
    "NaN ",
    "root\n",
    "a$b",
    "a:b",
    "a/b",
  ];
  for (const name of hostile) strictEqual(USER_NAME.test(name), false, name);
});
