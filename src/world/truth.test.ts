import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CHANNELS, channelIndex } from '../core/channel.ts';
import { customerTruth, PERSUASIONS, SHOP_FRICTIONS } from './customer-truth.ts';
import { HOUR_PROFILES, HOURS_PER_WEEK, readingRate, visitRate } from './hour-profile.ts';
import { FAMILIES } from './treatment.ts';
import {
  type Aim,
  attentionRate,
  type CustomerMoment,
  clickRate,
  completeRate,
  HEATS,
  liftRate,
  orderProbability,
  unsubscribeRate,
} from './truth.ts';

const rested: CustomerMoment = {
  daysSinceOrder: Number.POSITIVE_INFINITY,
  orders: 0,
  dropped: false,
  fatigue: 0,
  heat: 'none',
  heatHours: Number.POSITIVE_INFINITY,
  awayMin: Number.POSITIVE_INFINITY,
  friction: '',
  hourOfWeek: 0,
};
const email = channelIndex('email');

function aim(family: Aim['family'], more: Partial<Aim> = {}): Aim {
  return { family, channel: email, depth: 10, subject: 'none', ...more };
}

test('an average message meets the published totals of 708 million messages', () => {
  const customers = 60_000;
  const total = { open: 0, click: 0, purchase: 0, unsubscribe: 0 };
  for (let customer = 0; customer < customers; customer++) {
    const x = customerTruth(11, customer);
    const moment = { ...rested, hourOfWeek: (customer * 101) % HOURS_PER_WEEK };
    const open = attentionRate(x, email, moment, false);
    const lift = liftRate(x, aim('bulk'), moment);
    total.open += open / customers;
    total.purchase += (open * lift) / customers;
    total.click += (open * (lift + (1 - lift) * clickRate(aim('bulk'), lift))) / customers;
    total.unsubscribe += unsubscribeRate(x, aim('bulk'), moment) / customers;
  }
  // Four standard errors of these means over 60,000 customers.
  expect(Math.abs(total.open - 0.1862)).toBeLessThan(0.0046);
  expect(Math.abs(total.click - 0.011)).toBeLessThan(0.0003);
  expect(Math.abs(total.purchase - 0.0003)).toBeLessThan(0.00001);
  expect(Math.abs(total.unsubscribe - 0.0022)).toBeLessThan(0.00004);
});

