import { expect, test } from 'vitest';
import { branded, type CustomerId, type IdentifierKey } from '../../base/brand.ts';
import type { AbsorbInFact } from '../../core/fact/fact.ts';
import { emptyProfile } from '../../core/profile/empty-profile.ts';
import { fold } from '../../core/profile/fold.ts';
import type { Profile } from '../../core/profile/profile.ts';
import { withPlainLedgers } from './arbitrary-profile.fixture.ts';
import { decodeEstate, encodeEstate } from './estate-codec.ts';
import { goldenShardState } from './golden-values.fixture.ts';
import { encodeProfile } from './profile-codec.ts';
import { decodeRecord, encodeRecord } from './record-codec.ts';
import { sampleProfile } from './sample-values.fixture.ts';

const HEADER = { generation: 1, epoch: 1, batch: 'b', at: 1 };

test('what a moved customer left comes back as it was', () => {
  const { outbox } = goldenShardState();
  const { profile, dispatches } = decodeEstate(
    encodeEstate({ profile: sampleProfile(), dispatches: outbox }),
  );
  expect(withPlainLedgers(profile)).toStrictEqual(withPlainLedgers(sampleProfile()));
  expect(dispatches).toEqual(outbox);
});

test('a customer who was taken in comes back from the log with their dispatches, and folds to the same', () => {
  const customer = branded<CustomerId>('AAAAAAAAAAAAAAAAAAAAAA');
  const { outbox } = goldenShardState();
  const fact: AbsorbInFact = {
    ...{ kind: 'absorb-in', customer, claimed: branded<IdentifierKey>('anonymous:a-1'), end: 'united' },
    ...{ state: sampleProfile(), dispatches: outbox, isPerson: true, mixed: true, at: 7 },
    link: {
      seq: 5,
      index: 1,
      claim: 5,
      origin: branded<IdentifierKey>('anonymous:b'),
      before: sampleProfile(),
    },
  };
  const bytes = encodeRecord(HEADER, [fact]);
  const [read] = decodeRecord(bytes).facts;
  if (read?.kind !== 'absorb-in') throw new Error('another fact');
  expect(read.dispatches).toEqual(outbox);
  expect(read.link).toEqual({ ...fact.link, before: read.link?.before });
  expect(withPlainLedgers(read.link?.before as Profile)).toStrictEqual(withPlainLedgers(sampleProfile()));
  const [one, other] = [fact, read].map((each) => {
    const profile = emptyProfile(customer, branded<IdentifierKey>('crm:anna'));
    fold(profile, each, 9, 0);
    return encodeProfile(profile);
  });
  expect(one).toEqual(other);
  expect(one?.length).toBeGreaterThan(300);
});
