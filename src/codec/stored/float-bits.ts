/** The bits of the one NaN that is stored. */
export const NAN_BITS = 0x7fc00000;
