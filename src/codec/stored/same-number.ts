// Object.is on numbers calls a builtin, even in optimised code; these are a few instructions.

const double = new Float64Array(1);
const words = new Int32Array(double.buffer);

/** Object.is(value, 0): zero, but not −0. */
export function isZero(value: number): boolean {
  if (value !== 0) return false;
  double[0] = value;
  return ((words[0] as number) | (words[1] as number)) === 0;
}

/** Object.is for two numbers. */
export function isSame(a: number, b: number): boolean {
  return a === b ? a !== 0 || isZero(a) === isZero(b) : Number.isNaN(a) && Number.isNaN(b);
}
