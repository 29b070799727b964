import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { decodeUtf8, encodeUtf8 } from "../../../lib/base/bytes.ts";
import { cancelType } from "../../../lib/envelope/statements/directive.ts";
import { helloType } from "../../../lib/envelope/statements/session_statements.ts";
import {
  decodeBody,
  definePayloadType,
  encodeBody,
  requirePayloadType,
} from "../../../lib/envelope/signing/payload_type.ts";
import { requestType } from "../../../lib/envelope/statements/request.ts";
import { resultType } from "../../../lib/envelope/statements/result.ts";
import { integer, object } from "../../../lib/envelope/encoding/schema.ts";
import { assertEnvelopeError, withPrototypes } from "../../support/envelope_fixtures.ts";

Deno.test("each payload type has a name of its own", () => {
  deepStrictEqual([requestType, cancelType, resultType, helloType].map(({ name }) => name), [
    "application/vnd.nanoexec.request.v1+json",
    "application/vnd.nanoexec.cancel.v1+json",
    "application/vnd.nanoexec.result.v1+json",
    "application/vnd.nanoexec.hello.v1+json",
  ]);
});

Deno.test("encodeBody and decodeBody keep to the type's form", () => {
  const dotType = definePayloadType("dot", object<{ readonly x: number }>({ x: integer(0) }));
  const bytes = encodeBody({ x: 1 }, dotType);
  strictEqual(decodeUtf8(bytes), '{"x":1}');
  deepStrictEqual(withPrototypes(decodeBody(bytes, dotType)), { x: 1 });
  strictEqual(
    assertEnvelopeError("body", () => encodeBody({ x: -1 }, dotType)).startsWith("dot.x "),
    true,
  );
  assertEnvelopeError("body", () => decodeBody(encodeUtf8('{"x":-1}'), dotType));
  assertEnvelopeError("body", () => decodeBody(new Uint8Array(262_145), dotType));
});

Deno.test("requirePayloadType compares byte by byte", () => {
  const name = "application/vnd.nanoexec.request.v1+json";
  requirePayloadType({ payloadType: name }, requestType);
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
    assertEnvelopeError("type", () => requirePayloadType({ payloadType }, requestType));
  }
});
