/** What is odd and harmless about an event is accepted and told, whichever call brings it. */
import { afterEach, beforeEach, expect, test } from 'vitest';
import { FeedbackKind, FeedbackStatus } from '../gen/attune/v1/channel_pb.ts';
import { EventStatus } from '../gen/attune/v1/event_pb.ts';
import { ada, failure, view } from './service/scratch-calls.fixture.ts';
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

test('a zone and a channel of a decision are understood as those of events are, and told where they are not known', async () => {
  const client = service.client();
  const decided = (timeZone: string, channel: string) =>
    client.decide({ identifiers: ada, placements: ['home_hero'], context: { timeZone, channel } });
  expect((await decided(' Europe/Berlin ', 'E-Mail')).warnings).toEqual([]);
  expect((await decided(' Europe/Atlantis ', 'pigeon')).warnings).toMatchObject([
    told,
    { field: 'context.channel', rule: 'event.channel', value: 'pigeon' },
  ]);
  const [spaced] = await client.publish([view('p1', { context: { timeZone: 'Europe/Berlin\n' } })]);
  expect(spaced?.warnings).toEqual([]);
});

test('who reports may write the channel as events do', async () => {
  const client = service.client();
  const about = { identifiers: ada, kind: FeedbackKind.UNSUBSCRIBED };
  const statuses = async (channel: string) =>
    (await client.report(channel, [{ id: 'f1', ...about }])).map(({ status }) => status);
  expect(await statuses('E-Mail')).toEqual([FeedbackStatus.ACCEPTED]);
  expect(await statuses('email')).toEqual([FeedbackStatus.DUPLICATE]);
  await expect(statuses('pigeon')).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  const stream = client.connectChannel({ channel: 'e-mail', onDeliver: () => undefined });
  expect((await stream.feedback({ id: 'f1', ...about })).status).toBe(FeedbackStatus.DUPLICATE);
  stream.close();
});

test('an event that is as it should be carries no warning', async () => {
  const client = service.client();
  const zoned = view('p1', { context: { timeZone: 'Europe/Berlin' } });
  for (const result of await client.publish([view('p1'), zoned])) expect(result.warnings).toEqual([]);
});

test('what was refused for good is listed by every method, with its rule and without a key', async () => {
  const client = service.client();
  const nobody = { identifiers: [{ kind: 'loyalty', value: 'undefined' }] };
  await client.publish([
    view('p1', { id: 'x1', ...nobody }),
    view('p1'),
    view('p1', { id: 'x2', products: [] }),
  ]);
  const stream = client.streamEvents();
  await stream.send(view('p1', { id: 'x3', currency: 'dollars' }));
  await stream.end();
  await client.decide({ identifiers: nobody.identifiers, placements: ['home_hero'] }).catch(() => {});
  await client.report('email', [{ id: 'f1', dispatchId: 'd', kind: 1 }]);
  const { refusals, total } = await client.admin.listRefusals();
  expect(total).toBe(5n);
  expect(refusals.map(({ method, source, violations: [fault] }) => [method, source, fault?.rule])).toEqual([
    ['ChannelService/Report', 'email', 'dispatch_id'],
    ['DecisionService/Decide', '', 'identifier.impossible'],
    ['EventService/StreamEvents', 'web-shop', 'event.currency'],
    ['EventService/Publish', 'web-shop', 'event.products_required'],
    ['EventService/Publish', 'web-shop', 'identifier.impossible'],
  ]);
  expect(refusals[1]?.key).toMatch(/^loyalty:.{22}$/);
  const of = await client.admin.listRefusals({ rule: 'event.currency', source: 'web-shop' });
  expect(of.refusals.map(({ id }) => id)).toEqual(['x3']);
});

test('an event within a Decide that is about somebody else is refused with its field', async () => {
  const client = service.client();
  const ask = { identifiers: ada, placements: ['home_hero'] };
  const bob = [{ kind: 'loyalty', value: 'bob' }];
  const mine = view('p1', { identifiers: [{ kind: 'anonymous', value: 'a1' }, ...ada] });
  expect((await client.decide({ ...ask, events: [mine] })).choices).toHaveLength(1);
  const error = await failure(client.decide({ ...ask, events: [mine, view('p2', { identifiers: bob })] }));
  expect(error.code).toBe('INVALID_ARGUMENT');
  expect(error.violations[0]).toMatchObject({ field: 'events[1].identifiers', rule: 'decide.same_customer' });
});

test('a Decide does not answer while it leaves out an event that cannot be counted', async () => {
  const client = service.client();
  const ask = { identifiers: ada, placements: ['home_hero'] };
  for (const dryRun of [false, true]) {
    const yen = { ...ask, dryRun, events: [view('p1', { currency: 'XTS' })] };
    const fault = await failure(client.decide(yen));
    expect(fault).toMatchObject({ code: 'INVALID_ARGUMENT' });
    expect(fault.violations).toMatchObject([{ field: 'events[0].currency', rule: 'event.currency' }]);
    const twice = { ...ask, dryRun, events: [view('p1', { id: 'one' }), view('p2', { id: 'one' })] };
    expect(await failure(client.decide(twice))).toMatchObject({ code: 'ALREADY_EXISTS' });
  }
});
