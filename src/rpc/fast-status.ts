import { status } from '@grpc/grpc-js';
import type { FastStatus } from './fast-call.ts';
import type { ReadFault } from './message-reader.ts';

const TOO_LARGE: FastStatus = {
  code: status.RESOURCE_EXHAUSTED,
  message: 'The message is larger than this service accepts.',
};
const UNDECODABLE: FastStatus = {
  code: status.UNIMPLEMENTED,
  message: 'The message is compressed in a way that this service does not read; send gzip, deflate or none.',
};

/** The status with which a call ends whose bytes cannot be read. */
export function faultStatus(fault: ReadFault): FastStatus {
  return fault === 'too-large' ? TOO_LARGE : UNDECODABLE;
}
