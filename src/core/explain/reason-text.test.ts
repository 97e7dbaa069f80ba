import { expect, test } from 'vitest';
import { policy } from '../decide/shop.fixture.ts';
import { pauseRef } from '../pause/pause.ts';
import { REASONS } from '../reason.ts';
import { reasonClause } from './reason-text.ts';

test('what was paused is told with who did it, since when and why', () => {
  const value = Date.UTC(2026, 2, 2, 12);
  const none = { code: REASONS.indexOf('PAUSED'), value, limit: 0, action: 0, variant: 0, product: '' };
  const say = (pause: Parameters<typeof pauseRef>[0]) =>
    reasonClause({ ...none, ref: pauseRef(pause) }, { policy: policy([]), offsetMin: 60 });
  expect(say({ scope: 'action', by: 'anna', why: 'wrong price: 9.99.' })).toBe(
    'the action was paused since 2026-03-02 13:00 by anna: wrong price: 9.99',
  );
  expect(say({ scope: 'outbound', by: 'ben', why: 'the shop is down' })).toBe(
    'everything outbound was paused since 2026-03-02 13:00 by ben: the shop is down',
  );
});
