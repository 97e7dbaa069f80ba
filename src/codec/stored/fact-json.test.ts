import fc from 'fast-check';
import { describe, expect, it, test } from 'vitest';
import { arbFact, arbFactByKind, arbRecordHeader } from './arbitrary-facts.ts';
import { factToJson, recordJson } from './fact-json.ts';
import { sampleDecision, sampleEvent, sampleOutcome } from './sample-values.ts';

/** Every field that is a secret of this customer, as a mark that is easy to find again. */
const SECRET = 'SECRET';

/** Whether JSON can hold it all: no undefined, no NaN, no typed arrays. */
function isPlain(value: unknown): boolean {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true;
  if (typeof value === 'number') return Number.isFinite(value);
  if (Array.isArray(value)) return value.every(isPlain);
  if (typeof value !== 'object' || Object.getPrototypeOf(value) !== Object.prototype) return false;
  return Object.values(value).every(isPlain);
}

describe('factToJson', () => {
  test('any fact and any record is plain JSON', () => {
    fc.assert(
      fc.property(
        arbRecordHeader,
        fc.array(arbFact, { maxLength: 3 }),
        fc.boolean(),
        (header, facts, identifiers) => {
          const json = facts.map((fact) => factToJson(fact, { identifiers }));
          expect(isPlain(json)).toBe(true);
          expect(JSON.stringify(recordJson(header, facts))).toContain('"facts":[');
          for (const [i, fact] of facts.entries()) expect(json[i]).toHaveProperty('kind', fact.kind);
        },
      ),
    );
  });

  test('identifiers stay out unless they are asked for', () => {
    fc.assert(
      fc.property(
        arbFactByKind.event,
        arbFactByKind.decision,
        arbFactByKind.feedback,
        (event, decision, feedback) => {
          const facts = [
            {
              ...event,
              key: SECRET as never,
              id: SECRET,
              sessionId: SECRET,
              identifiers: [{ kind: 'email', value: SECRET, origin: SECRET }],
              order: { orderId: SECRET, revenue: 1, discount: 0, coupon: SECRET },
            },
            { ...decision, key: SECRET as never, requestId: SECRET },
            { ...feedback, link: `https://shop/${SECRET}` },
          ];
          for (const fact of facts) {
            expect(JSON.stringify(factToJson(fact))).not.toContain(SECRET);
            expect(JSON.stringify(factToJson(fact, { identifiers: true }))).toContain(SECRET);
          }
        },
      ),
      { numRuns: 50 },
    );
  });

  it('names codes, lists typed arrays and writes null for what is no number', () => {
    const decision = factToJson(sampleDecision());
    expect(decision).toMatchObject({
      choices: [{ action: 'recover-cart-web', channel: 'web', reason: 'NONE' }],
      record: { scoreRows: 1, scoreChannel: ['web'] },
    });
    const record = decision.record as { features: unknown[]; candidates: unknown[] };
    expect(record.features).toHaveLength(40);
    expect(record.candidates).toHaveLength(101);
    expect(record.candidates[0]).toMatchObject({ action: 'nothing', proposer: 'nothing', stage: 'scored' });
    expect(record.candidates[95]).toMatchObject({ stage: 'chosen', chosen: 'recover-cart-web' });
    expect(record.candidates[1]).toMatchObject({ stage: 'removed', reason: 'CONDITION_FALSE' });
    expect(factToJson({ ...sampleEvent(1), offsetMin: Number.NaN })).toMatchObject({
      offsetMin: null,
      channel: 'web',
    });
    expect(factToJson(sampleOutcome()).features).toHaveLength(40);
  });
});
