import { REQUEST_BOUNDS } from '../../core/bounds.ts';
import type { DecideInput } from '../../core/decide/decide-input.ts';
import { channelNamed } from '../../core/event/channel-word.ts';
import type { EventInput, IdentifierInput } from '../../core/event/event-input.ts';
import { DECIDE_BODY, DECIDE_BODY_0_2 } from './body-shape.ts';
import { readEvent } from './event-field.ts';
import { checkIdentifiers, readIdentifier } from './identifier-field.ts';
import { DECIDE_ENTRIES } from './stream-entries.ts';
import { readDuration } from './time-field.ts';
import { WireFault } from './violation.ts';
import { WireReader } from './wire-reader.ts';

const {
  eventsPerDecideMax: EVENTS_MAX,
  placementsMax: PLACEMENTS_MAX,
  alternativesMax: ALTERNATIVES_MAX,
} = REQUEST_BOUNDS;
const DELIVERY_DISPATCH = 2;
const TIMEOUT_MS_MAX = 60_000;
const ENTRIES_TAG = (DECIDE_ENTRIES.entries << 3) | 2;
const NO_EVENTS: readonly EventInput[] = [];

/** One decision of DecideStream: a message by itself, or one of its entries. */
export interface DecideStreamInput {
  /** 0 to 2^53 − 1. */
  readonly tag: number;
  /** Above 0, at most 60,000; 0: not given. */
  readonly timeoutMs: number;
  /** '' when not given; not checked further. */
  readonly traceparent: string;
  readonly request: DecideInput;
}

/** A message of DecideStream that was refused; `tag` is 0 when it could not be read. */
export class DecideStreamFault extends WireFault {
  readonly tag: number;

  constructor(tag: number, malformed: boolean, fault: WireFault['violations']) {
    super(malformed, fault);
    this.tag = tag;
  }
}

const reader = new WireReader();

/** Parses and checks an attune.v1.DecideRequest. Nothing of the result refers to `bytes`. */
export function parseDecide(bytes: Uint8Array): DecideInput | WireFault {
  reader.open(bytes);
  const request = readDecide(reader);
  return reader.malformed || reader.mark() > 0 ? new WireFault(reader.malformed, faults()) : request;
}

/** Parses and checks one attune.v1.DecideStreamRequest without entries. Nothing of the result refers to `bytes`. */
export function parseDecideStream(bytes: Uint8Array): DecideStreamInput | DecideStreamFault {
  reader.open(bytes);
  let tag = 0;
  let timeoutMs = 0;
  let timed = false;
  let traceparent = '';
  let request: DecideInput | undefined;
  let nested = false;
  while (reader.more()) {
    const field = reader.tag();
    switch (field) {
      case 8:
        tag = reader.uint64();
        break;
      case 18:
        timeoutMs = readDuration(reader);
        timed = true;
        break;
      case 26:
        traceparent = reader.text('traceparent', 64);
        break;
      case 34: {
        const outer = reader.enter();
        const mark = reader.mark();
        request = readDecide(reader);
        reader.leave(outer);
        if (reader.mark() > mark) reader.within(mark, 'request');
        break;
      }
      case ENTRIES_TAG:
        nested = true;
        reader.skip(field);
        break;
      default:
        reader.skip(field);
    }
  }
  if (!reader.malformed) {
    if (tag > Number.MAX_SAFE_INTEGER) {
      reader.fault('tag', 'uint64.lte', tag, 'must be at most 2^53 - 1');
    }
    if (timed && !(timeoutMs > 0 && timeoutMs <= TIMEOUT_MS_MAX)) {
      reader.fault('timeout', 'duration.gt_lte', timeoutMs, 'must be above 0 and at most 60 s');
    }
    if (nested) reader.fault('', 'decide_stream.entries_flat', '');
    else if (request === undefined) reader.fault('', DECIDE_ENTRIES.exclusiveRule, '');
  }
  if (request === undefined || reader.malformed || reader.mark() > 0) {
    return new DecideStreamFault(tag, reader.malformed, faults());
  }
  return { tag, timeoutMs, traceparent, request };
}

function faults(): WireFault['violations'] {
  return reader.malformed ? [] : reader.takeFrom(0);
}

