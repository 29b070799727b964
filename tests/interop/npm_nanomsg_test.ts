import { findNpmNanomsg } from "./support/npm_nanomsg.ts";
import { patternSuite } from "./support/pattern_suite.ts";

const npmNanomsg = await findNpmNanomsg();

patternSuite(npmNanomsg);
