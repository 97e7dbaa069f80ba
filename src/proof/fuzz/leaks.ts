/**
 * What must never reach a caller: words of the language, the runtime, the libraries and the machine. No request of the
 * fuzzer holds any of them, so that an echo cannot be mistaken for a leak.
 */
const INNER: readonly RegExp[] = [
  // Stack frames and source places.
  /\n\s+at \S/,
  /\bat (async )?[\w.#<>$ ]+ \([^)]*:\d+:\d+\)/,
  /\.[cm]?[jt]s:\d+/,
  /node_modules/,
  /\bnode:[a-z]/,
  /file:\/\//,
  // Thrown values and their texts.
  /\b\w*(Type|Range|Syntax|Reference|URI|Eval|Aggregate|Assertion|Port|Command|StoredBytes|Zod|Parse|Evaluation)Error\b/,
  /Cannot (read|set|access|convert|mix|destructure)\b/,
  /is not (a function|iterable|defined|a constructor)/,
  /\bundefined\b/,
  /\[object \w+\]/,
  /\bERR_[A-Z0-9_]{3,}/,
  /\b(ENOENT|EACCES|EPIPE|EMFILE|ENOSPC|ECONN[A-Z]+)\b/,
  // What the machine looks like.
  /(^|[\s"'(=:])\/(home|root|tmp|usr|var|opt|work|proc|etc)\//,
  /\b(LMDB|lmdb|MDB_[A-Z]+|protobufjs|grpc-js|onnxruntime)\b/,
];

/** The first piece of inner text in what was said, with its surroundings; undefined: none. */
export function leakIn(said: readonly string[], forbidden: readonly string[]): string | undefined {
  for (const text of said) {
    for (const pattern of INNER) {
      const found = pattern.exec(text);
      if (found !== null) return around(text, found.index);
    }
    for (const word of forbidden) {
      const at = text.indexOf(word);
      if (at >= 0) return around(text, at);
    }
  }
  return undefined;
}

function around(text: string, at: number): string {
  return JSON.stringify(text.slice(Math.max(0, at - 80), at + 160));
}
