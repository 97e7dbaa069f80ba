// Long because it is the one door to the actors, a method a call.
/** The gateway to the actors of this process: resolves who is meant, queues, answers. */
import { INTERVALS, LIMITS } from '../config/limits.ts';
import type { DecideInput } from '../core/decide/decide-input.ts';
import type { DecisionPlace } from '../core/decide/decision-id.ts';
import type { EventInput, IdentifierInput } from '../core/event/event-input.ts';
import type { FeedbackInput } from '../core/event/feedback-input.ts';
import type { Landing } from '../core/event/landing-token.ts';
import type { ChoiceRef, DecisionFact } from '../core/fact/fact.ts';
import {
  type Addressee,
  addressedById,
  addresseeOf,
  isCustomerId,
  strongest,
} from '../core/identity/customer.ts';
import { isDeviceKind, kindsByStrength } from '../core/identity/sighting.ts';
import { type UsableIdentifiers, usableIdentifiers } from '../core/identity/usable-identifiers.ts';
import { IMPOSSIBLE_IDENTIFIERS, impossibleValues } from '../core/policy/impossible-identifiers.ts';
import type { Profile } from '../core/profile/profile.ts';
import type {
  AudiencePage,
  AudiencePlace,
  Changed,
  ChannelConnection,
  ChannelSink,
  Committed,
  CustomerSelector,
  Customers,
  DecideOutcome,
  EraseOutcome,
  History,
  LinkInput,
  LinkOutcome,
  PublishOutcome,
  ReadOutcome,
  Refusal,
  ShardStatus,
  UnlinkInput,
  UnlinkOutcome,
  Watch,
} from '../port/customers.ts';
import type { TailBounds } from '../port/tail-sample.ts';
import { connectChannel, LOG_SILENT } from './channel-connection.ts';
import { listAudience } from './delivery/list-audience.ts';
import { customerMeant, dispatchOf, isOfItsLife, refFor } from './delivery/named-dispatch.ts';
import { signedDecision } from './delivery/signed-token.ts';
import type { Engine } from './engine.ts';
import { actorsOf, erasePerson } from './erasure/erase-person.ts';
import { DEFAULT_RULES } from './identity/default-kinds.ts';
import { unusable, withinPath } from './identity/identifier-refusals.ts';
import { landedEvent } from './identity/landing.ts';
import { type FoundByKey, linkKeys } from './identity/link-keys.ts';
import { keyed, ownEvents } from './identity/own-events.ts';
import { joinHistories, keysOf } from './identity/person-history.ts';
import { seeLinks, undoLink } from './identity/undo-link.ts';
import { readHistory } from './shard/history.ts';
import { walkPerson } from './shard/walk-facts.ts';
import { watchEverywhere } from './trigger/watch-everywhere.ts';
import { priorityOf } from './turn/event-priority.ts';
import { invalid, refusal } from './turn/request.ts';

const NEVER = Number.POSITIVE_INFINITY;
const DEFAULT_IMPOSSIBLE = impossibleValues(IMPOSSIBLE_IDENTIFIERS, undefined);

interface Found<A extends Addressee> {
  readonly kind: 'found';
  readonly to: A;
}

