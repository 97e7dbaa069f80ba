import type { DecideInput } from '../../core/decide/decide-input.ts';
import type { EventInput, IdentifierInput } from '../../core/event/event-input.ts';
import { joinWarnings } from '../../core/event/event-warning.ts';
import type { Landing } from '../../core/event/landing-token.ts';
import type { UsableIdentifiers } from '../../core/identity/usable-identifiers.ts';
import type { Refusal } from '../../port/customers.ts';
import { somebodyElse, unusable, withinPath } from './identifier-refusals.ts';
import { type LandingService, landedEvent } from './landing.ts';

interface OwnEvents {
  readonly kind: 'own';
  readonly events: readonly EventInput[];
  /** By event, whose token it carries; a dry run follows no links. */
  readonly landings: readonly (Landing | undefined)[];
}

/**
 * The events of a request, each with the keys that can be used; refused where one is about somebody whom the request does not name.
 * `asked`: the keys of the request.
 */
export function ownEvents(
  service: LandingService,
  input: DecideInput,
  asked: readonly IdentifierInput[],
  usableOf: (identifiers: readonly IdentifierInput[]) => UsableIdentifiers,
): OwnEvents | Refusal {
  let events: EventInput[] | undefined;
  const landings: (Landing | undefined)[] = [];
  for (const [i, event] of input.events.entries()) {
    const usable = usableOf(event.identifiers);
    const at = `events[${i}].`;
    if (usable.kept.length === 0) {
      const faults = usable.dropped.map((one) => withinPath(at, one));
      return unusable(faults);
    }
    const isOwn = usable.kept.some(({ kind, value }) =>
      asked.some((one) => one.value === value && one.kind === kind),
    );
    if (!isOwn) return somebodyElse(`${at}identifiers`, usable.kept);
    const plain = keyed(event, usable);
    const landed = input.dryRun ? { event: plain } : landedEvent(service, plain);
    landings.push(landed.landing);
    if (landed.event !== event) events ??= [...input.events];
    if (events !== undefined) events[i] = landed.event;
  }
  return { kind: 'own', events: events ?? input.events, landings };
}

/** An event with the keys that can be used, and a warning for each other one. */
export function keyed(event: EventInput, { kept, dropped }: UsableIdentifiers): EventInput {
  if (kept === event.identifiers) return event;
  return { ...event, identifiers: kept, warnings: joinWarnings(dropped, event.warnings) };
}
