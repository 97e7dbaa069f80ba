/**
 * Requests for the actors of another node, and what comes back: V8's own serialization of plain values (it knows sets, typed arrays and
 * what is infinite), with profiles and decisions in their stored formats. Only nodes of one deployment read it (rpc asks for their token), which may differ in
 * version: a field that one of them does not know is carried along and ignored.
 */
import { deserialize, serialize } from 'node:v8';
import { decodeProfile, encodeProfile } from '../codec/stored/profile-codec.ts';
import { encodeRecord, readFact } from '../codec/stored/record-codec.ts';
import type { DecisionFact } from '../core/fact/fact.ts';
import type { Part, PartedAgain } from '../core/profile/absorb/part-again.ts';
import type { Profile } from '../core/profile/profile.ts';
import type { AudienceMember, Decided, Refusal } from '../port/customers.ts';
import type { MembersFound } from '../runtime/delivery/list-audience.ts';
import type {
  MemberRequest,
  ReadRequest,
  Request,
  RequestOutcome,
  UnlinkRequest,
} from '../runtime/turn/request.ts';
import type { DownMessage, UpMessage } from './link-message.ts';

/** What a node cannot read it does not answer. */
const FORMAT = 1;

/** Of a shard's timers and of its own claims: what no other node ever asks. */
type OwnKind = 'timer' | 'consider' | 'attempt' | 'claimed' | 'parted';
export type SentRequest = Exclude<Request, { readonly kind: OwnKind }>;

/** What a read or a listing is to see comes with its answer. */
type Viewed = { readonly profile: Uint8Array } | { readonly member: AudienceMember } | undefined;

export type PeerQuestion =
  | { readonly op: 'request'; readonly shard: number; readonly request: SentRequest }
  /** Resolves once the store has all that is committed. */
  | { readonly op: 'save'; readonly shard: number }
  | {
      readonly op: 'members';
      readonly shard: number;
      readonly audience: string;
      readonly after: string;
      readonly limit: number;
    }
  /** Who was used last where the shard was served, which the asked node is to serve now. */
  | { readonly op: 'warm'; readonly shard: number; readonly customers: readonly string[] }
  /** Of a link between the two nodes: the asker's id, the link among its links, the number of the question among the link's. */
  | {
      readonly op: 'link';
      readonly from: string;
      readonly epoch: number;
      readonly at: number;
      readonly up: readonly UpMessage[];
      readonly isOver: boolean;
    };

export type PeerAnswer =
  | { readonly kind: 'outcome'; readonly outcome: RequestOutcome; readonly viewed?: Viewed }
  | { readonly kind: 'saved' }
  | { readonly kind: 'warmed' }
  | { readonly kind: 'members'; readonly found: MembersFound | Refusal }
  | { readonly kind: 'link'; readonly down: readonly DownMessage[] }
  /** Nothing is known there of the link. */
  | { readonly kind: 'broken' }
  /** It is not served there, and nothing was done. */
  | { readonly kind: 'elsewhere' };

interface SentPart extends Omit<Part, 'profile' | 'under'> {
  readonly profile: Uint8Array;
  /** Its place among the parts; -1: none of them. */
  readonly under: number;
}

/** `now`: by this node's clock, which the other one does not share: of a deadline it is told what is left. */
export function encodeQuestion(question: PeerQuestion, now: number): Uint8Array {
  if (question.op !== 'request') return sealed(question);
  const { done: _, deadlineAt, ...request } = question.request;
  const sent = {
    ...request,
    ...(request.kind === 'unlink' && { undone: { ...request.undone, ...sentParts(request.undone) } }),
    // Functions do not travel.
    ...('view' in request && { view: undefined }),
    leftMs: deadlineAt - now,
  };
  return sealed({ ...question, request: sent });
}

