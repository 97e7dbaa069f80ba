/** Who is in an audience, page by page: the store's index, and who is not saved yet. What is told of each is asked of their actor. */
import { INTERVALS, LIMITS } from '../../config/limits.ts';
import { addressedById } from '../../core/identity/customer.ts';
import { audiencesOf } from '../../core/profile/audiences.ts';
import type { AudienceMember, AudiencePage, AudiencePlace, Refusal } from '../../port/customers.ts';
import { PortError } from '../../port/port-error.ts';
import type { Runtime } from '../runtime.ts';
import type { Actor } from '../shard/actor.ts';
import { type Request, refusal } from '../turn/request.ts';

const NOT_SERVED = refusal(
  'unavailable',
  'a shard of the audience is not served here now; ask for the page again',
  INTERVALS.retryDelayMs,
);

/** Customers of a shard who are in an audience, or were when they were saved. */
export interface MembersFound {
  readonly kind: 'found';
  readonly ids: readonly string[];
  readonly hasMore: boolean;
}

/** A shard wherever it is served, for who lists its members. */
export interface ListedShard {
  submit(request: Request): void;
  /** At most `limit` of them, behind the id `after`, in their order. */
  membersIn(audience: string, after: string, limit: number): Promise<MembersFound | Refusal>;
}

/**
 * At most `limit` members behind `from`, of at most `looksMax` customers who are looked at, who come in the order of shards and ids. A page may have fewer, also none, and is not the last
 * for that. Who is in the audience while all pages are read is on one of them, once.
 */
export async function listAudience(
  shards: readonly ListedShard[],
  audience: string,
  from: AudiencePlace,
  limit: number,
  looksMax: number = LIMITS.audienceLooksMax,
): Promise<AudiencePage | Refusal> {
  const members: AudienceMember[] = [];
  let { shard: at, after } = from;
  for (let looks = looksMax; at < shards.length; ) {
    const room = Math.min(looks, limit - members.length);
    if (room <= 0) return { kind: 'page', members, next: { shard: at, after } };
    const shard = shards[at] as ListedShard;
    const found = await shard.membersIn(audience, after, room);
    if (found.kind === 'refused') return found;
    for (const asked of await Promise.all(found.ids.map((id) => askMember(shard, audience, id)))) {
      if (asked?.kind === 'refused') return asked;
      if (asked !== undefined) members.push(asked);
    }
    looks -= found.ids.length;
    after = found.ids.at(-1) ?? after;
    if (!found.hasMore) {
      at++;
      after = '';
    }
  }
  return { kind: 'page', members, next: undefined };
}

/** What its members are looked for in. */
export interface MemberSource {
  readonly id: number;
  readonly isServing: boolean;
  readonly runtime: Pick<Runtime, 'snapshots' | 'observer'>;
  readonly actorsById: ReadonlyMap<string, Actor>;
  readonly storeCounter: number;
}

/** Who is not saved yet is looked for first: whoever is saved meanwhile is in the store when that is read. */
export async function membersIn(
  shard: MemberSource,
  audience: string,
  after: string,
  limit: number,
): Promise<MembersFound | Refusal> {
  if (!shard.isServing) return NOT_SERVED;
  const unsaved: string[] = [];
  for (const [id, actor] of shard.actorsById)
    if (actor.dirty && audiencesOf(actor.profile).includes(audience) && isBehind(id, after)) unsaved.push(id);
  try {
    const { snapshots } = shard.runtime;
    const stored = await snapshots.members(shard.id, audience, after, limit, shard.storeCounter);
    const ids = [...new Set([...stored, ...unsaved])].sort(compareIds);
    // Behind a full page there may be more, and who is not saved may stand behind it.
    return { kind: 'found', ids: ids.slice(0, limit), hasMore: stored.length >= limit || ids.length > limit };
  } catch (fault) {
    if (!(fault instanceof PortError)) throw fault;
    shard.runtime.observer.fault(`shard ${shard.id}: the members of an audience could not be read`, fault);
    return NOT_SERVED;
  }
}

/** Undefined: they are not in it, any more or yet. */
function askMember(
  shard: ListedShard,
  audience: string,
  id: string,
): Promise<AudienceMember | Refusal | undefined> {
  return new Promise((resolve) => {
    let member: AudienceMember | undefined;
    shard.submit({
      kind: 'member',
      to: addressedById(id),
      priority: 'dryRun',
      bytes: 0,
      deadlineAt: Number.POSITIVE_INFINITY,
      audience,
      view: (found) => {
        member = found;
      },
      done: (outcome) =>
        resolve(outcome.kind === 'refused' && outcome.code !== 'not_found' ? outcome : member),
    });
  });
}

/** Ids stand in the order of the bytes that they are. */
function compareIds(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a, 'base64url'), Buffer.from(b, 'base64url'));
}

function isBehind(id: string, after: string): boolean {
  return after === '' || compareIds(id, after) > 0;
}
