import { expect, test } from 'vitest';
import { customerStory, customerStoryText } from './customer-story.ts';
import type { Asked } from './shop-tally.ts';

function asked(customer: number, at: number, ms: number, more: Partial<Asked> = {}): Asked {
  return { customer, shard: 1, at, ms, text: `at ${at}`, decisionId: '', fault: '', ...more };
}

const MINE = new Set([1]);
const LIFE = { killedAt: 10_000, takenOverAt: 14_000 };

test('the story is of one who had a decision of the node that died, waited, and went on', () => {
  const plain = [asked(1, 10_500, 3_000), asked(1, 14_500, 10)];
  const whole = [
    asked(2, 9_000, 10, { decisionId: 'd1' }),
    asked(2, 9_990, 4_000, { decisionId: 'd2' }),
    asked(2, 15_000, 10),
  ];
  const away = [asked(3, 9_000, 10, { decisionId: 'd3' }), asked(3, 15_000, 10)];
  expect(customerStory([...plain, ...whole, ...away], MINE, LIFE)).toMatchObject({
    customer: 2,
    decisionId: 'd1',
  });
  expect(customerStory(plain, MINE, LIFE)).toMatchObject({ customer: 1, decisionId: '' });
  expect(customerStory(away, MINE, LIFE)).toBeUndefined();
});

test('in the story the death stands where it was', () => {
  const own = [asked(2, 9_000, 10), asked(2, 9_990, 4_000), asked(2, 15_000, 10)];
  const story = { customer: 2, asked: own, decisionId: '' };
  expect(customerStoryText(story, { killedAt: 10_000, node: 'node 2' }).slice(2)).toEqual([
    '    9.0 s  at 9000  (answered in 10 ms)',
    '   10.0 s  at 9990  (answered in 4.0 s)',
    '   10.0 s  node 2, which serves this customer, is killed',
    '   15.0 s  at 15000  (answered in 10 ms)',
  ]);
});