/** Undefined: it is of a version that is not known here. `done` is called with the answer as it is sent. Throws an Error for what is no question. */
export function decodeQuestion(
  bytes: Uint8Array,
  now: number,
  done: (answer: Uint8Array) => void,
): PeerQuestion | undefined {
  const question = unsealed(bytes) as PeerQuestion | undefined;
  if (question?.op !== 'request') return question;
  const { leftMs, ...sent } = question.request as unknown as Record<string, unknown> & { leftMs: number };
  let viewed: Viewed;
  const request = {
    ...sent,
    deadlineAt: now + leftMs,
    done: (outcome: RequestOutcome) => done(encodeAnswer({ kind: 'outcome', outcome, viewed })),
  } as unknown as SentRequest;
  if (request.kind === 'read')
    (request as { view: ReadRequest['view'] }).view = (profile) => {
      viewed = profile && { profile: encodeProfile(profile) };
    };
  if (request.kind === 'member')
    (request as { view: MemberRequest['view'] }).view = (member) => {
      viewed = { member };
    };
  if (request.kind === 'unlink')
    (request as { undone: UnlinkRequest['undone'] }).undone = {
      ...request.undone,
      ...partsOf(request.undone as unknown as SentParts),
    };
  return { op: 'request', shard: question.shard, request };
}

export function encodeAnswer(answer: PeerAnswer): Uint8Array {
  if (answer.kind !== 'outcome' || answer.outcome.kind !== 'decided') return sealed(answer);
  const { outcome } = answer;
  const header = { generation: 0, epoch: 0, batch: '', at: 0 };
  return sealed({ ...answer, outcome: { ...outcome, fact: encodeRecord(header, [outcome.fact]) } });
}

/** What the other node answered, with what the request's view was to see shown to it. Undefined: it is of a version that is not known here. */
export function decodeAnswer(bytes: Uint8Array, question: PeerQuestion): PeerAnswer | undefined {
  const answer = unsealed(bytes) as PeerAnswer | undefined;
  if (answer?.kind !== 'outcome' || question.op !== 'request') return answer;
  const { outcome, viewed } = answer;
  const { request } = question;
  if (request.kind === 'read' && outcome.kind === 'accepted')
    request.view(viewed !== undefined && 'profile' in viewed ? decodeProfile(viewed.profile) : undefined);
  if (request.kind === 'member' && viewed !== undefined && 'member' in viewed) request.view(viewed.member);
  if (outcome.kind !== 'decided') return answer;
  return { kind: 'outcome', outcome: { ...outcome, fact: decisionIn(outcome) } };
}

function decisionIn({ fact }: Decided): DecisionFact {
  const read = readFact(fact as unknown as Uint8Array, 0);
  if (read?.kind !== 'decision') throw new Error('a decision of another node holds none');
  return read;
}

interface SentParts {
  readonly own: SentPart;
  readonly parted: readonly SentPart[];
}

function sentParts({ own, parted }: PartedAgain): SentParts {
  const all = [own, ...parted];
  const sent = (part: Part): SentPart => ({
    ...part,
    profile: encodeProfile(part.profile),
    under: part.under === undefined ? -1 : all.indexOf(part.under),
  });
  return { own: sent(own), parted: parted.map(sent) };
}

function partsOf({ own, parted }: SentParts): PartedAgain {
  const sent = [own, ...parted];
  const parts: Part[] = sent.map((part) => ({
    ...part,
    profile: decodeProfile(part.profile) as Profile,
    under: undefined,
  }));
  for (const [at, { under }] of sent.entries()) (parts[at] as Part).under = parts[under];
  return { own: parts[0] as Part, parted: parts.slice(1) };
}

function sealed(value: unknown): Uint8Array {
  const body = serialize(value);
  const bytes = new Uint8Array(1 + body.length);
  bytes[0] = FORMAT;
  bytes.set(body, 1);
  return bytes;
}

function unsealed(bytes: Uint8Array): unknown {
  return bytes[0] === FORMAT ? deserialize(bytes.subarray(1)) : undefined;
}
