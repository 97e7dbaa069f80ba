/**
 * How a store that several nodes share wakes those who follow it: `changed` is called when somebody may have written, this node too. It may be called for
 * nothing, before what was written can be read, and not at all while the store is away; so whoever must not miss anything looks by itself too. Returns how
 * to stop. Never throws. Absent in a store: one process writes to it, and knows what it wrote.
 */
export type Follow = (changed: () => void) => () => void;
