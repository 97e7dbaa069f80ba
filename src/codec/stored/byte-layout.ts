/** Codes that writer and reader share. Part of every stored format: never change one, only add. */

/** Low two bits of a text's header; the rest is its length in bytes. */
export const TEXT_ASCII = 0;
export const TEXT_UTF8 = 1;
/** Lower-case hexadecimal digits, two to a byte. */
export const TEXT_HEX = 2;
/** Length 0: a lower-case UUID in 16 bytes. Else UTF-16 LE, for text with lone surrogates that UTF-8 cannot hold. */
export const TEXT_OTHER = 3;

/** Shortest text that is worth packing as hexadecimal. */
export const HEX_CHARS_MIN = 16;

/** The zigzag code that −0 would have; what follows says which number it is. */
export const NUMBER_ESCAPE = 1;
export const ESCAPE_F64 = 0;
export const ESCAPE_F32 = 1;
export const ESCAPE_NAN = 2;
export const ESCAPE_INFINITY = 3;
export const ESCAPE_MINUS_INFINITY = 4;
export const ESCAPE_MINUS_ZERO = 5;
/** A time of 0 ("never"), which is far from any base. */
export const ESCAPE_ZERO_TIME = 6;

/** Whole numbers up to here are varints; twice as much still fits a double. */
export const WHOLE_MAX = 2 ** 51;
