import { violation } from '../../codec/wire/violation.ts';
import { CHANNELS } from '../../core/channel.ts';
import { type Failure, invalidRequest } from '../failure.ts';

/** A channel system speaks for a channel that there is not. */
export function unknownChannel(field: string, channel: string): Failure {
  return invalidRequest([
    violation(field, 'channel.unknown', channel, `names no channel; there are ${CHANNELS.join(', ')}`),
  ]);
}
