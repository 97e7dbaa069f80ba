import { toJson } from '@bufbuild/protobuf';
import { type Event, EventSchema } from '../../gen/attune/v1/event_pb.ts';

/** A JSON object while a line is made of it. */
// biome-ignore lint/suspicious/noExplicitAny: producers put anything anywhere, that is the point.
export type LooseJson = Record<string, any>;

/** The event as a line for `attune send`, after `change` did with it what producers do. */
export function messLineOf(event: Event, change: (json: LooseJson) => void): string {
  const json = toJson(EventSchema, event) as LooseJson;
  change(json);
  return JSON.stringify(json);
}

/** "2026-03-01T15:30:00.000+05:30", an instant as a clock `minutes` east of UTC has it. */
export function withOffset(at: number, minutes: number): string {
  const ahead = Math.abs(minutes);
  const two = (value: number): string => String(value).padStart(2, '0');
  const local = new Date(at + minutes * 60_000).toISOString().slice(0, -1);
  return `${local}${minutes < 0 ? '-' : '+'}${two(Math.floor(ahead / 60))}:${two(ahead % 60)}`;
}

/** 1299.5 as "1,299.50". */
export function englishAmount(amount: number): string {
  const [whole = '', rest = ''] = amount.toFixed(2).split('.');
  return `${whole.replace(/\B(?=(\d{3})+$)/g, ',')}.${rest}`;
}

/** 1299.5 as "1.299,50". */
export function germanAmount(amount: number): string {
  return englishAmount(amount).replace(/[.,]/g, (mark) => (mark === '.' ? ',' : '.'));
}
