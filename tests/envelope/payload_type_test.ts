import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { fromUtf8, utf8 } from "../../lib/base/bytes.ts";
import { cancelType } from "../../lib/envelope/directive.ts";
import { helloType } from "../../lib/envelope/hello.ts";
import {
  decodeBody,
  encodeBody,
  payloadType,
  requireType,
} from "../../lib/envelope/payload_type.ts";
import { requestType } from "../../lib/envelope/request.ts";
import { resultType } from "../../lib/envelope/result.ts";
import { integer, object } from "../../lib/envelope/schema.ts";
import { plain, refusal } from "./fixtures.ts";

Deno.test("each payload type has a name of its own", { permissions: "none" }, () => {
  deepStrictEqual([requestType, cancelType, resultType, helloType].map(({ name }) => name), [
    "application/vnd.nanoexec.request.v1+json",
    "application/vnd.nanoexec.cancel.v1+json",
    "application/vnd.nanoexec.result.v1+json",
    "application/vnd.nanoexec.hello.v1+json",
  ]);
});

Deno.test("encodeBody and decodeBody keep to the type's form", { permissions: "none" }, () => {
  const dotType = payloadType("dot", object<{ readonly x: number }>({ x: integer(0) }));
  const bytes = encodeBody({ x: 1 }, dotType);
  strictEqual(fromUtf8(bytes), '{"x":1}');
  deepStrictEqual(plain(decodeBody(bytes, dotType)), { x: 1 });
  strictEqual(refusal("body", () => encodeBody({ x: -1 }, dotType)).startsWith("dot.x "), true);
  refusal("body", () => decodeBody(utf8('{"x":-1}'), dotType));
  refusal("body", () => decodeBody(new Uint8Array(262_145), dotType));
});

Deno.test("requireType compares byte by byte", { permissions: "none" }, () => {
  const name = "application/vnd.nanoexec.request.v1+json";
  requireType({ payloadType: name }, requestType);
  const hostile = [
    "",
    name.toUpperCase(),
    name.replace("request", "Request"),
    name.replace("v1", "v2"),
    `${name} `,
    ` ${name}`,
    `${name}\0`,
    name.slice(0, -1),
    name.replace("e", "\u0435"),
    name.replace("request", "cancel"),
  ];
  for (const payloadType of hostile) {
    refusal("type", () => requireType({ payloadType }, requestType));
  }
});