describe('laws of the truth', () => {
  const customer = fc.nat(100_000).map((index) => customerTruth(3, index));
  const moment: fc.Arbitrary<CustomerMoment> = fc.record({
    daysSinceOrder: fc.oneof(
      fc.constant(Number.POSITIVE_INFINITY),
      fc.double({ min: 0, max: 400, noNaN: true }),
    ),
    orders: fc.nat(50),
    dropped: fc.boolean(),
    fatigue: fc.double({ min: 0, max: 60, noNaN: true }),
    heat: fc.constantFrom(...HEATS),
    heatHours: fc.double({ min: 0, max: 1000, noNaN: true }),
    awayMin: fc.double({ min: 0, max: 10_000, noNaN: true }),
    friction: fc.constantFrom('', ...SHOP_FRICTIONS),
    hourOfWeek: fc.nat(HOURS_PER_WEEK - 1),
  });
  const anyAim: fc.Arbitrary<Aim> = fc.record({
    family: fc.constantFrom(...FAMILIES),
    channel: fc.nat(CHANNELS.length - 1),
    depth: fc.double({ min: 0, max: 100, noNaN: true }),
    subject: fc.constantFrom('none', 'favourite', 'other', 'owned', 'sold_out'),
  });

  test('every rate is a probability', () => {
    fc.assert(
      fc.property(customer, moment, anyAim, fc.boolean(), (x, when, what, pulled) => {
        const lift = liftRate(x, what, when);
        for (const rate of [
          lift,
          attentionRate(x, what.channel, when, pulled),
          clickRate(what, lift),
          unsubscribeRate(x, what, when),
          orderProbability(x, when),
          completeRate(x),
        ]) {
          expect(rate).toBeGreaterThanOrEqual(0);
          expect(rate).toBeLessThanOrEqual(1);
        }
      }),
    );
  });

  test('more messages never make a message work better', () => {
    fc.assert(
      fc.property(
        customer,
        moment,
        anyAim,
        fc.double({ min: 0.01, max: 20, noNaN: true }),
        (x, when, what, more) => {
          const tired = { ...when, fatigue: when.fatigue + more };
          expect(liftRate(x, what, tired)).toBeLessThanOrEqual(liftRate(x, what, when));
          expect(attentionRate(x, what.channel, tired, false)).toBeLessThanOrEqual(
            attentionRate(x, what.channel, when, false),
          );
          expect(unsubscribeRate(x, what, tired)).toBeGreaterThanOrEqual(unsubscribeRate(x, what, when));
        },
      ),
    );
  });

  test('nothing but care moves a customer for what they own', () => {
    fc.assert(
      fc.property(customer, moment, fc.constantFrom(...FAMILIES), (x, when, family) => {
        const lift = liftRate(x, aim(family, { subject: 'owned' }), when);
        if (family === 'care' || family === 'bulk') expect(lift).toBeGreaterThan(0);
        else expect(lift).toBe(0);
      }),
    );
  });

  test('a checkout left for its shipping cost is best answered with free shipping by those who mind prices', () => {
    const left: CustomerMoment = { ...rested, heat: 'checkout', heatHours: 0.025, friction: 'shipping_cost' };
    fc.assert(
      fc.property(
        customer.filter((x) => x.priceSensitivity > 0.7),
        (x) => {
          const best = liftRate(x, aim('free_shipping'), left);
          for (const family of FAMILIES) {
            if (family !== 'free_shipping') expect(best).toBeGreaterThan(liftRate(x, aim(family), left));
          }
        },
      ),
    );
  });

  test('who pays full prices is moved by early access more than by a discount', () => {
    fc.assert(
      fc.property(
        customer.filter((x) => x.priceSensitivity < 0.15),
        (x) => {
          expect(liftRate(x, aim('early_access'), rested)).toBeGreaterThan(
            liftRate(x, aim('discount'), rested),
          );
        },
      ),
    );
  });

  test('each persuasion style is moved most by its own argument', () => {
    fc.assert(
      fc.property(customer, (x) => {
        const lifts = PERSUASIONS.map((family) => liftRate(x, aim(family), rested));
        expect(lifts.indexOf(Math.max(...lifts))).toBe(x.persuasion);
      }),
    );
  });

  test('hour profiles have mean 1 over the week', () => {
    for (let profile = 0; profile < HOUR_PROFILES.length; profile++) {
      let visits = 0;
      let reading = 0;
      for (let hour = 0; hour < HOURS_PER_WEEK; hour++) {
        visits += visitRate(profile, hour);
        reading += readingRate(profile, hour);
      }
      expect(visits / HOURS_PER_WEEK).toBeCloseTo(1, 12);
      expect(reading / HOURS_PER_WEEK).toBeCloseTo(1, 12);
    }
  });
});

test('groups of customers have their documented shares', () => {
  const customers = 20_000;
  const share = (is: (x: ReturnType<typeof customerTruth>) => boolean): number => {
    let count = 0;
    for (let customer = 0; customer < customers; customer++) if (is(customerTruth(7, customer))) count++;
    return count / customers;
  };
  expect(share((x) => x.priceSensitivity < 0.15)).toBeCloseTo(0.2, 1);
  expect(share((x) => x.priceSensitivity > 0.7)).toBeCloseTo(0.35, 1);
  expect(share((x) => x.known)).toBeCloseTo(0.8, 1);
  expect(share((x) => (x.attention[email] as number) < 0.05)).toBeCloseTo(0.7, 1);
});
