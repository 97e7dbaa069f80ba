import { afterEach, beforeEach, expect, test } from 'vitest';
import { HOUR_MS } from '../../base/clock.ts';
import { LIMITS } from '../../config/limits.ts';
import { ada, view } from './scratch-calls.fixture.ts';
import { type Service, startService } from './scratch-server.fixture.ts';

let service: Service;
beforeEach(async () => {
  service = await startService();
});
afterEach(async () => {
  await service.close();
});

/** Decides so many times, in order. */
async function decide(count: number): Promise<string[]> {
  const client = service.client();
  const ids: string[] = [];
  for (let n = 0; n < count; n++) {
    const { decisionId } = await client.decide({ identifiers: ada, placements: ['home_hero'] });
    ids.push(decisionId);
  }
  return ids;
}

/** What is answered about the last hour. */
async function asked() {
  const from = new Date(Date.now() - HOUR_MS);
  const { answer, decisions } = await service.client().whyNot({ identifiers: ada }, 'none', { from });
  return { answer, decisions: decisions.map(({ decisionId }) => decisionId) };
}

test('one question explains so many decisions, and shows the newest', async () => {
  const ids = await decide(LIMITS.whyNotDecisionsMax);
  const all = await asked();
  expect(all.answer).toContain(`in ${LIMITS.whyNotDecisionsMax} decisions`);
  expect(all.answer).not.toContain('was not looked at');
  expect(all.decisions).toEqual(ids.toReversed().slice(0, LIMITS.whyNotDecisionsShownMax));
  const [newest] = await decide(1);
  const some = await asked();
  expect(some.answer).toContain(`in ${LIMITS.whyNotDecisionsMax} decisions`);
  expect(some.answer).toContain('was not looked at');
  expect(some.decisions[0]).toBe(newest);
});

test('one question looks at so many facts, and says from when on', async () => {
  const [id] = await decide(1);
  const client = service.client();
  const half = LIMITS.whyNotFactsMax / 2;
  const publish = async (): Promise<void> => {
    for (let sent = 0; sent < half; sent += LIMITS.eventsPerPublishMax) {
      const count = Math.min(LIMITS.eventsPerPublishMax, half - sent);
      await client.publish(Array.from({ length: count }, () => view('p1')));
    }
  };
  await publish();
  const whole = await asked();
  expect(whole.decisions).toEqual([id]);
  expect(whole.answer).not.toContain('was not looked at');
  await publish();
  const part = await asked();
  expect(part.decisions).toEqual([]);
  expect(part.answer).toContain('was not looked at');
});
