import { REQUEST_BOUNDS } from '../../core/bounds.ts';
import type { IdentifierInput } from '../../core/event/event-input.ts';
import type { FeedbackInput } from '../../core/event/feedback-input.ts';
import { FEEDBACK_KINDS, type FeedbackKind } from '../../core/fact/fact.ts';
import { FEEDBACK_BODY } from './body-shape.ts';
import { readIdentifier } from './identifier-field.ts';
import { checkAmount } from './product-field.ts';
import { readTime } from './time-field.ts';
import { WireFault } from './violation.ts';
import type { WireReader } from './wire-reader.ts';

const IDENTIFIERS_MAX = REQUEST_BOUNDS.identifiersPerRequestMax;
const NOBODY: readonly IdentifierInput[] = [];

/** A feedback that was refused by itself; the paths of its violations begin at the feedback. */
export class FeedbackFault extends WireFault {
  readonly id: string;

  constructor(id: string, violations: WireFault['violations']) {
    super(false, violations);
    this.id = id;
  }
}

/** Reads an attune.v1.Feedback of `channel`. */
export function readFeedback(reader: WireReader, channel: string): FeedbackInput | FeedbackFault {
  const outer = reader.enter();
  const start = reader.at;
  const mark = reader.mark();
  let id = '';
  let dispatchId = '';
  let tracking = '';
  let kind = 0;
  let occurredAt = 0;
  let timed = false;
  let machine = false;
  let link = '';
  let value = 0;
  let scope = '';
  let identifiers: IdentifierInput[] | undefined;
  while (reader.more()) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        id = reader.text('id', 128);
        break;
      case 18:
        dispatchId = reader.text('dispatch_id', 64);
        break;
      case 26:
        tracking = reader.text('tracking', 160);
        break;
      case 32:
        kind = reader.int32();
        break;
      case 42:
        occurredAt = readTime(reader, 'occurred_at');
        timed = true;
        break;
      case 48:
        machine = reader.bool();
        break;
      case 58:
        link = reader.text('link', 512);
        break;
      case 65:
        value = reader.double();
        break;
      case 74:
        scope = reader.word('scope', Number.POSITIVE_INFINITY);
        break;
      case 82:
        identifiers ??= [];
        readIdentifier(reader, identifiers);
        break;
      default:
        reader.skip(tag);
    }
  }
  const bodyHash = reader.hashFrom(start, FEEDBACK_BODY);
  reader.leave(outer);
  if (id === '') reader.fault('id', 'string.min_len', '');
  if ((dispatchId !== '' || tracking !== '') === (identifiers !== undefined))
    reader.fault('', 'feedback.about', '');
  if (kind === 0) reader.fault('kind', 'required', '');
  else if (kind < 0 || kind > FEEDBACK_KINDS.length) reader.fault('kind', 'enum.defined_only', kind);
  if (!timed) reader.fault('occurred_at', 'required', '');
  if (identifiers !== undefined && identifiers.length > IDENTIFIERS_MAX)
    reader.fault('identifiers', 'repeated.max_items', '', `must hold at most ${IDENTIFIERS_MAX}`);
  checkAmount(reader, 'value', value);
  if (scope !== '' && scope !== 'marketing' && scope !== 'service') reader.fault('scope', 'string.in', scope);
  if (reader.mark() > mark) return new FeedbackFault(id, reader.takeFrom(mark));
  return {
    channel,
    id,
    dispatchId,
    tracking,
    identifiers: identifiers ?? NOBODY,
    kind: FEEDBACK_KINDS[kind - 1] as FeedbackKind,
    occurredAt,
    machine,
    link,
    value,
    scope,
    bodyHash,
  };
}
