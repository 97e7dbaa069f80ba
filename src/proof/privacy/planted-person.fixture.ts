/** A person whose every value is a text that stands nowhere else, told by every way in. */
import { createHash } from 'node:crypto';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { AttuneClient } from '../../client/attune-client.ts';
import type { EventInit } from '../../client/event-init.ts';
import { addresseeOf } from '../../core/identity/customer.ts';
import { type ByteForm, formsOf, formsOfId } from './byte-forms.fixture.ts';

const digest = (of: string): string => createHash('sha256').update(of).digest('hex');

export interface Key {
  readonly kind: string;
  readonly value: string;
}

export class PlantedPerson {
  /** Every value that was told. */
  readonly values: string[] = [];
  readonly keys: readonly Key[];
  readonly #mark: string;

  /** `mark`: 4 letters that tell this person's values from others'. */
  constructor(mark: string) {
    this.#mark = mark;
    this.keys = [
      { kind: 'crm', value: this.value('crm') },
      { kind: 'loyalty', value: this.value('loyalty') },
      { kind: 'email_sha256', value: this.hashed('email') },
      { kind: 'phone_sha256', value: this.hashed('phone') },
      { kind: 'push_token', value: this.value('push') },
      { kind: 'anonymous', value: this.value('browser') },
      { kind: 'anonymous', value: this.value('phone') },
    ];
  }

  key(place: number): Key {
    return this.keys[place] as Key;
  }

