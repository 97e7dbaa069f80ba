import { ServerInterceptingCall, type ServerInterceptor } from '@grpc/grpc-js';
import { type BearerTokens, TOKEN_REFUSED } from './bearer.ts';
import { codeOf } from './status.ts';

const OPEN = '/grpc.health.v1.Health/';

/** The same guard for what grpc-js serves itself: reflection needs a token, health does not (load balancers have none). */
export function requireToken(tokens: BearerTokens): ServerInterceptor {
  return (method, call) =>
    new ServerInterceptingCall(call, {
      start: (next) =>
        next({
          onReceiveMetadata: (metadata, pass) => {
            const given = metadata.get('authorization')[0];
            if (method.path.startsWith(OPEN) || tokens.admits(given?.toString())) return pass(metadata);
            const { code, message } = TOKEN_REFUSED;
            call.sendStatus({ code: codeOf(code), details: message });
          },
        }),
    });
}
