import { expect, test } from 'vitest';
import { encodeProfile } from '../codec/stored/profile-codec.ts';
import { sampleDecision, sampleProfile } from '../codec/stored/sample-values.fixture.ts';
import { addressedById, addresseeOf } from '../core/identity/customer.ts';
import type { Part } from '../core/profile/absorb/part-again.ts';
import type { Profile } from '../core/profile/profile.ts';
import { decideInput, event } from '../runtime/engine.fixture.ts';
import type { Request, UnlinkRequest } from '../runtime/turn/request.ts';
import {
  decodeAnswer,
  decodeQuestion,
  encodeAnswer,
  encodeQuestion,
  type PeerAnswer,
  type PeerQuestion,
  type SentRequest,
} from './peer-message.ts';

const to = addresseeOf('crm', 'anna');
const common = { to, priority: 'critical', bytes: 5, deadlineAt: Number.POSITIVE_INFINITY } as const;
const question = (request: object): PeerQuestion & { op: 'request' } => ({
  ...{ op: 'request', shard: 2 },
  request: { ...common, done: () => {}, ...request } as unknown as SentRequest,
});

/** As the other node reads it, whose clock is `ahead`. */
function received(sent: PeerQuestion, ahead = 0, answered: (answer: Uint8Array) => void = () => {}) {
  const read = decodeQuestion(encodeQuestion(sent, 1_000), 1_000 + ahead, answered);
  if (read?.op !== 'request') throw new Error('it is no request');
  return read.request;
}

test('a request comes over as it was, its functions aside', () => {
  const order = {
    orderId: 'o',
    total: 5,
    revenue: Number.NaN,
    shipping: 0,
    tax: 0,
    discount: 0,
    coupon: '',
    refundId: '',
  };
  const requests: object[] = [
    {
      kind: 'event',
      input: event('Order Completed', 900, { order, properties: { a: 1, b: 'two', c: true } }),
    },
    {
      kind: 'decide',
      input: decideInput('r', { events: [event('Page Viewed', 900)] }),
      via: [to.key],
      keys: event('x', 0).identifiers,
      triedKeys: 1,
    },
    { kind: 'forget', forget: { isOwn: true, ids: new Set(['a', 'b']), named: new Set(['a']) } },
    { kind: 'restore', given: { from: to.id, claim: 3, estate: Uint8Array.of(1, 2, 3), at: 5 } },
    {
      kind: 'claim',
      claim: { by: to.key, claim: 4, identifiers: [], explicit: '', unions: 0, isDeclared: true },
    },
    { kind: 'feedback', input: {}, ref: undefined },
  ];
  for (const request of requests) {
    const { done, ...rest } = received(question(request));
    expect(typeof done).toBe('function');
    expect(rest).toEqual({ ...common, ...request });
  }
});

test('of a deadline what is left travels: clocks of two nodes may differ by an hour', () => {
  const sent = question({ kind: 'event', deadlineAt: 1_250 });
  for (const ahead of [3_600_000, -3_600_000]) expect(received(sent, ahead).deadlineAt).toBe(1_250 + ahead);
  expect(received(question({ kind: 'event' }), 3_600_000).deadlineAt).toBe(Number.POSITIVE_INFINITY);
});

test('what a read is to see comes back with its answer, or that there is nobody', () => {
  const profile = sampleProfile();
  for (const there of [profile, undefined]) {
    let seen: Profile | undefined | 'not asked' = 'not asked';
    const asked = question({ kind: 'read', view: (found: Profile | undefined) => (seen = found) });
    let answer: PeerAnswer | undefined;
    const request = received(asked, 0, (bytes) => {
      answer = decodeAnswer(bytes, asked);
    }) as Request & { kind: 'read' };
    request.view(there);
    request.done({ kind: 'accepted' });
    expect(answer).toMatchObject({ kind: 'outcome', outcome: { kind: 'accepted' } });
    if (there === undefined) expect(seen).toBeUndefined();
    else expect(encodeProfile(seen as unknown as Profile)).toEqual(encodeProfile(profile));
  }
});

test('a member of an audience is shown to who lists it, and a refused read shows nobody', () => {
  let seen: unknown = 'nothing';
  const listed = question({ kind: 'member', audience: 'near', view: (member: unknown) => (seen = member) });
  const member = received(listed, 0, (bytes) => void decodeAnswer(bytes, listed)) as Request & {
    kind: 'member';
  };
  member.view({ kind: 'member', customerId: to.id } as never);
  member.done({ kind: 'accepted' });
  expect(seen).toEqual({ kind: 'member', customerId: to.id });
  seen = 'nothing';
  const read = question({ kind: 'read', view: (found: unknown) => (seen = found) });
  const refused = {
    kind: 'refused',
    code: 'unavailable',
    message: 'm',
    retryAfterMs: 1,
    field: '',
    rule: '',
    value: '',
  };
  decodeAnswer(encodeAnswer({ kind: 'outcome', outcome: refused as never }), read);
  expect(seen).toBe('nothing');
});

test('a decision comes back as it stands in the log', () => {
  const fact = sampleDecision();
  const place = { generation: 1, shard: 2, seq: 3, index: 0 };
  const outcome = { kind: 'decided', place, fact, repeated: false, tracking: ['t'] } as const;
  const back = decodeAnswer(encodeAnswer({ kind: 'outcome', outcome }), question({ kind: 'decide' }));
  expect(back).toEqual({ kind: 'outcome', outcome });
});

test('the parts of a customer who is parted come over with who had met whom', () => {
  const part = (claim: number, under: Part | undefined): Part =>
    ({
      ...{ profile: sampleProfile(claim), claim, link: 'l', under, shared: new Set(['a.b']), isWhole: true },
    }) as Part;
  const own = part(1, undefined);
  const first = part(2, own);
  const undone = {
    own,
    parted: [first, part(3, first)],
    version: 7,
    link: { seq: 1, index: 0 },
    by: 'b',
    reason: 'r',
  };
  const request = received(question({ kind: 'unlink', to: addressedById(to.id), undone })) as UnlinkRequest;
  const { own: ownThere, parted } = request.undone;
  expect(parted.map(({ claim, under }) => [claim, under?.claim])).toEqual([
    [2, 1],
    [3, 2],
  ]);
  expect(parted[0]?.under).toBe(ownThere);
  expect(parted[1]?.under).toBe(parted[0]);
  expect(encodeProfile(ownThere.profile)).toEqual(encodeProfile(own.profile));
  expect([ownThere.shared, request.undone.version]).toEqual([new Set(['a.b']), 7]);
});

test('a message of another version is not answered, and garbage throws, which is no answer either', () => {
  const other = encodeQuestion({ op: 'save', shard: 0 }, 0);
  other[0] = 9;
  expect(decodeQuestion(other, 0, () => {})).toBeUndefined();
  expect(decodeAnswer(other, { op: 'save', shard: 0 })).toBeUndefined();
  for (const bytes of [[], [1], [1, 255, 255], [1, ...Array.from({ length: 40 }, (_, n) => n * 7)]])
    expect(() => decodeQuestion(Uint8Array.from(bytes), 0, () => {}) ?? thrown()).toThrow();
});

function thrown(): never {
  throw new Error('it was not read');
}
