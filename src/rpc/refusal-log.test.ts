import { expect, test } from 'vitest';
import { LIMITS } from '../config/limits.ts';
import { RefusalLog, type RefusedInput } from './refusal-log.ts';

const fault = { field: 'order', rule: 'event.order_required', value: '', message: '`order` is required.' };
const refused: RefusedInput = {
  method: 'EventService/Publish',
  source: 'shop',
  id: 'e',
  identifiers: [{ kind: 'crm', value: 'c42' }],
  violations: [fault],
};

function newLog(max: number) {
  const counts: string[] = [];
  const observer = { count: (name: string, _: number, label = '') => void counts.push(`${name} ${label}`) };
  const log = new RefusalLog(max, () => 7, observer as never);
  return { log, counts };
}

test('the newest refusals are kept, up to a bound, the newest first', () => {
  const { log, counts } = newLog(LIMITS.refusalsKept);
  for (let n = 0; n < LIMITS.refusalsKept + 2; n++) log.add({ ...refused, id: `e${n}` });
  expect(log.total).toBe(LIMITS.refusalsKept + 2);
  const all = log.newest(LIMITS.refusalsKept + 5, () => true);
  expect([all.length, all[0]?.id, all.at(-1)?.id]).toEqual([LIMITS.refusalsKept, 'e1001', 'e2']);
  expect(log.newest(1, ({ id }) => id === 'e1')).toEqual([]);
  expect(counts[0]).toBe('attune_refusals_total event.order_required shop');
});

test('no key of a person is kept', () => {
  const { log } = newLog(3);
  const field = 'events[0].identifiers[0].value';
  const told = { ...fault, field, rule: 'identifier.impossible', value: 'anna@example.com' };
  log.add({ ...refused, identifiers: [{ kind: 'email', value: 'anna@example.com' }], violations: [told] });
  const [kept] = log.newest(1, () => true);
  expect(kept?.key).toMatch(/^email:[A-Za-z0-9_-]{22}$/);
  expect(JSON.stringify(kept)).not.toContain('anna');
});
