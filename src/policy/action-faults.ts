import { DAY_MS } from '../base/clock.ts';
import { type PolicyFault, showValue } from '../core/policy/policy-fault.ts';
import { POLICY_LIMITS as LIMITS } from '../core/policy/policy-limits.ts';
import { ACTION_PURPOSES, PURPOSE_RULES } from '../core/purpose.ts';
import { contentFaults } from './content-faults.ts';
import { durationMsOf, namesFaults, strings } from './name-faults.ts';
import type { SourceEntry } from './policy-source.ts';
import { valueAt } from './shape-faults.ts';
import type { YamlPath } from './yaml-source.ts';

/** Everything that a policy declares, by id; faulty entries too, so that one mistake is not reported at each use. */
export interface Declared {
  /** The names alone; undefined where a file could not be read, so that nothing can be called undeclared. */
  readonly names: Readonly<
    Record<
      | 'identifiers'
      | 'attributes'
      | 'channels'
      | 'offers'
      | 'budgets'
      | 'placements'
      | 'triggers'
      | 'actions'
      | 'audiences',
      readonly string[] | undefined
    >
  >;
  readonly channels: ReadonlyMap<string, SourceEntry>;
  readonly offers: ReadonlyMap<string, SourceEntry>;
  readonly budgets: ReadonlyMap<string, SourceEntry>;
  readonly placements: ReadonlyMap<string, SourceEntry>;
  readonly triggers: ReadonlyMap<string, SourceEntry>;
  readonly actions: ReadonlyMap<string, SourceEntry>;
  readonly audiences: ReadonlyMap<string, SourceEntry>;
}

/** Faults of one action that need the rest of the policy or several of its fields. */
export function actionFaults(entry: SourceEntry, declared: Declared): PolicyFault[] {
  const { source, raw } = entry;
  const faults: PolicyFault[] = [];
  const name = entry.path.join('.');
  const get = (field: string): unknown => valueAt(raw, [field]);
  const say = (field: string, message: string): void => {
    faults.push(source.faultAt([...entry.path, field], message));
  };
  faults.push(
    ...namesFaults(entry, ['channels'], declared.names.channels, 'channel'),
    ...namesFaults(entry, ['placements'], declared.names.placements, 'placement'),
    ...namesFaults(entry, ['triggers'], declared.names.triggers, 'trigger'),
    ...namesFaults(entry, ['offer'], declared.names.offers, 'offer'),
    ...namesFaults(entry, ['budget'], declared.names.budgets, 'budget'),
    ...namesFaults(entry, ['audience'], declared.names.audiences, 'audience'),
    ...namesFaults(entry, ['stages'], undefined, 'stage'),
    ...namesFaults(entry, ['friction'], undefined, 'friction'),
    ...capFaults(entry, ['cap']),
  );
  if (get('placements') === undefined && get('triggers') === undefined && get('proactive') !== true) {
    faults.push(
      source.faultAtKey(
        entry.path,
        `${name} is never proposed; give it placements, triggers or proactive: true`,
      ),
    );
  }
  if (get('at_night') !== undefined && get('triggers') === undefined)
    faults.push(
      source.faultAtKey([...entry.path, 'at_night'], `${name}.at_night has no meaning without a trigger`),
    );
  faults.push(...routeFaults(entry, declared), ...audienceFaults(entry, declared));
  const purpose = ACTION_PURPOSES.find((known) => known === get('purpose'));
  const maySell = purpose === undefined || PURPOSE_RULES[purpose].maySell;
  if (!maySell && get('promotion') === true)
    say(
      'purpose',
      `${name}.purpose is ${showValue(purpose)}, but it is a promotion; a promotion must be "marketing"`,
    );
  const offer = get('offer');
  if (!maySell && offer !== undefined)
    say(
      'offer',
      `${name}.offer ${showValue(offer)} cannot go with the purpose ${showValue(purpose)}, which needs no consent to marketing; only marketing may carry an offer`,
    );
  if (get('budget') !== undefined && offer === undefined)
    say('budget', `${name}.budget has no meaning without an offer`);
  const byNews = strings(get('triggers')).some(
    (trigger) => valueAt(declared.triggers.get(trigger.name)?.raw, ['kind']) === 'event',
  );
  faults.push(...contentFaults(entry, { attributes: declared.names.attributes, byNews }));
  return faults;
}