export class CustomerGateway implements Customers {
  readonly #engine: Engine;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  publish(
    input: EventInput,
    bytes: number,
    deadlineAt: number,
    done: (outcome: PublishOutcome) => void,
  ): void {
    const found = this.#addressee(input.identifiers);
    if (found.kind === 'refused') return done(found);
    const { to } = found;
    const priority = priorityOf(input.name);
    const landed = landedEvent(this.#engine, keyed(input, found));
    this.#engine.doorOf(to.hash).submit({
      ...{ kind: 'event', to, priority, bytes, deadlineAt, input: landed.event, done },
      ...(landed.landing !== undefined && { landing: landed.landing }),
    });
  }

  decide(
    input: DecideInput,
    bytes: number,
    deadlineAt: number,
    done: (outcome: DecideOutcome) => void,
  ): void {
    const found = this.#addressee(input.identifiers);
    if (found.kind === 'refused') return done(found);
    const { to, kept, dropped } = found;
    const own = ownEvents(this.#engine, input, kept, (identifiers) => this.#usable(identifiers));
    if (own.kind === 'refused') return done(own);
    const landingAt = own.landings.findIndex((landing) => landing !== undefined);
    const asked =
      own.events === input.events && dropped.length === 0
        ? input
        : { ...input, events: own.events, warnings: dropped };
    const isCritical = input.events.some((event) => priorityOf(event.name) === 'critical');
    const priority = input.dryRun ? 'dryRun' : isCritical ? 'critical' : 'placement';
    this.#engine.doorOf(to.hash).submit({
      ...{
        kind: 'decide',
        to,
        priority,
        bytes,
        deadlineAt,
        input: asked,
        done: (outcome) => done(signedDecision(this.#engine.runtime, outcome)),
      },
      // An event that names several keys begins the customer of the strongest, whom the others then lead to.
      ...(kept.length > 1 &&
        !asked.events.some(({ identifiers }) => identifiers.length > 1) && {
          keys: kept,
        }),
      ...(landingAt >= 0 && { landing: own.landings[landingAt] as Landing, landingAt }),
    });
  }

  feedback(input: FeedbackInput, done: (outcome: PublishOutcome) => void): void {
    if (input.identifiers.length > 0) {
      const found = this.#addressee(input.identifiers);
      if (found.kind === 'refused') return done(found);
      const { to, kept } = found;
      return this.#submitFeedback(input, to, undefined, done, kept);
    }
    const named = dispatchOf(input, this.#engine.runtime.keys);
    if (named.kind === 'refused') return done(named);
    const { customer, place, isSure } = named;
    // What it is about may be lost with the end of the data; who says it is known all the same.
    const shard = this.#engine.doors[place.shard];
    const ref = shard !== undefined && isOfItsLife(shard, place) ? named.ref : undefined;
    if (customer !== undefined && isSure)
      return this.#submitFeedback(
        input,
        addressedById(customer),
        refFor(customer, place, ref, this.#engine.shards.length),
        done,
      );
    this.decision(place).then(
      (fact) => {
        const meant = customerMeant(input, named, fact);
        if (meant.kind === 'refused') return done(meant);
        const to = addressedById(meant.customer);
        this.#submitFeedback(input, to, refFor(meant.customer, place, ref, this.#engine.shards.length), done);
      },
      () => done(LOG_SILENT),
    );
  }

  #submitFeedback(
    input: FeedbackInput,
    to: Addressee,
    ref: ChoiceRef | undefined,
    done: (outcome: PublishOutcome) => void,
    keys: readonly IdentifierInput[] = [],
  ): void {
    const isCritical = input.kind === 'unsubscribed' || input.kind === 'complained';
    this.#engine.doorOf(to.hash).submit({
      kind: 'feedback',
      to,
      priority: isCritical ? 'critical' : 'feedback',
      bytes: 256,
      deadlineAt: NEVER,
      input,
      ref,
      done,
      ...(keys.length > 1 && { keys }),
    });
  }

  link(input: LinkInput): Promise<LinkOutcome> {
    return linkKeys(this.#engine, this.#addressee(input.identifiers), input);
  }

  unlink(input: UnlinkInput): Promise<UnlinkOutcome> {
    return undoLink(this.#engine, (customerId) => seeLinks(this, customerId), input).catch(() => LOG_SILENT);
  }

  read<T>(selector: CustomerSelector, view: (profile: Profile) => T): Promise<ReadOutcome<T>> {
    const found = this.#selected(selector);
    if (found.kind === 'refused') return Promise.resolve(found);
    const { to } = found;
    return new Promise((resolve) => {
      let outcome: ReadOutcome<T> = { kind: 'unknown' };
      this.#engine.doorOf(to.hash).submit({
        kind: 'read',
        to,
        priority: 'dryRun',
        bytes: 0,
        deadlineAt: NEVER,
        ...('kept' in found && found.kept.length > 1 && { keys: found.kept }),
        view: (profile) => {
          if (profile !== undefined) outcome = { kind: 'read', value: view(profile) };
        },
        done: (ended) => resolve(ended.kind === 'refused' ? ended : outcome),
      });
    });
  }

  watch(selector: CustomerSelector, changed: Changed): Watch | Refusal {
    const found = this.#selected(selector);
    if (found.kind === 'refused') return found;
    const stop = watchEverywhere(this.#engine, found.to.id, changed, (view) => this.read(selector, view));
    if (stop !== undefined) return { kind: 'watching', stop };
    const sentence = `there are ${LIMITS.watchersMax} watchers already`;
    return refusal('exhausted', sentence, INTERVALS.retryDelayMs);
  }

  async decision(place: DecisionPlace): Promise<DecisionFact | undefined> {
    const shard = this.#engine.doors[place.shard];
    if (shard === undefined || !isOfItsLife(shard, place)) return undefined;
    // From log or archive, which every node reads.
    return this.#engine.shardOf(place.shard).decisions.read(place.seq, place.index);
  }

  async history(
    selector: CustomerSelector,
    from: number,
    to: number,
    limit: number,
  ): Promise<History | Refusal> {
    const addressees = await this.#actorsOf(selector);
    if ('kind' in addressees) return addressees;
    const parts = await Promise.all(
      addressees.map(async ({ hash, id }) =>
        readHistory(await this.#engine.pastOf(hash), id, from, to, limit),
      ),
    );
    return joinHistories(parts, limit);
  }

  async facts(selector: CustomerSelector): Promise<AsyncIterable<readonly Committed[]> | Refusal> {
    const addressees = await this.#actorsOf(selector);
    if ('kind' in addressees) return addressees;
    return walkPerson(addressees, (hash) => this.#engine.pastOf(hash));
  }

  async erase(given: CustomerSelector, caseId: string): Promise<EraseOutcome> {
    const selector = this.#personOf(given);
    const found = this.#selected(selector);
    if (found.kind === 'refused') return found;
    const read = await this.read(selector, (profile) => actorsOf(profile));
    // A customer who is quarantined cannot be read, and is forgotten all the same.
    const isUnread = read.kind === 'refused' && read.code === 'internal';
    if (read.kind === 'refused' && !isUnread) return read;
    const named =
      'kept' in found ? found.kept.map(({ kind, value }) => addresseeOf(kind, value)) : [found.to];
    const known = read.kind === 'read' ? read.value : undefined;
    return erasePerson(this.#engine, { known, named, isUnread }, caseId);
  }

  /** Whoever is named by other keys too is not looked for by a device, which may be somebody else's by now. */
  #personOf(selector: CustomerSelector): CustomerSelector {
    if (!('identifiers' in selector)) return selector;
    const rules = this.#engine.runtime.policy?.identifierRules ?? DEFAULT_RULES;
    const { kept } = this.#usable(selector.identifiers);
    const persons = kept.filter(({ kind }) => !isDeviceKind(kind, rules));
    return persons.length === 0 ? selector : { identifiers: persons };
  }

  /** Under each key for which somebody was known before it led to the customer. */
  async #actorsOf(selector: CustomerSelector): Promise<readonly Addressee[] | Refusal> {
    const found = this.#selected(selector);
    if (found.kind === 'refused') return found;
    const keys = await this.read(selector, (profile) => keysOf(profile));
    if (keys.kind === 'refused') return keys;
    return keys.kind === 'read' ? keys.value : [found.to];
  }

  tail(
    each: (committed: Committed, skipped: number) => void,
    bounds: TailBounds = { share: 1, perSecondMax: Number.POSITIVE_INFINITY },
  ): () => void {
    const { runtime, remote } = this.#engine;
    const stop = runtime.watchers.tail((committed) => each(committed, 0));
    const stopRemote = remote?.tail(each, bounds);
    return () => {
      stop();
      stopRemote?.();
    };
  }

  connect(channel: number, credits: number, sink: ChannelSink): ChannelConnection | Refusal {
    return connectChannel(this.#engine, this, { channel, credits, sink });
  }

  audience(name: string, from: AudiencePlace, limit: number): Promise<AudiencePage | Refusal> {
    return listAudience(this.#engine.doors, name, from, limit);
  }

  status(): ShardStatus[] {
    const { shards, ownerOf, runtime } = this.#engine;
    return shards.map(({ id, status }) => {
      const owner = ownerOf(id);
      if (owner === '') return status;
      // Nodes share stores that go on in one generation.
      return { ...status, owner, generations: [{ generation: runtime.generation, from: 1 }] };
    });
  }

  /** Kinds of identifier, the strongest first. */
  get #kinds(): readonly string[] {
    return kindsByStrength(this.#engine.runtime.policy?.identifierRules ?? DEFAULT_RULES);
  }

  #usable(identifiers: readonly IdentifierInput[]): UsableIdentifiers {
    const { policy } = this.#engine.runtime;
    return usableIdentifiers(identifiers, this.#kinds, policy?.impossibleIdentifiers ?? DEFAULT_IMPOSSIBLE);
  }

  /** Refused where no identifier leads to a person, with what was wrong with each. */
  #addressee(identifiers: readonly IdentifierInput[]): FoundByKey | Refusal {
    if (identifiers.length === 0)
      return invalid('identifiers', 'min_items', '0', 'identifiers must name the customer at least once');
    const { kept, dropped } = this.#usable(identifiers);
    if (kept.length === 0) return unusable(dropped);
    const { kind, value } = kept[strongest(kept, this.#kinds).at] as IdentifierInput;
    return { kind: 'found', to: addresseeOf(kind, value), kept, dropped };
  }

  /** Of the field `customer` of a request. */
  #selected(selector: CustomerSelector): Found<Addressee> | FoundByKey | Refusal {
    if ('identifiers' in selector) {
      const found = this.#addressee(selector.identifiers);
      return found.kind === 'refused' && found.faults !== undefined
        ? unusable(found.faults.map((fault) => withinPath('customer.', fault)))
        : found;
    }
    if (isCustomerId(selector.customerId)) return { kind: 'found', to: addressedById(selector.customerId) };
    const sentence = 'customer.customer_id is not one of ours';
    return invalid('customer.customer_id', 'customer_id', selector.customerId, sentence);
  }
}
