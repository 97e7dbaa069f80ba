import type { PolicyFiles } from '../../core/policy/policy-bytes.ts';
import type { PolicyFault } from '../../core/policy/policy-fault.ts';

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** The files of a request as text, or a fault for each that is not UTF-8. */
export function policyFilesOf(
  files: Readonly<Record<string, Uint8Array>>,
): { readonly files: PolicyFiles } | { readonly faults: readonly PolicyFault[] } {
  const texts = new Map<string, string>();
  const faults: PolicyFault[] = [];
  for (const [file, bytes] of Object.entries(files)) {
    try {
      texts.set(file, utf8.decode(bytes));
    } catch {
      // The decoder's error says no more than this.
      faults.push({ file, line: 0, column: 0, path: '', message: 'the file is not valid UTF-8' });
    }
  }
  return faults.length > 0 ? { faults } : { files: texts };
}

/** The texts as the bytes of a reply. */
export function bytesOfFiles(files: PolicyFiles): Record<string, Uint8Array> {
  const encoder = new TextEncoder();
  return Object.fromEntries([...files].map(([file, text]) => [file, encoder.encode(text)]));
}