/** An audience is on the channel `ads`, and goes out by itself. */
function audienceFaults(entry: SourceEntry, declared: Declared): PolicyFault[] {
  const { source, raw } = entry;
  const audience = valueAt(raw, ['audience']);
  if (audience === undefined) return [];
  const name = `${entry.path.join('.')}.audience`;
  const say = (message: string): PolicyFault =>
    source.faultAtKey([...entry.path, 'audience'], `${name} is ${showValue(audience)}, ${message}`);
  const channels = strings(valueAt(raw, ['channels']));
  if (channels.length > 0 && !channels.some((channel) => channel.name === 'ads'))
    return [say('which has no meaning without the channel "ads"')];
  if (valueAt(raw, ['triggers']) === undefined && valueAt(raw, ['proactive']) !== true)
    return [say('which needs a trigger or proactive: true; a placement shows what it asks for')];
  const onAds = strings(valueAt(raw, ['placements'])).find(
    (placement) => valueAt(declared.placements.get(placement.name)?.raw, ['channel']) === 'ads',
  );
  if (onAds === undefined) return [];
  return [
    say(
      `but its placement ${showValue(onAds.name)} is on "ads" too; make it two actions, so that each says how it reaches the customer`,
    ),
  ];
}

/** Every channel of an action must be one on which it can go out, and every placement must be on one of its channels. */
function routeFaults(entry: SourceEntry, declared: Declared): PolicyFault[] {
  const { source, raw } = entry;
  const faults: PolicyFault[] = [];
  const channels = strings(valueAt(raw, ['channels']));
  const placements = strings(valueAt(raw, ['placements']));
  const channelOf = (placement: string): unknown =>
    valueAt(declared.placements.get(placement)?.raw, ['channel']);
  for (const { name, at } of placements) {
    const channel = channelOf(name);
    if (
      typeof channel !== 'string' ||
      channels.length === 0 ||
      channels.some((item) => item.name === channel)
    )
      continue;
    faults.push(
      source.faultAt(
        [...entry.path, 'placements', at],
        `${entry.path.join('.')}.placements.${at} ${showValue(name)} is on the channel ${channel}, which the action does not list`,
      ),
    );
  }
  const outbound = valueAt(raw, ['triggers']) !== undefined || valueAt(raw, ['proactive']) === true;
  const kindOf = (name: string): unknown =>
    // Whatever kind ads is, an audience is entered without being asked for.
    name === 'ads' && valueAt(raw, ['audience']) !== undefined
      ? 'push'
      : valueAt(declared.channels.get(name)?.raw, ['kind']);
  for (const { name, at } of channels) {
    const kind = kindOf(name);
    if (kind !== 'push' && kind !== 'pull') continue;
    if (placements.some((item) => channelOf(item.name) === name || !declared.placements.has(item.name)))
      continue;
    if (kind === 'push' && outbound) continue;
    const need = kind === 'pull' ? 'a placement on it' : 'a placement on it, a trigger or proactive: true';
    faults.push(
      source.faultAt(
        [...entry.path, 'channels', at],
        `${entry.path.join('.')}.channels.${at} ${showValue(name)} is never used; the action needs ${need}`,
      ),
    );
  }
  // A channel whose kind is missing or misspelt might be a push channel: only certainty is worth a fault.
  const pulls = channels.filter(({ name }) => kindOf(name) === 'pull');
  if (channels.length > 0 && pulls.length === channels.length) {
    for (const field of ['triggers', 'proactive', 'send_at']) {
      const value = valueAt(raw, [field]);
      if (value === undefined || value === false) continue;
      faults.push(
        source.faultAtKey(
          [...entry.path, field],
          `${entry.path.join('.')}.${field} has no meaning without a push channel`,
        ),
      );
    }
  } else if (valueAt(raw, ['send_at']) !== undefined && !outbound) {
    faults.push(
      source.faultAtKey(
        [...entry.path, 'send_at'],
        `${entry.path.join('.')}.send_at has no meaning without a trigger or proactive: true`,
      ),
    );
  }
  return faults;
}

/** A cap's window must be one that the contact ledger can answer. */
export function capFaults(entry: SourceEntry, at: YamlPath): PolicyFault[] {
  const path = [...at, 'window'];
  if (durationMsOf(valueAt(entry.raw, path)) !== 0) return windowFaults(entry, path);
  const full = [...entry.path, ...path];
  return [entry.source.faultAt(full, `${full.join('.')} is empty; a cap needs a window`)];
}

/** What looks back must not look back further than what was sent is remembered. */
export function windowFaults({ source, raw, path: above }: SourceEntry, at: YamlPath): PolicyFault[] {
  if (!(durationMsOf(valueAt(raw, at)) > LIMITS.windowDays * DAY_MS)) return [];
  const path = [...above, ...at];
  const far = `${LIMITS.windowDays}d, which is as far back as what was sent is remembered`;
  return [source.faultAt(path, `${path.join('.')} is longer than ${far}`)];
}
