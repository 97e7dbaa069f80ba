/** One line of JSON as an object. What JSON would change in silence is refused: numbers that it cannot hold. */

export type JsonObject = { readonly [name: string]: unknown };

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Only a line with so many digits together, or such an exponent, can hold a number that JSON cannot. */
const SUSPICIOUS = /\d{16}|\d[eE]\+?\d{2}/;

/** A number in place of which another would be read; `text`: as the line has it. */
class LostNumber {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** The object of a line. Throws an Error with a sentence. */
export function parseJsonLine(line: string): JsonObject {
  const json = parsed(line);
  if (!isObject(json)) throw new Error('a line must hold one JSON object');
  return json;
}

function parsed(line: string): unknown {
  let json: unknown;
  const isSuspicious = SUSPICIOUS.test(line);
  try {
    json = isSuspicious ? JSON.parse(line, keepLost as never) : JSON.parse(line);
  } catch (fault) {
    throw new Error(`this is not JSON: ${whyNot(line, fault)}`);
  }
  if (isSuspicious) refuseLost(json, '');
  return json;
}

/** Files of another kind are named for what they are; of a broken object the parser says where it breaks. */
function whyNot(line: string, fault: unknown): string {
  const begin = line.trimStart();
  if (begin.startsWith('[') || begin.startsWith(']'))
    return "a line must hold one JSON object, not a part of a list; `jq -c '.[]'` makes lines of a list";
  if (begin !== '' && !begin.startsWith('{'))
    return `a line must hold one JSON object, such as {"name":"value"}, and this one begins with ${JSON.stringify(begin.slice(0, 20))}`;
  // The line of the parser's own is always 1, and would be taken for the file's.
  return (fault instanceof Error ? fault.message : String(fault)).replace(/ \(line 1 column \d+\)$/, '');
}

/** A reviver with the source of each value, as ECMAScript 2026 has it; TypeScript does not know it yet. */
function keepLost(_: string, value: unknown, { source = '' }: { readonly source?: string }): unknown {
  if (typeof value !== 'number') return value;
  if (!Number.isFinite(value)) return new LostNumber(source);
  return /^-?\d+$/.test(source) && !Number.isSafeInteger(value) ? new LostNumber(source) : value;
}

function refuseLost(value: unknown, path: string): void {
  if (value instanceof LostNumber)
    throw new Error(
      `${path} is ${value.text}, beyond 2^53: JSON's numbers do not hold all of its digits; send it as text, in quotes`,
    );
  if (Array.isArray(value)) for (const [at, entry] of value.entries()) refuseLost(entry, `${path}[${at}]`);
  else if (isObject(value))
    for (const [name, entry] of Object.entries(value))
      refuseLost(entry, path === '' ? name : `${path}.${name}`);
}
