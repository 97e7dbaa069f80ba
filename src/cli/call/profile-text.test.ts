import { create } from '@bufbuild/protobuf';
import { expect, test } from 'vitest';
import { DAY_MS } from '../../base/clock.ts';
import { caseMessages } from '../../codec/message/case-message.ts';
import { NO_CASES, withCaseNews } from '../../core/profile/support-case.ts';
import { ProfileSchema } from '../../gen/attune/v1/customer_pb.ts';
import { profileText } from './profile-text.ts';

test('support cases are shown newest first, open until they were closed last', () => {
  const news: readonly (readonly [id: string, day: number, closes: boolean])[] = [
    ['opened-again', 2, false],
    ['opened-again', 3, true],
    ['opened-again', 5, false],
    ['over', 1, false],
    ['over', 4, true],
    ['end-only', 6, true],
  ];
  let cases = NO_CASES;
  for (const [id, day, closes] of news) cases = withCaseNews(cases, id, day * DAY_MS, closes);
  const shown = profileText(create(ProfileSchema, { version: 1n, supportCases: caseMessages(cases) }));
  const from = shown.findIndex((line) => line.startsWith('Support cases'));
  expect(shown.slice(from + 1, from + 4).map((line) => line.trim())).toEqual([
    '1970-01-07 00:00:00 UTC  end-only: closed',
    '1970-01-06 00:00:00 UTC  opened-again: open',
    '1970-01-05 00:00:00 UTC  over: closed',
  ]);
});
