import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { MINUTE_MS } from '../../base/clock.ts';
import { CHANNELS } from '../channel.ts';
import type { DecisionFact } from '../fact/fact.ts';
import { REASONS } from '../reason.ts';
import { NOTHING } from './candidate-columns.ts';
import { DecisionDraft } from './decision-draft.ts';
import { finish } from './finish.ts';
import { type GoldenCase, goldenWorld } from './golden.fixture.ts';
import { propose } from './propose.ts';
import { logits, NOON } from './shop.fixture.ts';

const folder = join(import.meta.dirname, 'golden');
const draft = new DecisionDraft();

function rowsOf(fact: DecisionFact, golden: GoldenCase): Record<string, unknown>[] {
  const { columns } = fact.record;
  const rows: Record<string, unknown>[] = [];
  for (let row = 0; row < columns.count; row++) {
    if (columns.action[row] === NOTHING) continue;
    rows.push({
      action: golden.actions[columns.action[row] as number]?.id,
      channel: CHANNELS[columns.channel[row] as number] ?? '',
      reason: REASONS[columns.reason[row] as number],
      value: columns.value[row],
      limit: columns.limit[row],
      ref: columns.ref[row],
      propensity: rounded(columns.propensity[row] as number),
    });
  }
  return rows;
}

function choicesOf(fact: DecisionFact): Record<string, unknown>[] {
  return fact.choices.map((choice) => ({
    kind: choice.kind,
    action: choice.action,
    channel: CHANNELS[choice.channel] ?? '',
    reason: REASONS[choice.reason],
    product: choice.product,
    propensity: rounded(choice.propensity),
    atMinutes: (choice.at - NOON) / MINUTE_MS,
    rendered: choice.content?.rendered,
  }));
}

function rounded(share: number): number {
  return Math.round(share * 1e6) / 1e6;
}

const files = readdirSync(folder).filter((file) => file.endsWith('.json'));

describe('golden decisions', () => {
  test('are there', () => expect(files.length).toBeGreaterThanOrEqual(15));

  test.each(files)('%s', (file) => {
    const golden = JSON.parse(readFileSync(join(folder, file), 'utf8')) as GoldenCase;
    const { world, profile, request } = goldenWorld(golden);
    propose(draft, world, profile, request);
    const fact = finish(draft, world, profile, request, logits(), 0, false);
    expect(rowsOf(fact, golden)).toMatchObject(golden.expect.rows);
    expect(choicesOf(fact)).toMatchObject(golden.expect.choices);
  });
});
