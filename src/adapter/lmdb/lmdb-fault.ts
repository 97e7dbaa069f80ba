import { PortError } from '../../port/port-error.ts';

// Codes of lmdb.h, and errno of Linux and macOS; both reach us in `error.code`.
const MDB_CORRUPTED: ReadonlySet<unknown> = new Set([-30796, -30797, -30793, -30794]);
const NO_ROOM: ReadonlySet<unknown> = new Set([-30792, 28 /* ENOSPC */, 27 /* EFBIG */, 122 /* EDQUOT */]);
const EIO = 5;
const NO_ACCESS: ReadonlySet<unknown> = new Set([1 /* EPERM */, 13 /* EACCES */, 30 /* EROFS */]);

/** The driver's error as a PortError whose sentence names `file`. A PortError is returned as it is. */
export function lmdbFault(cause: unknown, file: string): PortError {
  if (cause instanceof PortError) return cause;
  const code = codeOf(cause);
  const reason = cause instanceof Error ? cause.message : String(cause);
  if (NO_ROOM.has(code)) {
    return new PortError('full', `there is no room to write ${file}: ${reason}; free space on its disk`, {
      cause,
    });
  }
  if (MDB_CORRUPTED.has(code)) {
    return new PortError('corrupt', `${file} is damaged: ${reason}`, { cause });
  }
  if (NO_ACCESS.has(code)) {
    return new PortError(
      'unavailable',
      `${file} cannot be written: ${reason}; check its owner and permissions`,
      {
        outcome: 'nothing_written',
        cause,
      },
    );
  }
  // LMDB calls a short write an input/output error; a disk that is nearly full makes those.
  const advice = code === EIO ? '; see whether its disk is full or failing' : '';
  return new PortError('unavailable', `${file} failed: ${reason}${advice}`, { cause });
}

function codeOf(cause: unknown): unknown {
  return typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : undefined;
}
