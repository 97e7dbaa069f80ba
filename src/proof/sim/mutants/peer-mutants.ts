/** Bugs in what shards say to each other when a key is claimed. */
import { decodeEstate, type Estate, encodeEstate } from '../../../codec/stored/estate-codec.ts';
import type { PeerShard } from '../../../runtime/identity/local-peer.ts';
import type { Request } from '../../../runtime/turn/request.ts';
import type { Mutant } from '../mutant.ts';

type Claim = Extract<Request, { kind: 'claim' }>;
type Read = Extract<Request, { kind: 'read' }>;

/** A shard whose claims are changed on their way to it. */
function changed(shard: PeerShard, change: (request: Claim) => Claim | Read): PeerShard {
  return {
    submit: (request) => shard.submit(request.kind === 'claim' ? change(request) : request),
    decisionRef: (seq, index) => shard.decisionRef(seq, index),
    saveNow: () => shard.saveNow(),
    membersIn: (...page) => shard.membersIn(...page),
  };
}

/** What the claimed key stood for is lost on the way back. */
const estateLost: Mutant = {
  name: 'estate lost',
  peer: (shard) =>
    changed(shard, (request) => ({
      ...request,
      done: (answer: Parameters<Claim['done']>[0]) =>
        request.done(answer.kind === 'released' ? { ...answer, estate: new Uint8Array(0) } : answer),
    })),
};

/** Whoever is claimed is not told who claims, so that no conflict shows. */
const conflictUnseen: Mutant = {
  name: 'conflict unseen',
  peer: (shard) =>
    changed(shard, (request) => ({ ...request, claim: { ...request.claim, identifiers: [] } })),
};

/** A claim is answered as if its key belonged to nobody, and its actor never hears of it. */
const nobodyAsked: Mutant = {
  name: 'nobody asked',
  peer: (shard, rng) =>
    changed(shard, (request) => {
      if (rng.float() < 0.7) return request;
      const answer = { kind: 'released', estate: new Uint8Array(0), shard: 0 } as const;
      return { ...request, kind: 'read', view: () => {}, done: () => request.done(answer) };
    }),
};

/** The estate comes from another shard than the answer says, so that decisions are looked for where they are not. */
const wrongShard: Mutant = {
  name: 'estate of the wrong shard',
  peer: (shard) =>
    changed(shard, (request) => ({
      ...request,
      done: (answer: Parameters<Claim['done']>[0]) =>
        request.done(answer.kind === 'released' ? { ...answer, shard: 1 - answer.shard } : answer),
    })),
};

/** A key is given to whoever asks, with all that it stands for, and its actor keeps it too. */
const keptByBoth: Mutant = {
  name: 'kept by both',
  peer: (shard, rng) =>
    changed(shard, (request) => {
      if (rng.float() < 0.5) return request;
      let estate: Uint8Array = new Uint8Array(0);
      return {
        ...request,
        kind: 'read',
        view: (profile) => {
          if (profile !== undefined) estate = encodeEstate({ profile, dispatches: [] });
        },
        done: () => request.done({ kind: 'released', estate, shard: shard.decisionRef(1, 0).shard }),
      };
    }),
};

/** A shard to which those who are parted come back changed. */
function returned(shard: PeerShard, change: (estate: Estate) => Estate): PeerShard {
  return {
    submit: (request) => {
      if (request.kind !== 'restore') return shard.submit(request);
      const estate = encodeEstate(change(decodeEstate(request.given.estate)));
      shard.submit({ ...request, given: { ...request.given, estate } });
    },
    decisionRef: (seq, index) => shard.decisionRef(seq, index),
    saveNow: () => shard.saveNow(),
    membersIn: (...page) => shard.membersIn(...page),
  };
}

/** What was common, an Unlink and a message to whoever came back seldom meet otherwise. */
const MORE_UNLINKS = { link: 3, unlink: 4, decide: 1.5 } as const;

/** What was sent to both does not count for the one who comes back. */
const unlinkForgets: Mutant = {
  name: 'unlink forgets contacts made together',
  shape: MORE_UNLINKS,
  peer: (shard) =>
    returned(shard, (estate) => {
      estate.profile.contacts.clear();
      return estate;
    }),
};

/** A refusal of the common time is a consent of the one who comes back. */
const refusalUndone: Mutant = {
  name: 'unlink undoes a refusal',
  shape: MORE_UNLINKS,
  peer: (shard) =>
    returned(shard, (estate) => {
      const { consent } = estate.profile;
      for (let place = 0; place < consent.length; place++)
        consent[place] = Math.abs(consent[place] as number);
      return estate;
    }),
};

/** Whoever is parted never hears it. */
const neverBack: Mutant = {
  name: 'parted and never told',
  peer: (shard) => ({
    submit: (request) =>
      request.kind === 'restore' ? request.done({ kind: 'accepted' }) : shard.submit(request),
    decisionRef: (seq, index) => shard.decisionRef(seq, index),
    saveNow: () => shard.saveNow(),
    membersIn: (...page) => shard.membersIn(...page),
  }),
};

/** Nobody remembers what was decided for them by another key of the request. */
const neverRecalled: Mutant = {
  name: 'decide that nobody recalls',
  shape: { newAddress: 3 },
  peer: (shard) => ({
    submit: (request) => (request.kind === 'recall' ? request.done({ kind: 'new' }) : shard.submit(request)),
    decisionRef: (seq, index) => shard.decisionRef(seq, index),
    saveNow: () => shard.saveNow(),
    membersIn: (...page) => shard.membersIn(...page),
  }),
};

export const PEER_MUTANTS: readonly Mutant[] = [
  estateLost,
  conflictUnseen,
  nobodyAsked,
  wrongShard,
  keptByBoth,
  unlinkForgets,
  refusalUndone,
  neverBack,
  neverRecalled,
];
