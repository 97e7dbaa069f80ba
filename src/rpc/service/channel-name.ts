import { violation } from '../../codec/wire/violation.ts';
import { CHANNELS } from '../../core/channel.ts';
import { type Failure, invalidRequest } from '../failure.ts';

/** The failure of a channel system whose channel does not exist. */
export function unknownChannel(field: string, channel: string): Failure {
  return invalidRequest([
    violation(field, 'channel.unknown', channel, `names no channel; there are ${CHANNELS.join(', ')}`),
  ]);
}
