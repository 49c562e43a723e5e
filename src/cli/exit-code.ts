// exit-code.ts: what a command's exit code says (design §11); 0: done.

/** Something was found that a person should look at. */
export const FINDINGS = 1
/** Usage or configuration. */
export const INVALID = 2
/** It could not run. */
export const NOT_RUN = 3
