/**
 * Size limits of names, node sets, targets and groups. They keep a hostile or mistaken text cheap
 * to parse.
 * @module
 */

/** The most names that one text may stand for; counted before a name is made. */
export const MAX_NODE_NAMES = 1_000_000;

/** The longest text of a target that a person types, in bytes of UTF-8: Linux takes no longer word. */
export const MAX_TYPED_TARGET_BYTES: number = 128 * 1024;

/**
 * The longest canonical text of a target, in bytes of UTF-8. Longer than what is typed, since
 * groups and past results are replaced by the names that they stand for: enough for 10,000 names of
 * 24 characters that do not fold.
 */
export const MAX_SIGNED_TARGET_BYTES: number = 256 * 1024;

/** How deep operators and parentheses may nest in a target, and groups in groups. */
export const MAX_TARGET_NESTING = 32;

/** How many groups one term such as `@rack[1-40]` may stand for. */
export const MAX_GROUPS_PER_TERM = 100;

/** The longest node name, as for a DNS name. */
export const MAX_NODE_NAME_LENGTH = 253;

/** The most digits that are read as a number: below 2^53. Longer runs of digits are plain text. */
export const MAX_INDEX_DIGITS = 15;

/** The longest regular expression, in UTF-16 units. */
export const MAX_REGEX_LENGTH = 200;

/** The most states of a regular expression once counted repeats such as `a{20}` are written out. */
export const MAX_REGEX_STATES = 2_000;

/** How many terms and operators the groups of one target may bring in altogether. */
export const MAX_TERMS_FROM_GROUPS = 100_000;

/** The most globs that the ranges of one term may stand for; each is compared with every name. */
export const MAX_GLOBS_PER_TERM = 1_000;

/** The longest node set in the definition of a group, in bytes of UTF-8. */
export const MAX_GROUP_DEFINITION_BYTES: number = 4 * 1024 * 1024;
