import { afterAll, beforeAll, expect, test } from 'vitest';
import { CandidateStage } from '../../gen/attune/v1/explain_pb.ts';
import { type Service, startService } from './scratch-server.fixture.ts';

let service: Service;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service.close());

const anna = [{ kind: 'loyalty', value: 'L1' }];

test('a dry run explains itself where it is asked to, alone and in a stream', async () => {
  const client = service.client();
  const stream = client.decideStream();
  const ask = { identifiers: anna, placements: ['home_hero'], dryRun: true };
  expect((await client.decide(ask)).explanation).toBeUndefined();
  for (const reply of [
    await client.decide({ ...ask, explain: true }),
    ...(await Promise.all([
      stream.decide({ ...ask, explain: true }),
      stream.decide({ ...ask, explain: true }),
    ])),
  ]) {
    expect(reply.decisionId).toBe('');
    const { explanation } = reply;
    expect(explanation?.customerId).toBe(reply.customerId);
    expect(explanation?.candidates.length).toBeGreaterThan(1);
    expect(explanation?.page).not.toBe('');
    const chosen = explanation?.candidates.filter(({ stage }) => stage === CandidateStage.CHOSEN);
    expect(chosen?.map(({ propensity }) => propensity)).toEqual(
      reply.choices.map(({ propensity }) => propensity),
    );
  }
  await stream.end();
});

test('a decision explains itself as Explain does; its retry may ask for it anew', async () => {
  const client = service.client();
  const ask = { requestId: 'explained', identifiers: anna, placements: ['home_hero'] };
  const first = await client.decide(ask);
  const again = await client.decide({ ...ask, explain: true });
  expect(again).toMatchObject({ repeated: true, decisionId: first.decisionId });
  const asked = await client.explain(first.decisionId, { skipReplay: true });
  const { page, candidates, seed, recordBytes } = asked;
  expect(again.explanation).toMatchObject({ page, candidates, seed, recordBytes });
});
