/** What a node takes in of stores that other nodes write to as well, and what it says of itself when it cannot. */
import { SECOND_MS } from '../base/clock.ts';
import type { EditionConsent } from '../cluster/edition-consent.ts';
import { INTERVALS } from '../config/limits.ts';
import type { RuntimeClock } from '../port/clock.ts';
import type { Editions } from '../port/editions.ts';
import type { HealthReason } from '../port/node-health.ts';
import type { Observer } from '../port/observer.ts';
import type { ErasureBook } from '../runtime/erasure/erasure-book.ts';
import type { SharedCatalog } from '../runtime/shared-catalog.ts';
import { type Followed, type FollowedStore, StoreFollower } from '../runtime/store-follower.ts';
import type { EditionModels } from './edition-models.ts';
import type { EditionPauses } from './edition-pauses.ts';
import type { EditionPolicies } from './edition-policies.ts';

export interface FollowParts {
  readonly editions: Editions;
  /** Other nodes write to the stores too. */
  readonly isShared: boolean;
  readonly policies: EditionPolicies;
  readonly models: EditionModels;
  readonly consent: EditionConsent | undefined;
  readonly pauses: EditionPauses;
  readonly catalog: SharedCatalog;
  readonly erasures: ErasureBook;
  readonly clock: RuntimeClock;
  readonly observer: Observer;
}

export interface FollowedStores {
  stop(): Promise<void>;
  /** Resolves when what was written before the call is taken in, or when a store did not answer. Never rejects. */
  catchUp(): Promise<void>;
  /** How old what this node knows of each store may be, in ms; none where no other node writes. */
  ages(): readonly { readonly name: Followed; readonly ms: number }[];
  /** What somebody should look at. */
  reasons(): readonly HealthReason[];
}

const ALONE: FollowedStores = {
  stop: async () => {},
  catchUp: async () => {},
  ages: () => [],
  reasons: () => [],
};

/** Begins to follow what is shared. */
export function followStores(parts: FollowParts): FollowedStores {
  const { isShared, policies, models, consent, pauses, catalog, erasures, observer } = parts;
  if (!isShared) return ALONE;
  const { follow } = parts.editions;
  const follower = new StoreFollower(
    [
      { name: 'policy', takeIn: () => takeInPolicy(policies, observer), follow },
      { name: 'model', takeIn: () => takeInModel(models, observer), follow },
      ...(consent === undefined ? [] : [proposalsOf(consent)]),
      { name: 'pauses', takeIn: () => pauses.load(), follow },
      { name: 'catalogue', takeIn: () => catalog.takeIn(), follow: (changed) => catalog.follow(changed) },
      { name: 'erasures', takeIn: () => erasures.takeIn(), follow: (changed) => erasures.follow(changed) },
    ],
    parts,
  );
  follower.start();
  return {
    stop: () => follower.stop(),
    catchUp: () => follower.catchUp(),
    ages: () => follower.ages(),
    reasons: () => [...stale(follower), ...unread(policies), ...unreadModel(models)],
  };
}

async function takeInPolicy(policies: EditionPolicies, observer: Observer): Promise<void> {
  const { current, unread: before } = policies;
  await policies.takeIn();
  const { current: now, unread: version } = policies;
  if (now !== undefined && now !== current)
    observer.info(
      `policy ${now.version} is in force (before: ${current?.version ?? 'none'}), as another node took it; sha256 ${now.sha256}`,
    );
  if (version !== '' && version !== before) observer.fault(unreadSentence(policies));
}

/** Asked, and not only followed: nodes wait for what this one says. */
function proposalsOf(consent: EditionConsent): FollowedStore {
  return { name: 'proposals', takeIn: () => consent.takeIn(), follow: consent.follow };
}

async function takeInModel(models: EditionModels, observer: Observer): Promise<void> {
  const { scoring: before, unread } = models;
  await models.takeIn();
  if (models.scoring !== before)
    observer.info(`model ${models.scoring} scores (before: ${before}), as another node took it`);
  if (models.unread !== '' && models.unread !== unread) observer.fault(unreadModelSentence(models));
}

function unreadModelSentence({ scoring, unread }: EditionModels): string {
  return `model ${unread} is in force, and this node cannot run it: ${scoring} scores here`;
}

function unreadModel(models: EditionModels): readonly HealthReason[] {
  return models.unread === '' ? [] : [{ code: 'model_unread', message: unreadModelSentence(models) }];
}

function unreadSentence({ current, unread: version }: EditionPolicies): string {
  return `policy ${version} is in force at other nodes, and this one cannot read it: it decides by ${current?.version ?? 'none'} until it is of the version of the others`;
}

function unread(policies: EditionPolicies): readonly HealthReason[] {
  return policies.unread === '' ? [] : [{ code: 'policy_unread', message: unreadSentence(policies) }];
}

function stale(follower: StoreFollower): readonly HealthReason[] {
  const old = follower.ages().filter(({ ms }) => ms > INTERVALS.followStaleMs);
  if (old.length === 0) return [];
  const names = old.map(({ name }) => name).join(', ');
  const seconds = Math.floor(Math.max(...old.map(({ ms }) => ms)) / SECOND_MS);
  const message = `what other nodes changed has not been read for ${seconds} s: ${names}`;
  return [{ code: 'shared_stale', message }];
}
