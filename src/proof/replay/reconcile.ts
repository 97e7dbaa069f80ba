import type { AttuneClient } from '../../client/attune-client.ts';
import type { Profile } from '../../gen/attune/v1/customer_pb.ts';
import type { OnlineRetail } from '../../world/online-retail/online-retail.ts';
import type { RetailTotals } from '../../world/online-retail/retail-totals.ts';
import type { Accounts } from './replay-run.ts';

/** What the service's profiles add up to. */
export interface ProfileTotals {
  profiles: number;
  orders: number;
  /** Lifetime spend, refunds taken off, in currency. */
  revenue: number;
}

const GETS_AT_ONCE = 64;

/** Adds up the profiles of all these customers (`kind:value`). */
export async function profileTotals(
  client: AttuneClient,
  customers: Iterable<string>,
  onProgress: (done: number) => void = () => {},
): Promise<ProfileTotals> {
  const totals: ProfileTotals = { profiles: 0, orders: 0, revenue: 0 };
  const waiting = [...customers];
  const worker = async (): Promise<void> => {
    for (let key = waiting.pop(); key !== undefined; key = waiting.pop()) {
      const at = key.indexOf(':');
      const identifiers = [{ kind: key.slice(0, at), value: key.slice(at + 1) }];
      const profile = await client.getCustomer({ identifiers });
      if (profile.version > 0n) totals.profiles++;
      totals.orders += trait(profile, 'orders');
      totals.revenue += trait(profile, 'revenue');
      onProgress(totals.profiles);
    }
  };
  await Promise.all(Array.from({ length: GETS_AT_ONCE }, worker));
  return totals;
}

function trait(profile: Profile, name: string): number {
  const kind = profile.traits[name]?.kind;
  return kind?.case === 'doubleValue' ? kind.value : Number.NaN;
}

/** Every figure that does not agree with another one, as a sentence. Money is compared to the cent. */
export function disagreements(
  retail: OnlineRetail,
  accounts: Accounts,
  profiles: ProfileTotals,
  documented: Partial<RetailTotals>,
): string[] {
  const { totals, ledger } = retail;
  const books = accounts.books.totals();
  const excludedMills = Object.values(ledger.excluded).reduce((sum, { mills }) => sum + mills, 0);
  const pairs: (readonly [what: string, found: number, wanted: number])[] = [
    ...Object.entries(documented).map(
      ([name, wanted]) => [`${name} as documented`, totals[name as keyof RetailTotals], wanted] as const,
    ),
    [
      'events and exclusions, in thousandths, as the file',
      ledger.eventMills + excludedMills,
      totals.netMills,
    ],
    ['accepted events', accounts.events, ledger.events],
    ['accepted orders', accounts.orders, ledger.orders],
    ['accepted refunds', accounts.refunds, ledger.refunds],
    ['customers with an event', accounts.customers.size, ledger.customers],
    ['value of the accepted events, in thousandths', accounts.netMills, ledger.eventMills],
    ['decisions', accounts.decisions, 2 * ledger.orders],
    ['profiles', profiles.profiles, ledger.customers],
    ['orders in the profiles', profiles.orders, books.orders],
    ['spend in the profiles, in cents', Math.round(profiles.revenue * 100), Math.round(books.mills / 10)],
  ];
  return pairs
    .filter(([, found, wanted]) => !(Math.abs(found - wanted) < 0.005))
    .map(([what, found, wanted]) => `${what}: ${found}, not ${wanted}`);
}
