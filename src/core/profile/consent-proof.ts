/**
 * Where each word of consent that stands comes from: who told it, on which channel, when, and with what proof. Part of the profile beside
 * `consent`, which holds the words themselves.
 *
 * I1  A word has at most one proof, that of the telling by which it stands; words of one telling share one.
 * I2  A word kept by a version that knew no proofs has none.
 *
 * A profile keeps them as one text, because it is read only for people, exports and other words: as objects they would take three times
 * the memory.
 */
import { CHANNELS, PURPOSES } from '../channel.ts';
import type { ConsentWords, EventFact } from '../fact/fact.ts';

/** How a word was told; stored by its place. */
export const CONSENT_WAYS = ['event', 'unsubscribed', 'complained'] as const;
export type ConsentWay = (typeof CONSENT_WAYS)[number];

/** One event, or one report of a channel, that says a consent. */
export interface ConsentTelling {
  /** Of the event; '' where a channel reported it. */
  readonly source: string;
  /** Where it was said: the event's channel, or the one that reported it; -1: not told. */
  readonly channel: number;
  /** When it was said, by the clock of whoever told it, and when it was heard, by ours. */
  readonly at: number;
  readonly heardAt: number;
  /** Of the event within its source, or of the report within its channel. */
  readonly id: string;
  readonly words: ConsentWords;
}

export interface ConsentProof extends ConsentTelling {
  /** Bit `1 << channel * PURPOSES.length + purpose` for each word that stands by it. */
  readonly places: number;
  readonly way: ConsentWay;
  /** What confirmed it; undefined: it needed no confirmation. */
  readonly confirmed: ConsentTelling | undefined;
}

export const NO_PROOFS = '';
export const NO_WORDS: ConsentWords = { proof: '', form: '', textVersion: '' };
export const CONSENT_PLACES = CHANNELS.length * PURPOSES.length;

/** Channel, heard, by how much later than said, id, source, and the words where there are any. */
type TellingRow = [number, number, number, string, string, string?, string?, string?];
type Row = [number, number, TellingRow, TellingRow?];

/** The proofs of `text`, those of the lowest places first. */
export function proofsOf(text: string): ConsentProof[] {
  if (text === NO_PROOFS) return [];
  return (JSON.parse(text) as Row[]).map(([places, way, telling, confirmed]) => ({
    ...tellingOf(telling),
    places,
    way: CONSENT_WAYS[way] ?? 'event',
    confirmed: confirmed === undefined ? undefined : tellingOf(confirmed),
  }));
}

function tellingOf(row: TellingRow): ConsentTelling {
  const [channel, heardAt, lag, id, source, proof = '', form = '', textVersion = ''] = row;
  return { source, channel, at: heardAt - lag, heardAt, id, words: { proof, form, textVersion } };
}

/** As a profile keeps them: the same text for the same proofs, in whatever order they are. */
export function proofText(proofs: readonly ConsentProof[]): string {
  const rows = proofs.filter(({ places }) => places !== 0);
  if (rows.length === 0) return NO_PROOFS;
  rows.sort((a, b) => (a.places & -a.places) - (b.places & -b.places));
  return JSON.stringify(rows.map(rowOf));
}

function rowOf(proof: ConsentProof): Row {
  const row: Row = [proof.places, CONSENT_WAYS.indexOf(proof.way), tellingRow(proof)];
  if (proof.confirmed !== undefined) row.push(tellingRow(proof.confirmed));
  return row;
}

function tellingRow({ source, channel, at, heardAt, id, words }: ConsentTelling): TellingRow {
  const heard = wholeMs(heardAt);
  const on = CHANNELS[channel] === undefined ? -1 : channel;
  const row: TellingRow = [on, heard, heard - wholeMs(at), id, source];
  const { proof, form, textVersion } = words;
  if (proof !== '' || form !== '' || textVersion !== '') row.push(proof, form, textVersion);
  return row;
}

/** A telling as it comes back from a profile's text: with a channel that is one, and times that are whole. */
export function plainTelling(telling: ConsentTelling): ConsentTelling {
  return tellingOf(tellingRow(telling));
}

/** The same text for the same telling. */
export function tellingText(telling: ConsentTelling): string {
  return JSON.stringify(tellingRow(telling));
}

/** A time that a text holds exactly; 0 for what is none. */
function wholeMs(at: number): number {
  return Math.abs(at) < 2 ** 52 ? Math.round(at) + 0 : 0;
}

/** What an event tells. */
export function toldBy({ source, channel, at, receivedAt, id, consent }: EventFact): ConsentTelling {
  return { source, channel, at, heardAt: receivedAt, id, words: consent?.words ?? NO_WORDS };
}

/** The proofs after the words at `proof.places` came to stand by `proof`. */
export function withProof(text: string, proof: ConsentProof): string {
  if (proof.places === 0) return text;
  const others = proofsOf(text).map((one) => ({ ...one, places: one.places & ~proof.places }));
  return proofText([...others, proof]);
}

/** The proof by which the word at `place` stands; undefined: none is known. */
export function proofAt(proofs: readonly ConsentProof[], place: number): ConsentProof | undefined {
  return proofs.find(({ places }) => (places & (1 << place)) !== 0);
}

/**
 * The proofs of two who are one: of each word that of the side whose word stands, which is the refusal, else the later one. Symmetric.
 * `consent` and `others`: the words of both sides before they were united.
 */
export function uniteProofs(
  text: string,
  theirs: string,
  consent: readonly number[],
  others: readonly number[],
): string {
  if (text === NO_PROOFS && theirs === NO_PROOFS) return text;
  const own = proofsOf(text);
  const other = proofsOf(theirs);
  const chosen = new Map<string, ConsentProof>();
  for (let place = 0; place < CONSENT_PLACES; place++) {
    const [a, b] = [proofAt(own, place), proofAt(other, place)];
    const proof = standing(consent[place] ?? 0, others[place] ?? 0, a, b);
    if (proof === undefined) continue;
    const key = keyOf(proof);
    const places = (chosen.get(key)?.places ?? 0) | (1 << place);
    chosen.set(key, { ...proof, places });
  }
  return proofText([...chosen.values()]);
}

function standing(
  word: number,
  other: number,
  a: ConsentProof | undefined,
  b: ConsentProof | undefined,
): ConsentProof | undefined {
  if (word < 0 !== other < 0) return word < 0 ? a : b;
  const [said, saidThere] = [Math.abs(word), Math.abs(other)];
  if (said !== saidThere) return said > saidThere ? a : b;
  if (a === undefined || b === undefined) return a ?? b;
  return keyOf(a) <= keyOf(b) ? a : b;
}

function keyOf(proof: ConsentProof): string {
  return JSON.stringify(rowOf({ ...proof, places: 0 }));
}
