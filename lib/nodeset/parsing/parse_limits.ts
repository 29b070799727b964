/**
 * Size limits of names, node sets, targets and groups. They keep a hostile or mistaken text cheap
 * to parse.
 * @module
 */

/** The maximum number of names in one text; counted before any name is made. */
export const MAX_NODE_NAMES = 1_000_000;

/** The longest target on a command line, in bytes of UTF-8: the longest argument on Linux. */
export const MAX_TYPED_TARGET_BYTES: number = 128 * 1024;

/**
 * The longest canonical text of a target, in bytes of UTF-8. Longer than a typed target, because
 * groups and past jobs are replaced by names: enough for 10,000 names of 24 characters that do not
 * fold.
 */
export const MAX_SIGNED_TARGET_BYTES: number = 256 * 1024;

/** The maximum nesting of operators and parentheses in a target, and of groups in groups. */
export const MAX_TARGET_NESTING = 32;

/** The maximum number of groups in one term such as `@rack[1-40]`. */
export const MAX_GROUPS_PER_TERM = 100;

/** The longest node name, as for a DNS name. */
export const MAX_NODE_NAME_LENGTH = 253;

/** The most digits of a number, which stays below 2^53. Longer runs of digits are plain text. */
export const MAX_INDEX_DIGITS = 15;

/** The longest regular expression, in UTF-16 units. */
export const MAX_REGEX_LENGTH = 200;

/** The most states of a regular expression, with counted repeats such as `a{20}` expanded. */
export const MAX_REGEX_STATES = 2_000;

/** The maximum number of terms and operators that all groups of one target bring in. */
export const MAX_TERMS_FROM_GROUPS = 100_000;

/** The most globs from the ranges of one term; each is compared with every name. */
export const MAX_GLOBS_PER_TERM = 1_000;

/** The longest node set in the definition of a group, in bytes of UTF-8. */
export const MAX_GROUP_DEFINITION_BYTES: number = 4 * 1024 * 1024;
