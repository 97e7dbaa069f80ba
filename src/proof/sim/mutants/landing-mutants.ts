/** Bugs in what a link in a message says of a browser. */

import { KNOWN_KEYS } from '../../../adapter/system/known-keys.ts';
import type { CustomerId } from '../../../base/brand.ts';
import type { PeerShard } from '../../../runtime/identity/local-peer.ts';
import type { Request } from '../../../runtime/turn/request.ts';
import type { Mutant } from '../mutant.ts';

function heardAs(shard: PeerShard, change: (request: Request) => Request): PeerShard {
  return {
    submit: (request) => shard.submit(change(request)),
    decisionRef: (seq, index) => shard.decisionRef(seq, index),
    saveNow: () => shard.saveNow(),
    membersIn: (...page) => shard.membersIn(...page),
  };
}

/** A token identifies every browser that comes with it. */
const spentTwice: Mutant = {
  name: 'spent token links',
  peer: (shard) =>
    heardAs(shard, (request) => {
      if (request.kind !== 'spend') return request;
      const linked = { kind: 'linked', to: request.to.id as CustomerId } as const;
      return {
        ...request,
        done: (answer: Parameters<typeof request.done>[0]) =>
          request.done(answer.kind === 'spent' ? linked : answer),
      };
    }),
};

/** A browser that only a link identifies is shown what lies in the cart. */
const cartShown: Mutant = {
  name: 'landing that shows the cart',
  peer: (shard) =>
    heardAs(shard, (request) => {
      if (request.kind !== 'decide') return request;
      const { isProvisional: _, ...identified } = request;
      return identified;
    }),
};

/** Whoever writes a token may sign it as they like. */
const forged: Mutant = {
  name: 'forged token identifies',
  keys: {
    sign: (purpose, text) => KNOWN_KEYS.sign(purpose, text),
    signAll: (purpose, text) => KNOWN_KEYS.signAll(purpose, text),
    verify: () => true,
  },
};

export const LANDING_MUTANTS: readonly Mutant[] = [spentTwice, cartShown, forged];
