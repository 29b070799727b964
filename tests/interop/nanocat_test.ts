import { nanocat } from "./support/cat_program.ts";
import { patternSuite } from "./support/pattern_suite.ts";

patternSuite(nanocat);
