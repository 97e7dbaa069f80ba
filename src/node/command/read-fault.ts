const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'it is not there',
  EISDIR: 'it is a directory, and a file is wanted',
  ENOTDIR: 'a part of its path is a file',
  EACCES: 'this user may not read it',
};

/** Why `file` could not be read, as a sentence without the system's code where it is a common one. */
export function readFault(file: string, fault: unknown): string {
  const code = fault instanceof Error && 'code' in fault ? String(fault.code) : '';
  return `${file} cannot be read: ${REASONS[code] ?? (fault instanceof Error ? fault.message : String(fault))}`;
}
