/** Whether a channel system holds of an audience what the service does. */
import { timestampMs } from '@bufbuild/protobuf/wkt';
import type { AudienceMember } from '../../gen/attune/v1/channel_pb.ts';
import type { AdLevel } from './promised.ts';

/** An entry that ends about now may be over for one of the two. */
const ENDING_MS = 5_000;

/** Sentences about members and levels that differ. `levels`: by audience and customer; `now`: ms. */
export function levelFaults(
  audience: string,
  members: readonly Pick<AudienceMember, 'customerId' | 'version' | 'notAfter'>[],
  levels: ReadonlyMap<string, AdLevel>,
  now: number,
): string[] {
  const faults: string[] = [];
  const listed = new Set<string>();
  for (const { customerId, version, notAfter } of members) {
    const name = `${audience} ${customerId}`;
    listed.add(name);
    if (notAfter !== undefined && timestampMs(notAfter) < now + ENDING_MS) continue;
    const level = levels.get(name);
    if (level?.isIn !== true || level.version !== version)
      faults.push(`${name} is a member by version ${version}, and its channel was told ${levelText(level)}`);
  }
  for (const [name, level] of levels)
    if (level.isIn && level.notAfter > now + ENDING_MS && !listed.has(name))
      faults.push(`${name} is no member, and its channel was told ${levelText(level)}`);
  return faults;
}

function levelText(level: AdLevel | undefined): string {
  return level === undefined ? 'nothing' : `${level.isIn ? 'ADD' : 'REMOVE'} ${level.version}`;
}
