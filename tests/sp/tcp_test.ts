import { tcp } from "../../lib/sp/tcp.ts";
import { transportConformance } from "../support/transport_conformance.ts";

transportConformance({
  name: "tcp",
  permissions: { net: ["127.0.0.1"] },
  open: () =>
    Promise.resolve({ transport: tcp, url: "tcp://127.0.0.1:0", async [Symbol.asyncDispose]() {} }),
  deserted: "tcp://127.0.0.1:1",
  malformed: [
    "",
    "host",
    ":80",
    "host:",
    "host:70000",
    "host:-1",
    "host:80:90",
    "a b:80",
    "[::1:80",
    "::1:80",
    "host:80/",
    "user@host:80",
    "*",
  ],
});
