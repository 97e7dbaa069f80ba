/** What is odd and harmless about an event is accepted and told, whichever call brings it. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { EventStatus } from '../gen/attune/v1/event_pb.ts';
import { ada, view } from './service/scratch-calls.fixture.ts';
import { type Service, startService } from './service/scratch-server.fixture.ts';

let service: Service;
beforeEach(async () => {
  service = await startService();
});
afterEach(async () => {
  await service.close();
});

const odd = { context: { timeZone: 'Europe/Atlantis' } };
const told = { field: 'context.time_zone', rule: 'event.time_zone', value: 'Europe/Atlantis' };

test('an unknown zone is a warning in Publish, in StreamEvents and in Decide, and is counted', async () => {
  const client = service.client();
  const [published] = await client.publish([view('p1', odd)]);
  expect(published).toMatchObject({ status: EventStatus.ACCEPTED, violations: [], warnings: [told] });
  expect(published?.warnings[0]?.message).toContain('no IANA time zone');
  const stream = client.streamEvents();
  expect(await stream.send(view('p2', odd))).toMatchObject({
    status: EventStatus.ACCEPTED,
    warnings: [told],
  });
  await stream.end();
  const request = { identifiers: ada, placements: ['home_hero'], events: [view('p3'), view('p4', odd)] };
  const inDecide = { ...told, field: `events[1].${told.field}` };
  expect((await client.decide({ ...request, dryRun: true })).warnings).toMatchObject([inDecide]);
  expect((await client.decide(request)).warnings).toMatchObject([inDecide]);
  expect(service.counts.get('attune_event_warnings_total event.time_zone web-shop')).toBe(2);
  expect(service.counts.get('attune_event_warnings_total event.time_zone decide')).toBe(2);
});

test('an event that is as it should be carries no warning', async () => {
  const client = service.client();
  const zoned = view('p1', { context: { timeZone: 'Europe/Berlin' } });
  for (const result of await client.publish([view('p1'), zoned])) expect(result.warnings).toEqual([]);
});
