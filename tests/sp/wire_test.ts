import { INPROC, IPC, TCP } from "../support/transports_under_test.ts";
import { wireConformance } from "../support/wire_conformance.ts";

for (const transport of [TCP, IPC, INPROC]) wireConformance(transport);
