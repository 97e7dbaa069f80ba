/** Bugs of a log, or of what reads and writes it. */
import { decodeRecord, encodeRecord } from '../../../codec/stored/record-codec.ts';
import type { Fact } from '../../../core/fact/fact.ts';
import { CONSIDER } from '../../../core/profile/profile.ts';
import { appendEach, type FactLog, type LogRecord } from '../../../port/fact-log.ts';
import type { Mutant, MutantTools } from '../mutant.ts';

/** The append is acknowledged before it has happened, and may never happen. */
const replyBeforeAppend: Mutant = {
  name: 'reply before append',
  log: (log) => ({
    ...methods(log),
    append: async (shard, expectedLast, bytes) => {
      if (isFence(bytes)) return log.append(shard, expectedLast, bytes);
      void log.append(shard, expectedLast, bytes).catch(() => {});
    },
  }),
};

/** Recovery takes what a deposed owner brought into the log behind a newer fence for its own. */
const fenceIgnored: Mutant = {
  name: 'fence ignored',
  log: (log) => {
    const epochs = new Map<number, number>();
    const given = (shard: number, record: LogRecord): LogRecord => {
      const { header, facts } = decodeRecord(record.bytes);
      const epoch = Math.max(epochs.get(shard) ?? 0, header.epoch);
      epochs.set(shard, epoch);
      return { ...record, bytes: encodeRecord({ ...header, epoch }, facts) };
    };
    return {
      ...methods(log),
      read: async (shard, from, limit) =>
        (await log.read(shard, from, limit)).map((record) => given(shard, record)),
    };
  },
};

/** The log appends at its end, whatever the writer expected. */
const noCompareAndSet: Mutant = {
  name: 'append without compare-and-set',
  farLog: (log) => ({
    ...methods(log),
    append: async (shard, _expectedLast, bytes) => log.append(shard, (await log.bounds(shard)).last, bytes),
  }),
};

/** A driver repeats an append that it believes lost. */
const appendedTwice: Mutant = {
  name: 'record appended twice',
  log: (log, { rng }) => ({
    ...methods(log),
    append: async (shard, expectedLast, bytes) => {
      await log.append(shard, expectedLast, bytes);
      if (rng.float() < 0.1 && !isFence(bytes))
        await log.append(shard, expectedLast + 1, bytes).catch(() => {});
    },
  }),
};

/** An append whose outcome is unknown is called failed for certain, so its place is used again. */
const unknownCalledDone: Mutant = {
  name: 'lost append called done',
  log: (log) => ({
    ...methods(log),
    append: (shard, expectedLast, bytes) =>
      log.append(shard, expectedLast, bytes).catch((fault: unknown) => {
        const unknown = fault instanceof Error && 'outcome' in fault && fault.outcome === 'unknown';
        if (!unknown || isFence(bytes)) throw fault;
      }),
  }),
};

/** After a restart a withdrawal of consent is forgotten. */
const consentLost = forgetful('withdrawn consent lost', (fact) =>
  fact.kind === 'event' ? fact.consent?.granted === false : fact.kind === 'feedback',
);

/** After a restart it is forgotten that a timer fired. */
const firedTwice = forgetful(
  'timer fired twice',
  (fact) => fact.kind === 'timer-fired' || fact.kind === 'triggered',
);

/** After a restart a customer is considered again for the slot that was taken before it. */
const consideredTwice = forgetful(
  'consideration forgotten',
  (fact) => fact.kind === 'timer-fired' && fact.timer === CONSIDER,
);

/** After a restart no node knows that a dispatch was withdrawn or accepted. */
const deliveryLost = forgetful(
  'answers of channels lost',
  (fact) => fact.kind === 'delivery' || fact.kind === 'withdraw',
);

/** After a restart no node knows which attempts of a dispatch were made. */
const attemptsLost = forgetful('hand-overs forgotten', (fact) => fact.kind === 'handed');

/** After a restart a customer does not know whom they took in. */
const takenInLost = forgetful('taken in and forgotten', (fact) => fact.kind === 'absorb-in');

/** After a restart a key does not know to whom it was given. */
const givenLost = forgetful('let go and forgotten', (fact) => fact.kind === 'absorb-out');

/** After a restart a device is also that of the customer from whom it was taken. */
const releaseLost = forgetful('device taken away and forgotten', (fact) => fact.kind === 'key-released');

/** After a restart a customer who was forgotten is as before. */
const erasureLost = forgetful('erasure forgotten', (fact) => fact.kind === 'erased');

/** After a restart a shard does not know that it went on to a later core revision. */
const revisionLost: Mutant = {
  name: 'adopted core revision lost',
  log: (log) => ({
    ...methods(log),
    read: async (shard, from, limit) =>
      (await log.read(shard, from, limit)).map((record) => {
        const { header, facts } = decodeRecord(record.bytes);
        const kept = facts.map((fact): Fact => {
          const later = fact.kind === 'adopted' && fact.edition === 'core' && fact.version !== '1';
          return later ? { ...fact, edition: 'head' } : fact;
        });
        return { ...record, bytes: encodeRecord(header, kept) };
      }),
  }),
};

export const LOG_MUTANTS: readonly Mutant[] = [
  replyBeforeAppend,
  fenceIgnored,
  noCompareAndSet,
  appendedTwice,
  unknownCalledDone,
  consentLost,
  firedTwice,
  consideredTwice,
  deliveryLost,
  attemptsLost,
  takenInLost,
  givenLost,
  releaseLost,
  erasureLost,
  revisionLost,
];

/** Recovery reads a log from which facts are missing. */
function forgetful(name: string, forgotten: (fact: Fact) => boolean): Mutant {
  return {
    name,
    log: (log: FactLog, _tools: MutantTools) => ({
      ...methods(log),
      read: async (shard, from, limit) =>
        (await log.read(shard, from, limit)).map((record) => {
          const { header, facts } = decodeRecord(record.bytes);
          // In its place stands a timer that cancels nothing, so that all others keep their index.
          const kept = facts.map((fact): Fact => {
            if (!('customer' in fact) || !forgotten(fact)) return fact;
            return { kind: 'timer', customer: fact.customer, op: 'cancel', timer: 1, key: 'none', due: 0 };
          });
          return { ...record, bytes: encodeRecord(header, kept) };
        }),
    }),
  };
}

function isFence(bytes: Uint8Array): boolean {
  return decodeRecord(bytes, { columns: false }).facts.some((fact) => fact.kind === 'fence');
}

/** The log's methods, to be spread into a mutant; a group goes through the mutant's own `append`. */
export function methods(log: FactLog): FactLog {
  return {
    bounds: (shard) => log.bounds(shard),
    append: (shard, expectedLast, bytes) => log.append(shard, expectedLast, bytes),
    appendAll(group, appended) {
      appendEach(this, group, appended);
    },
    read: (shard, from, limit) => log.read(shard, from, limit),
    get: (shard, sequence) => log.get(shard, sequence),
    trim: (shard, through) => log.trim(shard, through),
    close: () => log.close(),
  };
}
