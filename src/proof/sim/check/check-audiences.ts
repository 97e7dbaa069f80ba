/**
 * The ad platform ends where the service stands: by the highest version of each member; no version says two things, each is in the log before
 * it is told; who bought what their ad shows is out with that record; a walk through the audience finds everybody who is in it all the while.
 */
import { type LawBook, placeText } from '../../../audit/laws/law-book.ts';
import { decodeProfile } from '../../../codec/stored/profile-codec.ts';
import { parseDispatchId } from '../../../core/decide/decision-id.ts';
import type { CustomerFact, Fact } from '../../../core/fact/fact.ts';
import { audiencesOf } from '../../../core/profile/audiences.ts';
import type { Journal, Landed, ToldLevel } from '../journal.ts';
import { AD_AUDIENCE } from '../shop-rules.ts';
import type { WorldRun } from '../world.ts';
import { inLandingOrder } from './landing-order.ts';

/** A record that is folded has landed within so many steps. */
const LANDS_WITHIN = 500;

interface Stay {
  readonly member: string;
  readonly from: number;
  until: number;
}

export function checkAudiences(run: WorldRun, book: LawBook): void {
  const { journal } = run;
  for (const told of journal.levels) checkTold(journal, told, book);
  checkVersions(journal.levels, book);
  checkWalks(journal, staysIn(inLandingOrder(journal), book), book);
  const inside = [...run.levels].filter(([, { isMember }]) => isMember).map(([member]) => member);
  const members = membersAtRest(run);
  if (String(inside.sort()) !== String(members.sort()))
    book.broken(
      'audience',
      `the ad platform has ${inside.join(' ') || 'nobody'} in the audience, and the service ${members.join(' ') || 'nobody'}`,
    );
}

function membersAtRest({ storage }: WorldRun): string[] {
  const members: string[] = [];
  for (const { rows } of storage.snapshots.values())
    for (const { bytes } of rows.values()) {
      const profile = decodeProfile(bytes);
      if (audiencesOf(profile).includes(AD_AUDIENCE)) members.push(profile.id);
    }
  return members;
}

function checkTold({ landed }: Journal, told: ToldLevel, book: LawBook): void {
  const place = parseDispatchId(told.dispatchId);
  const record = place && landed[place.shard]?.[place.seq - 1];
  const fact = record?.facts[place?.index ?? 0];
  const level = record?.counts && record.step <= told.step ? levelOf(fact, place?.choice ?? 0) : undefined;
  if (level === undefined)
    return book.broken('audience', `${told.dispatchId} was told of ${told.member}, and is not in the log`);
  if (level.version !== told.version || level.isMember !== told.isMember || level.member !== told.member)
    book.broken('audience', `${told.dispatchId} was told otherwise than the log says`);
}

interface Said {
  readonly member: string;
  readonly version: number;
  readonly isMember: boolean;
  readonly shows: string;
}

function levelOf(fact: Fact | undefined, choice: number): Said | undefined {
  if (fact?.kind === 'audience-left')
    return { member: fact.level.left.member, version: fact.level.version, isMember: false, shows: '' };
  if (fact?.kind !== 'decision') return undefined;
  const { audience, product } = fact.choices[choice] ?? {};
  return (
    audience && { member: fact.customer, version: audience.version, isMember: true, shows: product ?? '' }
  );
}

function checkVersions(levels: readonly ToldLevel[], book: LawBook): void {
  const by = new Map<string, string>();
  for (const { member, version, dispatchId } of levels) {
    const name = `${member} ${version}`;
    const before = by.get(name);
    if (before !== undefined && before !== dispatchId)
      book.broken(
        'audience',
        `version ${version} of ${member} was told with ${before} and with ${dispatchId}`,
      );
    by.set(name, dispatchId);
  }
}

/** Who was in the audience from when to when, by the steps in which that landed. */
function staysIn(records: readonly Landed[], book: LawBook): Stay[] {
  const stays: Stay[] = [];
  const now = new Map<string, { readonly stay: Stay; version: number; shows: string }>();
  const leave = (member: string, step: number): void => {
    const found = now.get(member);
    if (found !== undefined) found.stay.until = step;
    now.delete(member);
  };
  const orders = new Set<string>();
  for (const record of records) {
    const bought: { customer: string; product: string }[] = [];
    for (const [index, fact] of record.facts.entries()) {
      if (!('customer' in fact)) continue;
      const { customer } = fact;
      if (fact.kind === 'absorb-out' || fact.kind === 'erased') leave(customer, record.step);
      for (const said of saidBy(fact)) {
        const { member, version, isMember, shows } = said;
        const known = now.get(member);
        if (known !== undefined && version <= known.version)
          book.broken(
            'audience',
            `${placeText({ ...record, index })}: version ${version} of ${member} comes after ${known.version}`,
          );
        if (!isMember) leave(member, record.step);
        else if (known !== undefined) Object.assign(known, { version, shows });
        else {
          const stay = { member, from: record.step, until: Number.POSITIVE_INFINITY };
          stays.push(stay);
          now.set(member, { stay, version, shows });
        }
      }
      if (fact.kind !== 'event' || fact.name !== 'Order Completed') continue;
      const orderId = fact.order?.orderId ?? '';
      if (!orders.has(orderId))
        for (const { productId: product } of fact.products) bought.push({ customer, product });
      orders.add(orderId);
    }
    for (const { customer, product } of bought)
      if (now.get(customer)?.shows === product)
        book.broken(
          'audience',
          `record ${record.shard}/${record.sequence}: ${customer} bought ${product}, and is still shown it in an ad`,
        );
  }
  return stays;
}

function saidBy(fact: CustomerFact): Said[] {
  const count = fact.kind === 'decision' ? fact.choices.length : 1;
  return Array.from({ length: count }, (_, choice) => levelOf(fact, choice)).filter(
    (said) => said !== undefined,
  );
}

function checkWalks({ walks }: Journal, stays: readonly Stay[], book: LawBook): void {
  for (const { from, step, members } of walks) {
    const what = `the walk from step ${from} to ${step}`;
    for (const member of new Set(members))
      if (members.indexOf(member) !== members.lastIndexOf(member))
        book.broken('audience', `${what} found ${member} twice`);
    for (const stay of stays)
      if (stay.from < from && stay.until > step + LANDS_WITHIN && !members.includes(stay.member))
        book.broken('audience', `${what} did not find ${stay.member}, who was there all the while`);
    for (const member of members)
      if (
        !stays.some(
          (stay) => stay.member === member && stay.from <= step + LANDS_WITHIN && stay.until >= from,
        )
      )
        book.broken('audience', `${what} found ${member}, who was not in the audience`);
  }
}
