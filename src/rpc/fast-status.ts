import { status } from '@grpc/grpc-js';
import { PACES } from '../config/limits.ts';
import { failure } from './failure.ts';
import type { FastStatus } from './fast-call.ts';
import type { ReadFault } from './message-reader.ts';
import { statusOf } from './status.ts';

const TOO_LARGE: FastStatus = {
  code: status.RESOURCE_EXHAUSTED,
  message: 'The message is larger than this service accepts.',
};
const UNDECODABLE: FastStatus = {
  code: status.UNIMPLEMENTED,
  message: 'The message is compressed in a way that this service does not read; send gzip, deflate or none.',
};
const GARBLED: FastStatus = {
  code: status.INTERNAL,
  message: 'What came is no message, or is not compressed as it says.',
};
const NO_ROOM = statusOf(
  failure('exhausted', 'Too much of other requests is on its way here.', PACES.retryDelayMs),
);
const ENDINGS: Readonly<Record<ReadFault, FastStatus>> = {
  'too-large': TOO_LARGE,
  undecodable: UNDECODABLE,
  garbled: GARBLED,
  'no-room': NO_ROOM,
};

/** The status with which a call ends whose bytes cannot be read. */
export function faultStatus(fault: ReadFault): FastStatus {
  return ENDINGS[fault];
}
