import type { DescMethod } from '@bufbuild/protobuf';
import { LIMITS } from '../../config/limits.ts';
import { failure } from '../failure.ts';
import { Meter } from '../meter.ts';
import { methodName, methodPath, type Route } from '../method.ts';
import type { ServiceContext } from '../service-context.ts';
import { statusOf } from '../status.ts';

/** A method of the contract that this release does not serve: its calls are answered UNIMPLEMENTED, with what to do instead. */
export function unimplementedMethod(context: ServiceContext, method: DescMethod, instead: string): Route {
  const meter = new Meter(methodName(method), context.observer, context.inFlight);
  const why = statusOf(failure('unimplemented', `${meter.method} is not served yet. ${instead}`));
  const shared = { messageBytesMax: LIMITS.requestBytesMax, failed: () => {} };
  if (method.methodKind === 'unary') {
    return [
      methodPath(method),
      {
        kind: 'unary',
        ...shared,
        handler: (call) => {
          meter.answered(meter.begin(), why.code);
          call.fail(why);
        },
      },
    ];
  }
  return [
    methodPath(method),
    {
      kind: 'bidi',
      ...shared,
      inFlightMax: 1,
      bufferedBytesMax: LIMITS.requestBytesMax,
      open: (call) => {
        meter.answered(meter.begin(), why.code);
        call.fail(why);
        return { message: () => {}, halfClosed: () => {}, closed: () => {} };
      },
    },
  ];
}
