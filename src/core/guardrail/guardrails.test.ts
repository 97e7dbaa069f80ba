import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { REASONS } from '../reason.ts';
import { GUARDRAILS } from './guardrails.ts';

const table = read('guardrails.ts').split('GUARDRAILS: readonly Guardrail[] = [')[1] ?? '';
const rows = [...table.matchAll(/^ {2}(\w+),$/gm)].map(([, name]) => name);

describe('the table of guardrails', () => {
  test('asks for the policy’s and the customer’s rules in the order that is promised', () => {
    expect(GUARDRAILS.map(({ reasons }) => reasons[0])).toEqual([
      'TRIGGER_MISMATCH',
      'CONDITION_FALSE',
      'HELD_OUT',
      'ABSORB_PENDING',
      'CASE_OPEN',
      'SUPERSEDED',
      'PAUSED',
      'PURCHASED_PRODUCT',
      'OTHER_INCENTIVE_LIVE',
      'FULL_PRICE_BUYER',
      'OUT_OF_STOCK',
      'STAGE_MISMATCH',
      'MARGIN_FLOOR',
      'CONTENT_UNFILLABLE',
      'CONSENT_MISSING',
      'UNREACHABLE',
      'UNSUBSCRIBED',
      'CAP_ACTION',
      'CAP_CHANNEL',
      'CAP_KIND',
      'CAP_TOTAL',
      'PAUSED',
      'QUIET_HOURS',
      'PLACEMENT_MISMATCH',
      'UNREACHABLE',
      'CONDITION_FALSE',
      'CONTENT_UNFILLABLE',
      'CHANNEL_BACKLOG',
      'BUDGET_EXHAUSTED',
    ]);
  });

  test('names every reason of a guardrail', () => {
    const promised = REASONS.slice(1, REASONS.indexOf('TRIGGER_MISMATCH') + 1);
    const given = new Set(GUARDRAILS.flatMap(({ reasons }) => reasons));
    expect(promised.filter((reason) => !given.has(reason))).toEqual([]);
  });

  test('asks about the customer and the action, then about channels, then about variants', () => {
    const stage = { action: 0, subject: 1, channel: 2, candidate: 2, variant: 3 } as const;
    const stages = GUARDRAILS.map(({ scope }) => stage[scope]);
    expect(stages).toEqual(stages.toSorted());
    expect(stages[0]).toBe(0);
  });
});

describe('the guardrails that are called by name', () => {
  test('are the rows of the table, in its order', () => {
    expect(rows).toHaveLength(GUARDRAILS.length);
    const functions = ['removesAction', 'removesSubject', 'removesOnChannel', 'removesVariant'];
    const [action, subject, onChannel, variant] = functions.map(calledIn);
    const scoped = (...scopes: string[]) =>
      rows.filter((_, i) => scopes.includes(GUARDRAILS[i]?.scope ?? ''));
    expect(action).toEqual(scoped('action'));
    expect(subject).toEqual(scoped('subject'));
    expect(onChannel).toEqual(scoped('channel', 'candidate'));
    expect(variant).toEqual(scoped('variant'));
  });

  test('leave out what a channel answers for all candidates, and nothing else, for what goes now', () => {
    const lastOfChannel = GUARDRAILS.findLastIndex(({ scope }) => scope === 'channel');
    const between = rows.filter((_, i) => i < lastOfChannel && GUARDRAILS[i]?.scope === 'candidate');
    expect(calledIn('removesNow')).toEqual(between);
  });
});

/** Names of the guardrails that a function of ask-guardrails.ts asks, as they are written. */
function calledIn(name: string): (string | undefined)[] {
  const body = read('ask-guardrails.ts').split(`function ${name}(`)[1]?.split('\n}\n')[0] ?? '';
  return [...body.matchAll(/(\w+)\.check\(/g)].map(([, guardrail]) => guardrail);
}

function read(file: string): string {
  return readFileSync(join(import.meta.dirname, file), 'utf8');
}
