import { inproc } from "../../lib/sp/inproc.ts";
import { transportConformance } from "../support/transport_conformance.ts";

transportConformance({
  name: "inproc",
  permissions: "none",
  open: () =>
    Promise.resolve({
      transport: inproc(),
      url: "inproc://here",
      async [Symbol.asyncDispose]() {},
    }),
  deserted: "inproc://nowhere",
  malformed: [""],
});
