import { expect, test } from 'vitest';
import { MINUTE_MS } from '../../base/clock.ts';
import { Diary, type DiaryEntry } from './diary.ts';

function entry(minute: number, kind: DiaryEntry['kind'], decisionId?: string): DiaryEntry {
  return { at: minute * MINUTE_MS, kind, text: `${kind} at ${minute}`, decisionId };
}

function noted(entries: Readonly<Record<number, readonly DiaryEntry[]>>): Diary {
  const diary = new Diary();
  for (const [customer, own] of Object.entries(entries))
    for (const one of own) diary.note(Number(customer), one);
  return diary;
}

const SENT = [entry(103, 'decided', 'd1'), entry(103, 'sent', 'd1')];

test('a story goes from the first page of the visit to the order', () => {
  const diary = noted({
    0: [
      entry(10, 'event'),
      entry(100, 'event'),
      ...SENT,
      entry(104, 'click'),
      entry(106, 'order'),
      entry(107, 'event'),
    ],
  });
  expect(diary.story(0)).toMatchObject({ customer: 0, decisionId: 'd1', isConverted: true });
  expect(diary.story(0)?.entries.map(({ at, kind }) => [at / MINUTE_MS, kind])).toEqual([
    [100, 'event'],
    [103, 'decided'],
    [103, 'sent'],
    [104, 'click'],
    [106, 'order'],
  ]);
});

test('an order without a click before it is no conversion', () => {
  const diary = noted({ 0: [entry(100, 'event'), ...SENT, entry(106, 'order'), entry(108, 'click')] });
  expect(diary.story(0)).toMatchObject({ decisionId: 'd1', isConverted: false });
});

test('the preferred customer comes first, then whoever bought, then anybody who was written to', () => {
  const open = [entry(100, 'event'), ...SENT];
  const bought = [...open, entry(104, 'click'), entry(106, 'order')];
  expect(noted({ 0: open, 1: bought }).story(0)?.customer).toBe(1);
  expect(noted({ 0: bought, 1: bought }).story(0)?.customer).toBe(0);
  expect(noted({ 0: open, 1: open }).story(0)?.customer).toBe(0);
  expect(noted({ 1: open }).story(0)?.customer).toBe(1);
});

test('a decision that sent nothing is no story', () => {
  const diary = noted({ 0: [entry(100, 'event'), entry(103, 'decided', 'd1'), entry(104, 'sent', 'd2')] });
  expect(diary.story(0)).toBeUndefined();
});