  /** A new one of theirs. */
  value(of: string): string {
    const value = `z${this.#mark}-${of}-${digest(`${this.#mark} ${of} ${this.values.length}`).slice(0, 8)}`;
    this.values.push(value);
    return value;
  }

  hashed(of: string): string {
    const value = digest(`${this.#mark} ${of}`);
    this.values.push(value);
    return value;
  }

  /** In what bytes any of it may stand, ids of the keys among them. */
  get forms(): readonly ByteForm[] {
    const ids = this.keys.map(({ kind, value }) => addresseeOf(kind, value).id);
    return [...this.valueForms, ...ids.flatMap(formsOfId)];
  }

  /** Without the ids: whoever asks for a key is told the id that follows from it. */
  get valueForms(): readonly ByteForm[] {
    return this.values.flatMap(formsOf);
  }

  event(at: number, name: string, change: Partial<EventInit>): EventInit {
    return {
      id: this.value('event'),
      source: 'web-shop',
      name,
      channel: 'web',
      occurredAt: timestampFromMs(at),
      identifiers: [this.key(0)],
      ...change,
    };
  }

  /** What the person does until they are to be forgotten: two browsers, a card and an account become one. */
  life(at: number): readonly EventInit[] {
    const product = (of: string) => ({
      productId: this.value(of),
      category: this.value(`${of}-category`),
      brand: this.value(`${of}-brand`),
      price: 77,
      size: 'M',
    });
    const text = (value: string) => ({ kind: { case: 'stringValue' as const, value } });
    const flag = (value: boolean) => ({ kind: { case: 'boolValue' as const, value } });
    const [crm, card, mail, phone, push, browser, mobile] = this.keys as readonly [
      Key,
      Key,
      Key,
      Key,
      Key,
      Key,
      Key,
    ];
    const consent = (channel: string, key: Key) =>
      this.event(at, 'Consent Updated', {
        identifiers: [crm, key],
        properties: {
          channel: text(channel),
          purpose: text('all'),
          granted: flag(true),
          proof: text(this.value(`proof-${channel}`)),
          ip: text(this.value('ip')),
        },
      });
    return [
      this.event(at, 'Product Viewed', {
        identifiers: [browser],
        products: [product('coat')],
        sessionId: this.value('session'),
        context: { page: `https://shop.example/${this.value('page')}`, device: this.value('device') },
      }),
      this.event(at, 'Products Searched', {
        identifiers: [browser],
        properties: { query: text(this.value('search')) },
      }),
      this.event(at, 'Product Added', { identifiers: [mobile], products: [product('bag')] }),
      this.event(at, 'Product Viewed', { identifiers: [card], products: [product('hat')] }),
      this.event(at, 'Order Completed', {
        identifiers: [card],
        products: [product('shoe')],
        order: { orderId: this.value('order'), revenue: 77, coupon: this.value('coupon') },
      }),
      this.event(at, 'Signed In', { identifiers: [crm, mail, browser] }),
      this.event(at, 'Signed In', { identifiers: [crm, card, mobile] }),
      this.event(at, 'Signed In', { identifiers: [crm, phone, push] }),
      this.event(at, 'Profile Updated', {
        properties: {
          first_name: text(this.value('name')),
          city: text(this.value('city')),
          likes: text(`${this.value('likes')},${this.value('likes')}`),
          birthplace: text(this.value('undeclared')),
        },
      }),
      consent('email', mail),
      consent('ads', mail),
      consent('push', push),
      this.event(at, 'Support Case Opened', { properties: { case_id: text(this.value('case')) } }),
      this.event(at, 'Support Case Closed', { properties: { case_id: text(this.value('case')) } }),
      this.event(at, this.value('name-of-event'), {
        properties: { [this.value('property')]: text(this.value('said')) },
      }),
      this.event(at, 'Product Viewed', {
        products: [product('scarf')],
        context: { timeZone: 'Europe/London', locale: 'en-GB' },
      }),
    ];
  }

  /** Their values where they do not belong. */
  mistakes(at: number): readonly EventInit[] {
    const text = (value: string) => ({ kind: { case: 'stringValue' as const, value } });
    return [
      this.event(at, 'Product Viewed', { products: [], sessionId: this.value('bad-session') }),
      this.event(1, 'Page Viewed', { sessionId: this.value('old-session') }),
      this.event(at, 'Order Completed', {
        products: [{ productId: this.value('bad-product') }],
        properties: { order_id: text(this.value('bad-order')), revenue: text(this.value('bad-amount')) },
      }),
      this.event(at, 'Consent Updated', {
        properties: { channel: text(this.value('bad-channel')), granted: text(this.value('bad-word')) },
      }),
      this.event(at, 'Page Viewed', { currency: this.value('bad-currency') }),
      this.event(at, 'Page Viewed', {
        channel: this.value('odd-channel'),
        context: { timeZone: `Europe/${this.value('zone')}`, locale: this.value('locale') },
      }),
      this.event(at, 'Page Viewed', {
        identifiers: [{ kind: 'undeclared', value: this.value('undeclared-key') }],
      }),
      this.event(at, 'Page Viewed', {
        identifiers: [this.key(0), { kind: this.value('kind'), value: this.value('key-of-kind') }],
      }),
      this.event(at, 'Page Viewed', { properties: { attune_token: text(this.value('forged-token')) } }),
    ];
  }

  /** The same in calls, each of which fails or says no. */
  async mistakenCalls(client: AttuneClient): Promise<void> {
    const crm = this.key(0);
    const calls = [
      client.decide({
        requestId: this.value('bad-request').repeat(9),
        identifiers: [crm],
        placements: ['home_hero'],
      }),
      client.decide({ identifiers: [crm], placements: [this.value('placement')] }),
      client.decide({ identifiers: [], placements: [this.value('placement')] }),
      client.decide({
        identifiers: [crm],
        placements: ['home_hero'],
        context: { timeZone: this.value('zone').repeat(9), locale: this.value('locale') },
      }),
      client.explain(this.value('decision')),
      client.whyNot({ identifiers: [crm] }, this.value('action')),
      client.report('email', [{ kind: 1, tracking: this.value('tracking') }]),
      client.report(this.value('channel'), [{ kind: 1, identifiers: [crm] }]),
      client.link([crm, { kind: 'nothing', value: this.value('linked') }], {
        by: this.value('by'),
        reason: this.value('reason'),
      }),
      client.unlink(this.value('link')),
      client.getCustomer({ identifiers: [{ kind: 'crm', value: this.value('stranger') }] }),
    ];
    await Promise.allSettled(calls);
  }
}
