import { PortError } from '../../port/port-error.ts';

const NO_ROOM: ReadonlySet<unknown> = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);
/** Of the process, and of the machine. */
const NO_DESCRIPTOR: ReadonlySet<unknown> = new Set(['EMFILE', 'ENFILE']);
const NO_ACCESS: ReadonlySet<unknown> = new Set(['EACCES', 'EPERM', 'EROFS']);

/** The file system's error as a PortError whose sentence names `file`. A PortError is returned as it is. */
export function diskFault(cause: unknown, file: string): PortError {
  if (cause instanceof PortError) return cause;
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : undefined;
  const reason = cause instanceof Error ? cause.message : String(cause);
  if (NO_ROOM.has(code)) {
    return new PortError('full', `there is no room to write ${file}: ${reason}; free space on its disk`, {
      cause,
    });
  }
  if (NO_ACCESS.has(code)) {
    return new PortError(
      'unavailable',
      `${file} cannot be used: ${reason}; check its owner and permissions`,
      {
        outcome: 'nothing_written',
        cause,
      },
    );
  }
  const remedy = NO_DESCRIPTOR.has(code) ? '; close connections, or allow more open files (ulimit -n)' : '';
  return new PortError('unavailable', `${file} failed: ${reason}${remedy}`, { cause });
}

/** Runs `work`: what the file system throws in it is a PortError with a sentence that names `path`, all else comes as it is. */
export async function withDiskFaults<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw cause instanceof Error && 'syscall' in cause ? diskFault(cause, path) : cause;
  }
}
