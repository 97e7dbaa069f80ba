/**
 * What changes about the simulated customers, in flat arrays of 37 bytes each, so that a million of them fit beside a service.
 * Owned by the shop. Times are whole seconds after the shop's start plus 1; 0 means never.
 */
import { DAY_MS, HOUR_MS, MINUTE_MS, type Millis, SECOND_MS } from '../base/clock.ts';
import { SHOP_FRICTIONS } from './customer-truth.ts';
import { type CustomerMoment, FATIGUE_HALF_LIFE_DAYS, HEATS, type Heat } from './truth.ts';

/** No product, where an index into the catalogue is stored. */
export const NO_PRODUCT = 0xffff;

export class CustomerState {
  /** All visits begun, and treatments received: they number events and keyed chances. */
  readonly visits: Uint32Array;
  readonly treatments: Uint32Array;
  readonly orders: Uint16Array;
  readonly dropped: Uint8Array;
  /** Product index of what is unfinished, and of the latest order. */
  readonly heatProduct: Uint16Array;
  readonly lastProduct: Uint16Array;
  readonly #startAt: Millis;
  readonly #lastOrderAt: Uint32Array;
  readonly #busyUntil: Uint32Array;
  readonly #fatigue: Float32Array;
  readonly #fatigueAt: Uint32Array;
  readonly #heat: Uint8Array;
  readonly #heatAt: Uint32Array;
  readonly #heatFriction: Uint8Array;

  constructor(customers: number, startAt: Millis) {
    this.#startAt = startAt;
    this.visits = new Uint32Array(customers);
    this.treatments = new Uint32Array(customers);
    this.orders = new Uint16Array(customers);
    this.dropped = new Uint8Array(customers);
    this.heatProduct = new Uint16Array(customers).fill(NO_PRODUCT);
    this.lastProduct = new Uint16Array(customers).fill(NO_PRODUCT);
    this.#lastOrderAt = new Uint32Array(customers);
    this.#busyUntil = new Uint32Array(customers);
    this.#fatigue = new Float32Array(customers);
    this.#fatigueAt = new Uint32Array(customers);
    this.#heat = new Uint8Array(customers);
    this.#heatAt = new Uint32Array(customers);
    this.#heatFriction = new Uint8Array(customers);
  }

  /** The customer as the formulas of truth.ts want them. `offsetMin` is their zone's at that time. */
  moment(customer: number, at: Millis, offsetMin: number): CustomerMoment {
    const heat = HEATS[this.#heat[customer] as number] ?? 'none';
    return {
      daysSinceOrder: this.#since(this.#lastOrderAt, customer, at) / DAY_MS,
      orders: this.orders[customer] as number,
      dropped: this.dropped[customer] === 1,
      fatigue: this.#fatigueNow(customer, at),
      heat,
      heatHours: this.#since(this.#heatAt, customer, at) / HOUR_MS,
      awayMin:
        this.#busyUntil[customer] === 0
          ? Number.POSITIVE_INFINITY
          : Math.max(0, at - this.busyUntil(customer)) / MINUTE_MS,
      friction: SHOP_FRICTIONS[(this.#heatFriction[customer] as number) - 1] ?? '',
      hourOfWeek: localHourOfWeek(at, offsetMin),
    };
  }

  /** True when the customer has ordered at or after `at`, to the second. */
  orderedSince(customer: number, at: Millis): boolean {
    return (this.#lastOrderAt[customer] as number) > this.#seconds(at);
  }

  ordered(customer: number, product: number, at: Millis): void {
    this.orders[customer] = Math.min(0xffff, (this.orders[customer] as number) + 1);
    this.lastProduct[customer] = product;
    this.#lastOrderAt[customer] = this.#seconds(at);
    this.heat(customer, 'none', NO_PRODUCT, -1, at);
  }

  /** Sets what is unfinished; `friction` is an index into SHOP_FRICTIONS, -1 for none. */
  heat(customer: number, heat: Heat, product: number, friction: number, at: Millis): void {
    this.#heat[customer] = HEATS.indexOf(heat);
    this.#heatAt[customer] = this.#seconds(at);
    this.#heatFriction[customer] = friction + 1;
    this.heatProduct[customer] = product;
  }

  tire(customer: number, amount: number, at: Millis): void {
    this.#fatigue[customer] = this.#fatigueNow(customer, at) + amount;
    this.#fatigueAt[customer] = this.#seconds(at);
  }

  /** Until when the present visit lasts; the start of the shop when there was none. */
  busyUntil(customer: number): Millis {
    return this.#startAt + (this.#busyUntil[customer] as number) * SECOND_MS;
  }

  busy(customer: number, until: Millis): void {
    this.#busyUntil[customer] = Math.max(this.#busyUntil[customer] as number, this.#seconds(until));
  }

  #fatigueNow(customer: number, at: Millis): number {
    const fatigue = this.#fatigue[customer] as number;
    if (fatigue === 0) return 0;
    const days = Math.max(0, this.#since(this.#fatigueAt, customer, at)) / DAY_MS;
    return fatigue * 2 ** (-days / FATIGUE_HALF_LIFE_DAYS);
  }

  #since(times: Uint32Array, customer: number, at: Millis): Millis {
    const seconds = times[customer] as number;
    return seconds === 0
      ? Number.POSITIVE_INFINITY
      : Math.max(0, at - this.#startAt - (seconds - 1) * SECOND_MS);
  }

  #seconds(at: Millis): number {
    return Math.floor((at - this.#startAt) / SECOND_MS) + 1;
  }
}

/** Local hour of the week at a zone's offset, Monday 0 h = 0. 1970-01-01 was a Thursday. */
export function localHourOfWeek(at: Millis, offsetMin: number): number {
  return (Math.floor((at + offsetMin * 60_000) / HOUR_MS) + 72) % 168;
}
