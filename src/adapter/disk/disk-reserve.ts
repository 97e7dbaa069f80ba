import { PortError } from '../../port/port-error.ts';

/** Why nothing more may be written now, undefined: there is room. */
export type Reserve = () => PortError | undefined;

/** For a directory that nobody else writes to: the disk itself says when it is full. */
export const NO_RESERVE: Reserve = () => undefined;

/**
 * What long files ask before each piece: they leave the room that the log and the snapshots of a running service need. Throws
 * PortError `full` with the name of the file.
 */
export function expectRoom(reserve: Reserve, file: string): void {
  const refusal = reserve();
  if (refusal !== undefined)
    throw new PortError(refusal.kind, `there is no room to write ${file}: ${refusal.message}`, {
      outcome: 'nothing_written',
    });
}
