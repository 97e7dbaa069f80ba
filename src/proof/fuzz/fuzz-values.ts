/**
 * What fields hold when a message is to mean something: few customers, so that requests meet each other; ids as the
 * service gives them, so that a guess finds a decision now and then.
 */
import type { DescField } from '@bufbuild/protobuf';
import type { Rng } from '../../base/rng.ts';
import { CHANNELS } from '../../core/channel.ts';
import { decisionId, trackingToken } from '../../core/decide/decision-id.ts';
import { addresseeOf } from '../../core/identity/customer.ts';

/** Customers who are talked about; every mutated identifier is one more. */
const CUSTOMERS = 400;
/** Of the service under attack: few, so that guessed ids of decisions are often right. */
export const FUZZ_SHARDS = 4;
/** Records that a shard has in the end; most guesses are among the first, which are there soon. */
const SEQUENCES = 3_000;

const EVENT_NAMES = [
  ...['Product Viewed', 'Product Clicked', 'Product List Viewed', 'Product Added', 'Product Removed'],
  ...[
    'Product Added to Wishlist',
    'Size Guide Viewed',
    'Products Searched',
    'Cart Viewed',
    'Checkout Started',
  ],
  ...['Checkout Step Viewed', 'Checkout Step Completed', 'Payment Info Entered', 'Shipping Cost Shown'],
  ...['Coupon Entered', 'Coupon Denied', 'Payment Failed', 'Variant Unavailable', 'Checkout Exited'],
  ...[
    'Order Completed',
    'Order Refunded',
    'Order Cancelled',
    'Consent Updated',
    'Page Viewed',
    'Screen Viewed',
  ],
  ...['Session Started', 'Signed In', 'Never Heard Of'],
];
export const SPOKEN_CHANNELS: readonly string[] = [...CHANNELS, ''];
const PLACEMENTS = [
  ...[
    'home_hero',
    'pdp_recommendation',
    'cart_banner',
    'order_thanks',
    'app_home',
    'onsite_modal',
    'nowhere',
  ],
];
const KINDS = ['crm', 'loyalty', 'email_sha256', 'phone_sha256', 'push_token', 'web_push', 'anonymous'];
const ACTIONS = ['recover_cart', 'win_back', 'recommend_next', 'free_shipping_reminder'];
const SYMBOLS = [
  'attune.v1.EventService',
  'attune.v1.Event',
  'attune.v1.Event.id',
  'grpc.health.v1.Health',
  'google.protobuf.Timestamp',
  'nothing.of.Ours',
  '',
];

const of =
  (values: readonly string[]) =>
  (rng: Rng): string =>
    values[rng.intBelow(values.length)] as string;
const numbered = (prefix: string, count: number) => (rng: Rng) => `${prefix}${rng.intBelow(count)}`;

function customerId(rng: Rng): string {
  return addresseeOf(of(KINDS)(rng), numbered('c', CUSTOMERS)(rng)).id;
}

function place(rng: Rng) {
  return {
    generation: 1,
    shard: rng.intBelow(FUZZ_SHARDS),
    seq: 1 + rng.intBelow(1 + rng.intBelow(SEQUENCES)),
    index: rng.intBelow(3),
  };
}

/** A tracking token whose customer lives in the shard of its decision: it passes the first looks. */
function tracking(rng: Rng): string {
  const addressee = addresseeOf(of(KINDS)(rng), numbered('c', CUSTOMERS)(rng));
  return trackingToken(addressee.id, { ...place(rng), shard: addressee.hash % FUZZ_SHARDS }, rng.intBelow(2));
}

const BY_FIELD: Readonly<Record<string, (rng: Rng) => string>> = {
  'Event.id': numbered('e', 1_000_000),
  'Event.source': of(['web-shop', 'store-till-7']),
  'Event.name': of(EVENT_NAMES),
  'Event.currency': of(['', 'GBP']),
  'DecideRequest.request_id': numbered('r', 1_000_000),
  'DecideRequest.placements': of(PLACEMENTS),
  'Order.order_id': numbered('o', 20_000),
  'Feedback.id': numbered('f', 1_000_000),
  'Feedback.tracking': tracking,
  'Feedback.scope': of(['', 'marketing', 'service']),
  'ListAudienceRequest.audience': of(['fans']),
  'RollbackPolicyRequest.version': of(['', 'starter@000000000000']),
  'GetPolicyRequest.version': of(['', 'starter@000000000000']),
  'ApplyPolicyRequest.expected_version': of(['']),
  'HealthCheckRequest.service': of(['', 'attune.v1.EventService', 'nothing.of.Ours']),
  'DecideStreamRequest.traceparent': of([
    '',
    '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01',
    '00-x-y-z',
  ]),
};

const BY_NAME: Readonly<Record<string, (rng: Rng) => string>> = {
  kind: of(KINDS),
  value: numbered('c', CUSTOMERS),
  channel: of(SPOKEN_CHANNELS),
  product_id: numbered('p', 60),
  substitutes: numbered('p', 60),
  category: of(['coats', 'shoes', 'shirts', '']),
  brand: of(['Alder', 'Birch', '']),
  size: of(['S', 'M', 'L', '']),
  time_zone: of(['Europe/Berlin', 'Asia/Kathmandu', 'Mars/Olympus', '']),
  locale: of(['de-DE', 'en', '']),
  page: of(['/', '/coats/p1', '']),
  device: of(['mobile', 'desktop', '']),
  customer_id: customerId,
  decision_id: (rng) => decisionId(place(rng)),
  dispatch_id: (rng) => `${decisionId(place(rng))}-0`,
  action_id: of(ACTIONS),
  file_by_filename: of(['attune/v1/event.proto', 'none.proto']),
  file_containing_symbol: of(SYMBOLS),
  containing_type: of(SYMBOLS),
  all_extension_numbers_of_type: of(SYMBOLS),
};

/** A text that means something in this field; undefined when any text does. */
export function meaningfulText(field: DescField, rng: Rng): string | undefined {
  return (BY_FIELD[`${field.parent.name}.${field.name}`] ?? BY_NAME[field.name])?.(rng);
}

/** A key of `Event.properties` or `ApplyPolicyRequest.files`. */
export function meaningfulKey(field: DescField, rng: Rng): string {
  if (field.name === 'files')
    return of(['policy.yaml', 'channels.yaml', 'actions/one.yaml', '../x.yaml', 'x.txt'])(rng);
  return of(['query', 'step', 'cost', 'coupon', 'channel', 'purpose', 'granted', 'colour'])(rng);
}

/** Small pieces of YAML, right and wrong, for policies that are no real ones. */
export const YAML_PIECES: readonly string[] = [
  'name: x\ncurrency: GBP\n',
  'a: &a [*a]\n',
  '&a [*a, *a]\n',
  'a: &x [1,1,1,1]\nb: &y [*x,*x,*x,*x]\nc: &z [*y,*y,*y,*y]\nd: [*z,*z,*z,*z]\n',
  '{'.repeat(2_000),
  '- '.repeat(2_000),
  '"\u0000',
  '!!js/function "x"',
  '%YAML 9.9\n---\n',
  'actions:\n  - id: x\n    when: "1 / 0 == 1"\n',
];

/** The starter policy, read once: what a real ApplyPolicy carries. */
export function starterFiles(files: ReadonlyMap<string, string>): readonly (readonly [string, Uint8Array])[] {
  const encoder = new TextEncoder();
  return [...files].map(([name, text]) => [name, encoder.encode(text)] as const);
}
