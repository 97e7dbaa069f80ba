/**
 * A policy's files as one deterministic text: the bytes of its edition. JSON with sorted file names, one trailing
 * newline; CRLF and a byte order mark are normalised away, so a checkout on another system gives the same sha256.
 */
export type PolicyFiles = ReadonlyMap<string, string>;

const format = 'attune-policy-1';

/** The canonical bytes of `files`; equal files in any order give equal bytes. */
export function encodePolicyFiles(files: PolicyFiles): Uint8Array {
  const names = [...files.keys()].sort();
  const sorted = names.map((name) => [name, normalizeText(files.get(name) ?? '')]);
  return new TextEncoder().encode(`${JSON.stringify({ format, files: sorted })}\n`);
}

/** The files in `bytes`; undefined when they are not what `encodePolicyFiles` makes. */
export function decodePolicyFiles(bytes: Uint8Array): PolicyFiles | undefined {
  let bundle: unknown;
  try {
    bundle = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    // Not UTF-8 or not JSON: the caller's bytes are at fault, anything else is a bug of ours.
    if (error instanceof SyntaxError || error instanceof TypeError) return undefined;
    throw error;
  }
  if (typeof bundle !== 'object' || bundle === null) return undefined;
  const { format: found, files } = bundle as { format?: unknown; files?: unknown };
  if (found !== format || !Array.isArray(files)) return undefined;
  const decoded = new Map<string, string>();
  for (const entry of files as unknown[]) {
    if (!Array.isArray(entry) || entry.length !== 2) return undefined;
    const [name, text] = entry as [unknown, unknown];
    if (typeof name !== 'string' || typeof text !== 'string' || decoded.has(name)) return undefined;
    decoded.set(name, text);
  }
  return decoded;
}

/** The text as the canonical bytes hold it: no byte order mark, LF line ends. */
export function normalizeText(text: string): string {
  return text.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n');
}
