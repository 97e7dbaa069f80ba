/**
 * The token of a message in an event: somebody followed a link and landed on a page. It says whose browser this is, where nobody knows
 * that better; the rules are in docs/policy/links.md.
 */
import type { ChoiceRef } from '../fact/fact.ts';
import { hash48 } from './derive-event.ts';
import type { EventInput } from './event-input.ts';
import { eventMeaning } from './event-name.ts';

/** Property that holds the token itself; the parameter of a page's address that does; property that says that no person landed. */
const TOKEN_PROPERTY = 'attune_token';
const PARAMETER = 'attune=';
const MACHINE_PROPERTY = 'attune_machine';

/** Kind of the key that a browser or an app has by itself, before anybody says who they are. */
export const BROWSER_KIND = 'anonymous';

export interface LandingToken {
  readonly token: string;
  /** Where in the event it stands. */
  readonly field: string;
  /** A link scanner or a preview followed the link, as the sender says. */
  readonly isMachine: boolean;
}

/** A browser landed by a link in a message of this customer. */
export interface Landing {
  readonly customer: string;
  /** The message, as the customer's own shard calls it. */
  readonly ref: ChoiceRef;
  readonly token: LandingToken;
}

/** Undefined: the event carries none. A property counts before an address. */
export function landingTokenOf({ properties, context }: EventInput): LandingToken | undefined {
  const told = properties?.[TOKEN_PROPERTY];
  const isMachine = properties?.[MACHINE_PROPERTY] === true;
  if (typeof told === 'string' && told !== '')
    return { token: told, field: `properties.${TOKEN_PROPERTY}`, isMachine };
  const page = tokenIn(context?.page);
  if (page !== '') return { token: page, field: 'context.page', isMachine };
  const url = tokenIn(properties?.url);
  return url === '' ? undefined : { token: url, field: 'properties.url', isMachine };
}

/** The value of the parameter in an address; '' where it has none. */
function tokenIn(address: unknown): string {
  if (typeof address !== 'string') return '';
  for (let at = address.indexOf(PARAMETER); at >= 0; at = address.indexOf(PARAMETER, at + 1)) {
    if (at === 0 || !'?&#'.includes(address[at - 1] as string)) continue;
    const from = at + PARAMETER.length;
    const [value = ''] = address.slice(from).split(/[&#]/, 1);
    return value;
  }
  return '';
}

/** What stays with a browser of which only a link says whose it is: whatever says more of a person than what they do. */
export function staysWithBrowser({ name, properties }: EventInput): boolean {
  const { kind } = eventMeaning(name);
  return kind === 'profile' || (kind === 'consent' && properties?.granted !== false);
}

/** Tells browsers apart: 48 bits of the key. */
export function browserHash(key: string): number {
  return hash48('browser', key);
}
