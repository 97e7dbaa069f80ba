/** A policy's files: path relative to its directory → content. */
export type PolicyFilesInit = Readonly<Record<string, string | Uint8Array>>;

/** The same as bytes. */
export function policyBytes(files: PolicyFilesInit): Record<string, Uint8Array> {
  const encoder = new TextEncoder();
  return Object.fromEntries(
    Object.entries(files).map(([file, content]) => [
      file,
      typeof content === 'string' ? encoder.encode(content) : content,
    ]),
  );
}