function readDecide(reader: WireReader): DecideInput {
  const start = reader.at;
  let requestId = '';
  const identifiers: IdentifierInput[] = [];
  let events: EventInput[] | undefined;
  const placements: string[] = [];
  let delivery = 0;
  let timeZone = '';
  let locale = '';
  let device = '';
  let page = '';
  let channel = '';
  let alternativesMax = 0;
  let dryRun = false;
  let explain = false;
  while (reader.more()) {
    const tag = reader.tag();
    switch (tag) {
      case 10:
        requestId = reader.text('request_id', 64);
        break;
      case 18:
        readIdentifier(reader, identifiers);
        break;
      case 26:
        events ??= [];
        readEventOf(reader, events);
        break;
      case 34:
        readPlacement(reader, placements);
        break;
      case 40:
        delivery = reader.int32();
        break;
      case 50: {
        const outer = reader.enter();
        const mark = reader.mark();
        while (reader.more()) {
          const inner = reader.tag();
          if (inner === 10) timeZone = reader.word('time_zone', 64).trim();
          else if (inner === 18) locale = reader.word('locale', 35).trim();
          else if (inner === 26) device = reader.word('device', 64);
          else if (inner === 34) page = reader.text('page', 512);
          else if (inner === 42) channel = channelNamed(reader.word('channel', 32));
          else reader.skip(inner);
        }
        reader.leave(outer);
        if (reader.mark() > mark) reader.within(mark, 'context');
        break;
      }
      case 56:
        alternativesMax = reader.uint32();
        break;
      case 64:
        dryRun = reader.bool();
        break;
      case 72:
        explain = reader.bool();
        break;
      default:
        reader.skip(tag);
    }
  }
  const request = {
    requestId,
    identifiers,
    events: events ?? NO_EVENTS,
    placements,
    dispatch: delivery === DELIVERY_DISPATCH,
    timeZone,
    locale,
    device,
    page,
    channel,
    alternativesMax,
    dryRun,
    explain,
    bodyHash: reader.hashFrom(start, DECIDE_BODY),
    ...((identifiers.length > 1 || events?.some(({ olderBodyHash }) => olderBodyHash !== undefined)) && {
      olderBodyHash: reader.hashFrom(start, DECIDE_BODY_0_2),
    }),
  };
  if (!reader.malformed) check(reader, request, delivery);
  return request;
}

function check(reader: WireReader, request: DecideInput, delivery: number): void {
  if (request.requestId === '') reader.fault('request_id', 'string.min_len', '');
  checkIdentifiers(reader, request.identifiers);
  if (request.events.length > EVENTS_MAX) {
    reader.fault('events', 'repeated.max_items', '', `must hold at most ${EVENTS_MAX}`);
  }
  if (request.placements.length > PLACEMENTS_MAX) {
    reader.fault('placements', 'repeated.max_items', '', `must hold at most ${PLACEMENTS_MAX}`);
  }
  if (delivery < 0 || delivery > DELIVERY_DISPATCH) reader.fault('delivery', 'enum.defined_only', delivery);
  if (request.alternativesMax > ALTERNATIVES_MAX) {
    reader.fault(
      'alternatives_max',
      'uint32.lte',
      request.alternativesMax,
      `must be at most ${ALTERNATIVES_MAX}`,
    );
  }
  if (request.dispatch !== (request.placements.length === 0)) reader.fault('', 'decide.placements', '');
}

/** Reads one event and adds it; those beyond the bound are not read, and the first of them is counted. */
function readEventOf(reader: WireReader, into: EventInput[]): void {
  const outer = reader.enter();
  const mark = reader.mark();
  if (into.length < EVENTS_MAX) {
    const event = readEvent(reader);
    if (reader.mark() > mark) reader.within(mark, `events[${into.length}]`);
    into.push(event);
  } else {
    reader.toEnd();
    if (into.length === EVENTS_MAX) into.push(into[0] as EventInput);
  }
  reader.leave(outer);
}

function readPlacement(reader: WireReader, into: string[]): void {
  const mark = reader.mark();
  const placement = reader.word('', 64);
  if (placement === '') reader.fault('', 'string.min_len', '');
  if (into.length >= PLACEMENTS_MAX) reader.takeFrom(mark);
  else if (reader.mark() > mark) reader.within(mark, `placements[${into.length}]`);
  if (into.length <= PLACEMENTS_MAX) into.push(placement);
}
