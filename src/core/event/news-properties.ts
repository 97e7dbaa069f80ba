import type { EventInput } from './event-input.ts';
import type { EventNotes } from './event-notes.ts';
import { NO_ORDER, ORDER_ID } from './order-properties.ts';
import { indexProperties, isNoId, textFrom } from './property-words.ts';

/** Properties that hold a support case's number, by the key of their name. */
const CASE_ID = [
  'caseid',
  'supportcaseid',
  'casenumber',
  'ticketid',
  'ticketnumber',
  'complaintid',
  'conversationid',
];
/** The property under which an understood event has it. */
const CASE = 'case_id';

/** News of an order with its id and no other word of it: no amount or line of such news counts. Without an id a fault. */
export function withNewsOrder(event: EventInput, notes: EventNotes): EventInput {
  const given = event.order?.orderId.trim() ?? '';
  const orderId = given === '' ? textFrom(indexProperties(event.properties), ORDER_ID) : given;
  if (orderId === '' || isNoId(orderId)) {
    const sentence = `must not be empty: "${event.name}" is about one order`;
    notes.fault('order.order_id', 'event.order_id', orderId, sentence);
    return event;
  }
  return { ...event, products: [], order: { ...NO_ORDER, orderId } };
}

/** The event of a support case with the case's id in its property `case_id`. Without an id a fault. */
export function withCase(event: EventInput, notes: EventNotes): EventInput {
  const caseId = textFrom(indexProperties(event.properties), CASE_ID);
  if (caseId === '' || isNoId(caseId)) {
    const sentence = `must not be empty: "${event.name}" is about one case`;
    notes.fault(`properties["${CASE}"]`, 'event.case_id', caseId, sentence);
    return event;
  }
  return { ...event, products: [], order: undefined, properties: { ...event.properties, [CASE]: caseId } };
}

/** Of an understood event; '' where it names none. */
export function caseOf({ properties }: EventInput): string {
  const caseId = properties?.[CASE];
  return typeof caseId === 'string' ? caseId : '';
}
