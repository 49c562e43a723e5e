// layout.ts: where everything stands in the memory that the kernel shares with the rest. Read by both compilers, TypeScript's and AssemblyScript's.

/** Longest piece that is filtered at once, bytes: input and output stay in the processor's cache. */
export const longestPiece = 65_536
/** Longest property name that a plan takes, as bytes of `"name":`. The key buffer and the output have room for one. */
export const longestName = 1024
/** Longest number, bytes: RFC 8259 §6 lets a receiver set limits, and an integer is only known as one at its end. */
export const longestNumber = 1024
/** How many arrays and objects may stand inside one another. */
export const deepest = 64
/** Objects of a plan that undeclared members are counted of one by one; the last counts for all that are left. */
export const mostPlaces = 100
/** Most nodes of a plan, and most bytes of its tables. */
export const mostNodes = 65_536
export const longestPlan = 8_388_608

/** The piece at hand, a zero byte behind it, and room for what is read beyond. At 0, so that a place in the piece is its address. */
export const INPUT = 0
/** One bit for each byte of the piece: set where a string does not simply go on. */
export const MARKS = 67_584
/** What is released of the piece. Never longer than the longest piece and what waited before it: one name, one number. */
export const OUTPUT = 76_032
/** Numbers of the state (below), then the number or key that is being read, counts of undeclared members by place, then the frames. */
export const STATE = 145_664
export const HELD = 145_792
export const PLACES = 146_816
export const FRAMES = 147_712
export const framesLength = 589_824
/** Kinds of the plan's nodes where only some fields are asked; and the plans, one after another. */
export const KINDS = 737_536
export const PLANS = 803_072
/** Pages of 64 KiB. */
export const pages = 141

// Of the state, the index of each number of four bytes.
export const STEP = 0
export const TARGET = 1
export const DEPTH = 2
export const FRAME = 3
export const OUT = 4
export const ROLE = 5
export const CODE = 6
export const HELD_LENGTH = 7
export const COMMA_WAITS = 8
/** Addresses of the plan's records and of the kinds, numbers of a frame, and the node of rows. */
export const PLAN_AT = 9
export const KINDS_AT = 10
export const FRAME_LENGTH = 11
export const ROW_NODE = 12
/** The byte that is white space beside space, tab and CR: LF, or in NDJSON, where LF ends a line, once more a space. */
export const SPACE = 13
/** Counters, of eight bytes each: their index among numbers of that size. */
export const ROWS = 7
export const WITHHELD_MEMBERS = 8
export const UNDECLARED = 9
export const MISSHAPEN = 10
export const SUPPRESSED = 11
/** Bytes of all of them. */
export const stateLength = 96

// Numbers of a frame, one per open container: its node (0 where it is skipped), whether it is an object (or LINES), its last declared
// property, and from CAME on the bits of the properties to be released that came already.
export const NODE = 0
export const IS_OBJECT = 1
export const LAST = 2
export const CAME = 3
/** In the place of IS_OBJECT: the array that the lines of NDJSON are the elements of. It has no brackets, and LF for its commas. */
export const LINES = 2

// A node's record in a plan, bytes: `"name":` of up to 16 bytes, its last 16 bytes where it is longer, its length, and the bits of
// the first 16 bytes that belong to it; the property's bit among those of its object, and the byte of the frame where that stands;
// `"name":` as a whole; the node that came after this one the last time, and the first one in this object, or the elements of this
// array; the hash table of its properties, 24 bits, and in the byte above which of the places it is; the next property in the same slot.
export const recordBytes = 64
export const HEAD = 0
export const TAIL = 16
export const LENGTH = 32
export const HEAD_BITS = 34
export const BIT = 36
export const PREFIX = 40
export const AFTER_IT = 44
export const FIRST = 48
export const TABLE = 52
export const PLACE = 55
export const TABLE_MASK = 56
export const CAME_AT = 58
export const CHAIN = 60

// What may be released of a node's value.
export const WITHHELD = 0
export const OBJECT = 1
export const ARRAY = 2
export const STRING = 3
export const NUMBER = 4
export const INTEGER = 5
export const BOOLEAN = 6
/** In the place of a value that helps to find a protected person, whatever it is: null, an empty array, nothing. */
export const NULLED = 7
export const EMPTIED = 8
export const OMITTED = 9

// What is expected next.
export const VALUE = 1
export const FIRST_ELEMENT = 2
export const FIRST_KEY = 3
export const KEY = 4
export const COLON = 5
export const AFTER = 6
export const DONE = 7
