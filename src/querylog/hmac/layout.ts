// layout.ts: where everything stands in the memory that the kernel of many HMACs shares with the rest. Read by both compilers, TypeScript's
// and AssemblyScript's. Below 4,096 are the kernel's own constants.

/** Pages of 65,536 bytes. */
export const pages = 1
/** The states behind the key's blocks, eight numbers of four bytes each: of the inner hash, and behind it of the outer one. */
export const INNER = 4096
export const OUTER = 4128
export const statesLength = 64
/** 64 words of four messages: what the rounds mix in. */
export const SCHEDULE = 4160
/** Eight words of four messages: their states. */
export const STATES = 5184
/** What comes of the messages. */
export const TAGS = 5312
export const tagBytes = 16
/** Most messages at once, a multiple of four, and most blocks of each. */
export const mostMessages = 64
export const mostBlocks = 4
export const blockBytes = 64
/** The messages, padded, without the key's block, one behind the other; all of as many blocks. */
export const MESSAGES = 6336
