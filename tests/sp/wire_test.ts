import { INPROC, IPC, TCP } from "../support/sp/transports_under_test.ts";
import { wireConformance } from "../support/sp/wire_conformance.ts";

for (const transport of [TCP, IPC, INPROC]) wireConformance(transport);
